// Calls of every first-order primitive, by name.
import type { Generator } from '../call';
import { pointwise } from './pointwise';
import { sums } from './sums';
import { views } from './views';

export const generators: Readonly<Record<string, Generator>> = { ...pointwise, ...views, ...sums };
