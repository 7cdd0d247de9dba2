// All examples that `npm run example` knows.
import { example as cnn } from '../cnn';
import { example as equilibrium } from '../equilibrium';
import { example as forecast } from '../forecast';
import { example as gpt } from '../gpt';
import { example as hmc } from '../hmc';
import { example as maml } from '../maml';
import { example as names } from '../names';
import type { Example } from './example';

export const examples: readonly Example[] = [cnn, equilibrium, forecast, gpt, hmc, maml, names];
