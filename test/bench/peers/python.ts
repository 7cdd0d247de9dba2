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

export interface Library {
  readonly name: string;
  readonly version: string;
  /** Whether it takes part in a row. */
  readonly has: (row: Row) => boolean;
  readonly open: (row: Row) => Promise<Program>;
  /** The first call: its seconds and its values. */
  readonly first: (row: Row) => Promise<{ readonly seconds: number; readonly values: readonly Float32Array[] }>;
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

export const connect = async (python: string): Promise<E.Either<string, Python>> => {
  const child = spawn(python, [here('../python/peers.py')], { stdio: 'pipe' });
  const started = new Promise<Error | null>((resolve) => {
    child.once('spawn', () => resolve(null)).once('error', resolve);
  });
  const error = await started;
  if (error) return E.left(`${python} does not start: ${error.message}`);
  const ask = conversation(child);
  const folder = mkdtempSync(join(tmpdir(), 'adjoint-bench-'));
  const close = (): void => {
    child.stdin.end();
    rmSync(folder, { recursive: true, force: true });
  };
  const library = (name: string, version: string, workloads: readonly string[]): Library => {
    const begin = ({ python: { workload, sizes, inputs } }: Row) =>
      ask(Done, { op: 'open', library: name, workload, sizes, inputs });
    const values = async () => {
      const { seconds, files } = await ask(Values, { op: 'values', library: name, folder });
      return { seconds, values: files.map(floats) };
    };
    return {
      name,
      version,
      has: ({ python: { workload } }) => workloads.includes(workload),
      open: async (row) => {
        await begin(row);
        return {
          values: async () => (await values()).values,
          time: async (calls) => (await ask(Seconds, { op: 'time', library: name, calls })).seconds,
        };
      },
      first: async (row) => {
        await begin(row);
        return values();
      },
    };
  };
  try {
    const { libraries } = await ask(Hello, { op: 'hello' });
    if (libraries.length > 0)
      return E.right({
        libraries: libraries.map(({ name, version, threads, workloads }) =>
          library(name, `${version}, ${threads} thread${threads === 1 ? '' : 's'}`, workloads),
        ),
        close,
      });
    close();
    return E.left(`${python} has none of jax, torch and a numpy with OpenBLAS`);
  } catch (failure) {
    close();
    return E.left(`${python}: ${failure}`);
  }
};
