// Calls of every primitive, by name.
import type { Generator } from '../call';
import { pointwise } from './pointwise';
import { structural } from './structural';
import { sums } from './sums';
import { views } from './views';

export { checkedByTransforms } from './structural';
export const generators: Readonly<Record<string, Generator>> = { ...pointwise, ...views, ...sums, ...structural };
