// Stack overflow: the engine's error says nothing of what was nested too deep, so that it is replaced where that is known.
import { TransformError } from './errors';

/** V8's and JavaScriptCore's words, and SpiderMonkey's. */
export const isStackOverflow = (error: unknown): boolean =>
  error instanceof Error && /maximum call stack size exceeded|too much recursion/i.test(error.message);

/** Levels below which nesting is not what filled the stack: then the recursion is the user's, and so is the error. */
export const fewest = 30;

export const stackAdvice =
  'Repeat a function by scan or by a loop inside of one function instead, end the recursion, or give the engine a larger stack ' +
  '(node --stack-size, in kilobytes).';

/** What to throw instead of an error that came up `depth` transforms deep. */
export const nestedTransforms = (transform: string, depth: number, error: unknown): unknown =>
  depth >= fewest && isStackOverflow(error)
    ? new TransformError(
        `${transform}: the engine's stack is full: ${depth} transformed functions are being called one inside the other. ${stackAdvice}`,
      )
    : error;
