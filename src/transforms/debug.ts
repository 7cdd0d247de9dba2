// What is for looking inside: debug.print, debug.callback.
export { callback, print } from './effects';
