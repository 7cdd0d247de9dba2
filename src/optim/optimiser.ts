// What an optimiser is: two pure functions.

/**
 * From parameters to the optimiser's state, and from gradients to updates that are to be added to the parameters.
 * Parameters, gradients and updates are trees of one structure.
 */
export interface Optimiser<P, State> {
  readonly init: (params: P) => State;
  readonly update: (gradients: P, state: State, params: P) => readonly [updates: P, state: State];
}
