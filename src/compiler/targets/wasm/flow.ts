// Loops and branches around programs, which are functions of the addresses of their operands and results.
import { type Aval, sizeOf } from '../../../core/aval';
import type { Jaxpr } from '../../../core/jaxpr';
import type { Flow } from '../../../core/lowering';
import { carriedBy } from '../../flow';
import type { Code } from './code';

type Scan = Extract<Flow, { readonly kind: 'scan' }>;
type While = Extract<Flow, { readonly kind: 'while' }>;
type Cond = Extract<Flow, { readonly kind: 'cond' }>;

/** Puts something on the stack. */
type Push = () => void;

/** Where control flow is written. */
export interface Site {
  readonly code: Code;
  /** The addresses of an operand and of a result of the kernel, and of its own memory. */
  readonly operand: (i: number) => void;
  readonly result: (k: number) => void;
  readonly memory: (offset: number) => void;
  /** Runs one of the programs on these operands, to these results; all threads have come to its end then. */
  readonly run: (program: number, operands: readonly Push[], results: readonly Push[]) => void;
  /** The first thread alone runs the body, while the others wait. */
  readonly alone: (body: () => void) => void;
}

const alignment = 64;
const bytesOf = ({ shape, dtype }: Aval): number => sizeOf(shape) * dtype.bytes;

/** A second place for everything that a loop carries, and one for whether it goes on. */
interface Layout {
  readonly placeOf: ReadonlyMap<number, number>;
  readonly flag: number;
  readonly bytes: number;
}
export const layFlow = (flow: Flow): Layout => {
  const placeOf = new Map<number, number>();
  let bytes = 0;
  const take = (size: number): number => {
    const at = bytes;
    bytes += Math.ceil(size / alignment) * alignment;
    return at;
  };
  const stepOf = (): Jaxpr | null => (flow.kind === 'scan' ? flow.step : flow.kind === 'while' ? flow.body : null);
  for (const k of carriedBy(flow)) placeOf.set(k, take(bytesOf(stepOf()?.outputs[k]?.aval as Aval)));
  return { placeOf, flag: take(flow.kind === 'while' ? 1 : 0), bytes };
};

/** A local with an address that is put on the stack now. */
const held = (code: Code): number => {
  const local = code.local('i32');
  code.set(local);
  return local;
};
const gets = (code: Code, locals: readonly number[]): readonly Push[] =>
  locals.map((local) => () => {
    code.get(local);
  });
const advance = (code: Code, local: number, by: number): void => {
  if (by !== 0) code.get(local).i32(by).emit('i32.add').set(local);
};
const copy = (code: Code, bytes: number): void => {
  code.i32(bytes).emit('memory.copy', 0, 0);
};

/**
 * A carried value has two places, the result's and one of the loop's own, and each step reads one and writes the other; the sum of both
 * addresses less the one is the other. What is carried in comes from the operand's place, which stays as it is.
 */
const exchange = (code: Code, current: number, next: number, sum: number): void => {
  code.get(next).set(current);
  code.get(sum).get(current).emit('i32.sub').set(next);
};

const writeScan = (site: Site, flow: Scan): void => {
  const { code } = site;
  const { step, roles, feeds, length, reverse } = flow;
  const { placeOf } = layFlow(flow);
  if (length === 0) {
    site.alone(() => {
      for (const k of carriedBy(flow)) {
        site.result(k);
        site.operand(feeds[k] as number);
        copy(code, bytesOf((step.outputs[k] as { readonly aval: Aval }).aval));
      }
    });
    return;
  }
  const direction = reverse ? -1 : 1;
  const first = reverse ? length - 1 : 0;
  const sizes = step.inputs.map((v, i) => (roles[i] === 'x' ? bytesOf(v.aval) : 0));
  const operands = sizes.map((size, i) => {
    site.operand(i);
    if (size * first > 0) code.i32(size * first).emit('i32.add');
    return held(code);
  });
  const stacked = step.outputs.map((a, k) => (feeds[k] === null ? bytesOf(a.aval) : 0));
  const sums = new Map<number, number>();
  const results = stacked.map((size, k) => {
    const place = placeOf.get(k);
    if (place === undefined) {
      site.result(k);
      if (size * first > 0) code.i32(size * first).emit('i32.add');
      return held(code);
    }
    // The last step writes to the result.
    if (length % 2 === 1) site.result(k);
    else site.memory(place);
    const local = held(code);
    site.result(k);
    site.memory(place);
    code.emit('i32.add');
    sums.set(k, held(code));
    return local;
  });
  const left = code.local('i32');
  code.i32(length).set(left);
  code.loop(() => {
    site.run(0, gets(code, operands), gets(code, results));
    feeds.forEach((f, k) => {
      const result = results[k] as number;
      if (f === null) advance(code, result, direction * (stacked[k] as number));
      else exchange(code, operands[f] as number, result, sums.get(k) as number);
    });
    operands.forEach((local, i) => {
      advance(code, local, direction * (sizes[i] as number));
    });
    code.get(left).i32(1).emit('i32.sub').tee(left).emit('br_if', 0);
  });
};

const writeWhile = (site: Site, flow: While): void => {
  const { code } = site;
  const { body, carry } = flow;
  const { placeOf, flag } = layFlow(flow);
  const operands = body.inputs.map((_, i) => {
    site.operand(i);
    return held(code);
  });
  const results = carry.map((_, k) => {
    site.result(k);
    return held(code);
  });
  const sums = carry.map((_, k) => {
    site.result(k);
    site.memory(placeOf.get(k) as number);
    code.emit('i32.add');
    return held(code);
  });
  const goesOn = (): void => site.memory(flag);
  code.while(
    () => {
      site.run(0, gets(code, operands), [goesOn]);
      goesOn();
      code.memory('i32.load8_u', 0);
    },
    () => {
      site.run(1, gets(code, operands), gets(code, results));
      carry.forEach((i, k) => {
        exchange(code, operands[i] as number, results[k] as number, sums[k] as number);
      });
    },
  );
  site.alone(() => {
    carry.forEach((i, k) => {
      site.result(k);
      code.get(operands[i] as number).emit('i32.ne');
      code.choose('none', () => {
        site.result(k);
        code.get(operands[i] as number);
        copy(code, bytesOf((body.outputs[k] as { readonly aval: Aval }).aval));
      });
    });
  });
};

const writeCond = (site: Site, { branches }: Cond): void => {
  const { code } = site;
  site.operand(0);
  code.memory('i32.load', 0);
  const which = held(code);
  const [first] = branches as readonly [Jaxpr];
  const operands = first.inputs.map((_, i) => () => site.operand(i + 1));
  const results = first.outputs.map((_, k) => () => site.result(k));
  const from = (b: number): void => {
    if (b === branches.length - 1) return site.run(b, operands, results);
    code.get(which).i32(b).emit('i32.le_s');
    code.choose(
      'none',
      () => site.run(b, operands, results),
      () => from(b + 1),
    );
  };
  from(0);
};

export const writeFlow = (site: Site, flow: Flow): void => {
  switch (flow.kind) {
    case 'scan':
      return writeScan(site, flow);
    case 'while':
      return writeWhile(site, flow);
    case 'cond':
      return writeCond(site, flow);
  }
};
