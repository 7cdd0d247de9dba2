// The one place where the type tests import the language from: what users import, and what is still types alone.
export * from '../../src/index';
export * as random from '../../src/random/index';
export * from './declarations';
