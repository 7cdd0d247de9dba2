// All examples that `npm run example` knows.
import { example as cnn } from '../cnn';
import { example as equilibrium } from '../equilibrium';
import { example as gpt } from '../gpt';
import { example as hmc } from '../hmc';
import { example as maml } from '../maml';
import type { Example } from './example';

export const examples: readonly Example[] = [cnn, equilibrium, gpt, hmc, maml];
