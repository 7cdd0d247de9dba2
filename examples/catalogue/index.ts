// All examples that `npm run example` knows.
import { example as anomaly } from '../anomaly';
import { example as autoencoder } from '../autoencoder';
import { example as bert } from '../bert';
import { example as cnn } from '../cnn';
import { example as diffusion } from '../diffusion';
import { example as ensemble } from '../ensemble';
import { example as equilibrium } from '../equilibrium';
import { example as forecast } from '../forecast';
import { example as gpt } from '../gpt';
import { example as hmc } from '../hmc';
import { example as influence } from '../influence';
import { example as maml } from '../maml';
import { example as names } from '../names';
import { example as ode } from '../ode';
import { example as predators } from '../predators';
import { example as privacy } from '../privacy';
import { example as sentences } from '../sentences';
import type { Example } from './example';

export const examples: readonly Example[] = [
  anomaly,
  autoencoder,
  bert,
  cnn,
  diffusion,
  ensemble,
  equilibrium,
  forecast,
  gpt,
  hmc,
  influence,
  maml,
  names,
  ode,
  predators,
  privacy,
  sentences,
];
