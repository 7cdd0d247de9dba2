// A contestant alone in a process: what it is asked, and adjoint's, which ownProcess.ts serves.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Program, Row } from './row';

export interface Isolated {
  /** The peak of the process's resident memory until now, in bytes. */
  readonly memory: () => Promise<number>;
  /** Makes the inputs. */
  readonly open: () => Promise<Program>;
  readonly close: () => void;
}

export type Request =
  | { readonly op: 'memory' }
  | { readonly op: 'open' }
  | { readonly op: 'values' }
  | { readonly op: 'time'; readonly calls: number };
/** By the operation: bytes or seconds, values, or that it is done. */
export type Answer =
  | { readonly number: number }
  | { readonly opened: true }
  | { readonly values: readonly Float32Array[] }
  | { readonly error: string };

/** One way in which adjoint is run, in a new Node process. */
export const isolate = async (configuration: string, row: Row, quick: boolean): Promise<Isolated> => {
  const path = fileURLToPath(new URL('./ownProcess.ts', import.meta.url));
  const child = fork(path, [configuration, row.name, ...(quick ? ['quick'] : [])], { serialization: 'advanced' });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`its process ended with ${signal ?? code} before it answered`);
  });
  // Looked at while a question is open only: in the end the process is closed.
  ended.catch(() => {});
  const ask = async (request: Request): Promise<Exclude<Answer, { readonly error: string }>> => {
    const answered = once(child, 'message');
    child.send(request, () => {});
    const [answer]: Answer[] = await Promise.race([answered, ended]);
    if (answer === undefined) throw new Error('its process answered nothing');
    if ('error' in answer) throw new Error(answer.error);
    return answer;
  };
  const number = async (request: Request): Promise<number> => {
    const answer = await ask(request);
    return 'number' in answer ? answer.number : Number.NaN;
  };
  return {
    memory: () => number({ op: 'memory' }),
    open: async () => {
      await ask({ op: 'open' });
      return {
        values: async () => {
          const answer = await ask({ op: 'values' });
          return 'values' in answer ? answer.values : [];
        },
        time: (calls) => number({ op: 'time', calls }),
      };
    },
    close: () => {
      child.disconnect();
    },
  };
};
