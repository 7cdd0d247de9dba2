// What is said where another JavaScript library has no entry.
import type { Missing } from '../../row';

const missing: Missing = { missing: 'would be loaded where memory is measured' };
export const alone = { timed: 'isolated', jaxjs: missing, tfjs: missing } as const;

/** Where a call of the js target takes half a minute and more. */
export const tooSlow: Missing = { missing: 'takes more than ten times as long' };
