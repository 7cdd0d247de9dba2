// The panel that takes one function from stage to stage: program, derivative, kernels, loops, source.
import { button, choice, element } from './elements';
import { type Program, programs } from './programs';

interface Stage {
  readonly name: string;
  readonly about: string;
  readonly text: (program: Program) => string;
}
const stages: readonly Stage[] = [
  { name: 'function', about: 'What is written.', text: ({ source }) => source },
  {
    name: 'jaxpr',
    about: 'What the function does, recorded as it was traced: one primitive a line, every value with its shape.',
    text: ({ jaxpr }) => jaxpr(),
  },
  {
    name: 'grad',
    about: 'The derivative by the first argument: a program in the same language.',
    text: ({ derivative }) => derivative(),
  },
  {
    name: 'simplified',
    about: 'Constants are folded, what is equal is computed once, what nobody asks for not at all.',
    text: ({ lowered }) => lowered().jaxpr,
  },
  {
    name: 'kernels',
    about: 'What is computed together, without a trip to memory in between.',
    text: ({ lowered }) => lowered().kernels,
  },
  {
    name: 'loops',
    about: 'The kernels as loops, for any target.',
    text: ({ lowered }) => lowered().loops,
  },
  {
    name: 'source',
    about: 'The loops as JavaScript, as the js target runs them; the wasm target makes instructions of the same loops.',
    text: ({ lowered }) => lowered().source,
  },
];

export const stagesPanel = (): HTMLElement => {
  const [about, text] = [element('p'), element('pre', { id: 'stage' })];
  let [program, at] = [programs[0] as Program, 0];
  const steps = stages.map(({ name }, i) => button(name, () => show(i)));
  const [back, on] = [button('←', () => show(at - 1)), button('→', () => show(at + 1))];
  const show = (next: number): void => {
    at = next;
    const stage = stages[at] as Stage;
    about.textContent = stage.about;
    text.textContent = stage.text(program);
    for (const [i, step] of steps.entries()) step.ariaCurrent = i === at ? 'step' : null;
    [back.disabled, on.disabled] = [at === 0, at === stages.length - 1];
  };
  const which = choice('Function', programs, (chosen) => {
    program = chosen;
    show(at);
  });
  show(0);
  return element('section', { id: 'stages' }, [
    element('div', { className: 'row' }, [which, back, ...steps, on]),
    about,
    text,
  ]);
};
