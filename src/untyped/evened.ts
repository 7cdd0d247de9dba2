// Scaling by a power of two, which rounds nothing.
import { evening } from '../array/norm';
import { publish, valueFrom } from '../array/tensor';
import type { AnyTensor } from '../types';
import { mul } from './array';

/** x in such a scale along these axes that its squares neither overflow nor vanish. */
export const evened = (name: string, x: AnyTensor, axes: readonly number[]): AnyTensor =>
  mul(x, publish(evening(valueFrom(x, name), axes)));
