// Random numbers from explicit keys: the same key gives the same numbers, on every machine and under every transform.
export { exponential, gumbel, laplace, logistic, normal, truncatedNormal, uniform } from './continuous';
export { bernoulli, categorical, choice, permutation, rademacher, randint, shuffle } from './discrete';
export { bits, foldIn, type Key, type Keys, key, keys, split } from './stream';
