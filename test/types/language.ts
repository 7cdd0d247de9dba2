// The one place where the type tests import the language from: what users import.
export * from '../../src/index';
export * as random from '../../src/random/index';
