// JAX and PyTorch on the CPU, and NumPy's matrix products on one core, in a process of their own that python/peers.py serves.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import * as t from 'io-ts';
import type { Isolated } from '../isolated';
import type { Program, Row } from '../row';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const venv = here('../.venv/bin/python');

const Failure = t.type({ error: t.string });
const Hello = t.type({
  libraries: t.array(t.type({ name: t.string, version: t.string, threads: t.number, workloads: t.array(t.string) })),
});
const Done = t.type({});
const Seconds = t.type({ seconds: t.number });
const Values = t.type({ seconds: t.number, files: t.array(t.string) });
const Memory = t.type({ bytes: t.number });

export interface Library {
  readonly name: string;
  readonly version: string;
  /** Whether it takes part in a row. */
  readonly has: (row: Row) => boolean;
  readonly open: (row: Row) => Promise<Program>;
  /** The first call: its seconds and its values. */
  readonly first: (row: Row) => Promise<{ readonly seconds: number; readonly values: readonly Float32Array[] }>;
  /** The library alone, in a new process. */
  readonly isolate: (row: Row) => Promise<Isolated>;
}
export interface Python {
  readonly libraries: readonly Library[];
  readonly close: () => void;
}

const decode = <A>(codec: t.Decoder<unknown, A>, line: string): A => {
  const json: unknown = JSON.parse(line);
  if (Failure.is(json)) throw new Error(json.error);
  return pipe(
    codec.decode(json),
    E.getOrElse((): A => {
      throw new Error(`not an answer of peers.py: ${line.slice(0, 200)}`);
    }),
  );
};

/** One question at a time, each answered by one line. */
const conversation = (child: ChildProcessWithoutNullStreams) => {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  // A write to a process that has ended is reported by the answer that does not come.
  child.stdin.on('error', () => {});
  return async <A>(codec: t.Decoder<unknown, A>, request: object): Promise<A> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`peers.py has ended: ${said.trim().split('\n').at(-1)}`);
    return decode(codec, value);
  };
};

const floats = (file: string): Float32Array => {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};

/** The Python to use: BENCH_PYTHON, or test/bench/.venv. */
export const findPython = (): string | undefined => process.env.BENCH_PYTHON ?? (existsSync(venv) ? venv : undefined);

interface Session {
  readonly ask: ReturnType<typeof conversation>;
  /** What the process answers about a library. */
  readonly values: (library: string) => Promise<{ readonly seconds: number; readonly values: readonly Float32Array[] }>;
  readonly open: (library: string, row: Row) => Promise<Program>;
  readonly close: () => void;
}
/** A process of peers.py, for all libraries or for one. */
const start = async (python: string, only: readonly string[]): Promise<Session> => {
  const child = spawn(python, [here('../python/peers.py'), ...only], { stdio: 'pipe' });
  const error = await new Promise<Error | null>((resolve) => {
    child.once('spawn', () => resolve(null)).once('error', resolve);
  });
  if (error) throw new Error(`does not start: ${error.message}`);
  const ask = conversation(child);
  const folder = mkdtempSync(join(tmpdir(), 'adjoint-bench-'));
  const values = async (library: string) => {
    const { seconds, files } = await ask(Values, { op: 'values', library, folder });
    return { seconds, values: files.map(floats) };
  };
  return {
    ask,
    values,
    open: async (library, { python: { workload, sizes, inputs } }) => {
      await ask(Done, { op: 'open', library, workload, sizes, inputs });
      return {
        values: async () => (await values(library)).values,
        time: async (calls) => (await ask(Seconds, { op: 'time', library, calls })).seconds,
      };
    },
    close: () => {
      child.stdin.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

const isolate = async (python: string, library: string, row: Row): Promise<Isolated> => {
  const { ask, open, close } = await start(python, [library]);
  return { memory: async () => (await ask(Memory, { op: 'memory' })).bytes, open: () => open(library, row), close };
};

const libraryOf = (
  python: string,
  { open, values }: Session,
  { name, version, threads, workloads }: t.TypeOf<typeof Hello>['libraries'][number],
): Library => ({
  name,
  version: `${version}, ${threads} thread${threads === 1 ? '' : 's'}`,
  has: ({ python: { workload } }) => workloads.includes(workload),
  open: (row) => open(name, row),
  first: async (row) => {
    await open(name, row);
    return values(name);
  },
  isolate: (row) => isolate(python, name, row),
});

export const connect = async (python: string): Promise<E.Either<string, Python>> => {
  let session: Session | undefined;
  try {
    session = await start(python, []);
    const { ask, close } = session;
    const { libraries } = await ask(Hello, { op: 'hello' });
    if (libraries.length === 0) throw new Error('has none of jax, torch and a numpy with OpenBLAS');
    const known = session;
    return E.right({ libraries: libraries.map((library) => libraryOf(python, known, library)), close });
  } catch (failure) {
    session?.close();
    return E.left(`${python}: ${failure instanceof Error ? failure.message : failure}`);
  }
};
