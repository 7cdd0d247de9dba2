// The one place where the type tests import the language from.
export * from './declarations';
