declare const notAwaited: unique symbol;
interface NotAwaited<Message extends string> {
  readonly [notAwaited]: Message;
}
/**
 * A task of fp-ts, which does its work when it is called. To await the task itself instead of its call is a compile error, and
 * rejects at run time: it would do nothing.
 */
export type Unstarted<Task extends () => Promise<unknown>> = Task & {
  then(this: NotAwaited<'a task does nothing until it is called: await task()'>): never;
};
