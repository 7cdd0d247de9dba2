// A kernel's loops as one WebAssembly function of the addresses of its arrays and of its scratch memory. Innermost loops whose
// iterations are independent run several at once.
import type { DTypeName } from '../../../core/dtype';
import type { Expr } from '../../../core/lowering';
import { extentName, type Fold, type LoopFunction, type Statement } from '../../loop';
import type { For } from '../../parallel';
import { accumulatorOf } from './accumulator';
import { arraysIn, layScratch, type Store, storeOf, unrolling, vectorWidth, widthOf } from './body';
import { Code } from './code';
import type { FunctionBody, ValueType } from './encode';
import { lanesOf, type Width } from './lanes';
import { grain, namesIn } from './pieces';
import { type Instructions, writeProduct } from './product';
import { address, condition, constantOf, operate, type Surroundings, scalar, storeScalar, typeOf } from './scalar';
import { shareOf } from './threads';
import { VectorCode } from './vector';

/** The name of where a piece of a loop ends. */
const endName = 'end of the piece';

/** What the functions of a kernel are written with. */
export interface Writing {
  readonly name: string;
  readonly instructions: Instructions;
  /** Functions of the host that are used are added here. */
  readonly imports: string[];
  /** The loops that are cut, and how many iterations are one call of a function, which is added. */
  readonly pieces: ReadonlyMap<For, number>;
  readonly add: (f: FunctionBody) => number;
}

class KernelCode implements Surroundings {
  readonly code: Code;
  private readonly names = new Map<string, number>();
  private readonly scratch: readonly number[];

  constructor(
    private readonly loops: LoopFunction,
    private readonly writing: Writing,
    /** Names whose values are parameters, too, behind those that all functions of the kernel have. */
    own: readonly { readonly name: string; readonly type: ValueType }[] = [],
  ) {
    const { arrays } = loops;
    const others = ['i32', 'i32', 'i32', ...(loops.takesExtent ? ['i32' as const] : [])] as const;
    const common = arrays.length + others.length;
    const parameters = [...arrays.map(() => 'i32' as const), ...others, ...own.map(({ type }) => type)];
    this.code = new Code(parameters, writing.imports);
    if (loops.takesExtent) this.names.set(extentName, arrays.length + 3);
    own.forEach(({ name }, i) => {
      this.names.set(name, common + i);
    });
    this.scratch = layScratch(loops.scratch).offsets.map((offset) => {
      const pointer = this.code.local('i32');
      this.code.get(arrays.length).i32(offset).emit('i32.add').set(pointer);
      return pointer;
    });
  }
  private get instructions(): Instructions {
    return this.writing.instructions;
  }
  whole(): FunctionBody {
    this.statements(this.loops.body);
    return this.finished(this.writing.name, []);
  }
  private finished(name: string, results: readonly ValueType[]): FunctionBody {
    const { parameters, locals, bytes, references } = this.code;
    return { name, signature: { parameters, results }, locals, code: bytes, references };
  }

  localOf(name: string): number {
    const local = this.names.get(name);
    if (local === undefined) throw new TypeError(`internal: ${name} is used before it is set`);
    return local;
  }
  pointerOf(array: number): number {
    const { arrays } = this.loops;
    return array < arrays.length ? array : (this.scratch[array - arrays.length] as number);
  }
  /** The local of a name: kernels reuse names, always for one type. */
  private declare(name: string, dtype: DTypeName): number {
    const key = name;
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const local = this.code.local(typeOf(dtype));
    this.names.set(key, local);
    return local;
  }
  private assign(name: string, value: Expr): void {
    const local = this.declare(name, value.dtype);
    scalar(this.code, this, value);
    this.code.set(local);
  }

  private statements(body: readonly Statement[]): void {
    for (const s of body) this.statement(s);
  }
  private statement(s: Statement): void {
    const { code } = this;
    switch (s.kind) {
      case 'let':
      case 'var':
      case 'set':
        return this.assign(s.name, s.value);
      case 'store': {
        const offset = address(code, this, s.array, s.at, s.value.dtype);
        scalar(code, this, s.value);
        storeScalar(code, s.value.dtype, offset);
        return;
      }
      case 'while':
        return code.while(
          () => condition(code, this, s.condition),
          () => this.statements(s.body),
        );
      case 'for':
        return this.for(s);
      case 'fold':
        return this.fold(s);
      case 'product':
        return writeProduct(this.code, this, s, this.instructions);
    }
  }

  /** Counts a variable, whose local is set already, up to a limit on the stack of `limit`. */
  private count(variable: number, limit: () => void, step: number, body: () => void): void {
    const { code } = this;
    code.while(
      () => {
        code.get(variable);
        limit();
        code.emit('i32.lt_s');
      },
      () => {
        body();
        code.get(variable).i32(step).emit('i32.add').set(variable);
      },
    );
  }

  private for(s: For): void {
    const variable = this.declare(s.name, 'i32');
    const extent = s.from.op === 'const' && s.to.op === 'const' ? s.to.value - s.from.value : null;
    const limit = this.range(s, variable, extent);
    const piece = this.writing.pieces.get(s);
    if (piece === undefined) this.iterate(s, variable, limit, extent, s.parallel !== true);
    else this.inPieces(s, variable, limit, extent, piece);
  }

  /** Runs a loop by calls of a function that does `piece` iterations, fewer at the end. */
  private inPieces(s: For, variable: number, limit: () => void, extent: number | null, piece: number): void {
    const { code, loops, writing } = this;
    const { used, set } = namesIn(s);
    const known = [...this.names].filter(([name]) => used.has(name) || set.has(name));
    const own = known.filter(([name]) => name !== s.name && name !== extentName);
    const changed = own.filter(([name]) => set.has(name));
    const end = code.local('i32');
    const inner = new KernelCode(loops, writing, [
      ...own.map(([name, local]) => ({ name, type: code.typeOf(local) })),
      { name: s.name, type: 'i32' },
      { name: endName, type: 'i32' },
    ]);
    const changedNames = changed.map(([name]) => name);
    const number = writing.add(inner.piece(s, piece % grain === 0 ? extent : null, changedNames));
    this.count(variable, limit, 0, () => {
      const step = piece * s.step;
      limit();
      code.get(variable).emit('i32.sub').tee(end).i32(step).get(end).i32(step).emit('i32.lt_s').emit('select');
      code.get(variable).emit('i32.add').set(end);
      const common = loops.arrays.length + (loops.takesExtent ? 4 : 3);
      for (let parameter = 0; parameter < common; parameter++) code.get(parameter);
      for (const [, local] of own) code.get(local);
      code.get(variable).get(end).callOwn(number);
      for (const [, local] of [...changed].reverse()) code.set(local);
      code.get(end).set(variable);
    });
  }
  /** The function of a piece: of where it begins and ends, after the names that it uses; gives what it changes. */
  private piece(s: For, extent: number | null, changed: readonly string[]): FunctionBody {
    this.iterate(s, this.localOf(s.name), () => this.code.get(this.localOf(endName)), extent, false);
    for (const name of changed) this.code.get(this.localOf(name));
    return this.finished(
      `${this.writing.name}, ${s.name}`,
      changed.map((name) => this.code.typeOf(this.localOf(name))),
    );
  }

  /** Runs a loop up to a limit; of one that is whole the extent, where it is known, says which vectors are left over. */
  private iterate(s: For, variable: number, limit: () => void, extent: number | null, isWhole: boolean): void {
    const width = this.instructions.simd ? vectorWidth(s) : null;
    const vector = width === null || (extent !== null && extent < width) ? null : this.vectorOf(s, width);
    if (vector !== null) {
      const { width } = vector;
      const several = unrolling(s.body);
      for (const times of several === 1 ? [1] : [several, 1]) {
        if (extent !== null && extent < times * width) continue;
        this.vectors(s, vector, variable, limit, times);
        if (extent !== null && isWhole && extent % (times * width) === 0) return;
      }
      if (extent !== null && extent % width === 0) return;
    }
    this.count(variable, limit, s.step, () => this.statements(s.body));
  }

  /** Runs a loop in vectors, `times` of them at a time, as long as that many are left. */
  private vectors(s: For, vector: VectorCode, variable: number, limit: () => void, times: number): void {
    const { code } = this;
    const { width } = vector;
    const stores = s.body.filter((b): b is Store => b.kind === 'store');
    const lets = s.body.filter((b) => b.kind === 'let');
    const values = stores.map((b) => b.value);
    const forward = (): Code => code.get(variable).i32(width).emit('i32.add').set(variable);
    this.count(
      variable,
      () => {
        limit();
        code.i32(times * width - 1).emit('i32.sub');
      },
      width,
      () => {
        for (let t = 0; t < times; t++) {
          if (t > 0) forward();
          vector.body(lets, values);
          for (const b of stores) vector.store(b.array, b.at, b.value);
        }
      },
    );
  }

  /** Sets the variable to where a loop starts, for this thread; gives what puts its limit on the stack. */
  private range(s: For, variable: number, extent: number | null): () => void {
    const { code } = this;
    if (s.parallel) {
      const isInnermost = s.body.every((b) => b.kind === 'let' || b.kind === 'store');
      const scratch = this.loops.arrays.length;
      const end = (): void => scalar(code, this, s.to);
      const limit = shareOf(code, extent ?? end, isInnermost, variable, scratch + 1, scratch + 2);
      return () => code.get(limit);
    }
    scalar(code, this, s.from);
    code.set(variable);
    return () => scalar(code, this, s.to);
  }

  /** What computes several iterations at once, where every store is to neighbouring elements. */
  private vectorOf(s: For, width: Width): VectorCode | null {
    const vector = new VectorCode(this.code, this, s.name, width, s.body);
    for (const b of s.body) {
      if (b.kind === 'let') {
        if (!vector.isVarying({ op: 'local', dtype: b.value.dtype, name: b.name })) this.declare(b.name, b.value.dtype);
      } else if (b.kind === 'store' && vector.lineOf(b.at)?.step !== 1) return null;
    }
    vector.hoist(arraysIn(s.body));
    return vector;
  }

  private fold(s: Fold): void {
    const { code } = this;
    const variable = this.declare(s.variable, 'i32');
    const whole = s.length - (s.length % s.lanes);
    const isVector = this.instructions.simd && s.dtype !== 'bool' && s.lanes === 8 && whole > 0;
    const width = isVector ? widthOf([...s.lets, storeOf(s)]) : null;
    scalar(code, this, s.start);
    code.set(variable);
    const lanes = width === null ? this.foldScalars(s, variable, whole) : this.foldVectors(s, variable, whole, width);
    const args = [s.dtype, s.dtype];
    for (let l = 0; l < s.length - whole; l++) {
      this.statements(s.lets);
      code.get(lanes[l] as number);
      scalar(code, this, s.value);
      operate(code, s.combine, s.dtype, args);
      code.set(lanes[l] as number);
      code.get(variable).i32(1).emit('i32.add').set(variable);
    }
    for (let half = s.lanes / 2; half >= 1; half /= 2)
      for (let l = 0; l < half; l++) {
        code.get(lanes[l] as number).get(lanes[l + half] as number);
        operate(code, s.combine, s.dtype, args);
        code.set(lanes[l] as number);
      }
    code.get(lanes[0] as number).set(this.declare(s.name, s.dtype));
  }

  private foldScalars(s: Fold, variable: number, whole: number): readonly number[] {
    const { code } = this;
    const lanes = Array.from({ length: s.lanes }, () => code.local(typeOf(s.dtype)));
    for (const lane of lanes) {
      constantOf(code, s.identity, s.dtype);
      code.set(lane);
    }
    const end = code.local('i32');
    code.get(variable).i32(whole).emit('i32.add').set(end);
    if (whole > 0)
      this.count(
        variable,
        () => code.get(end),
        1,
        () =>
          lanes.forEach((lane, l) => {
            this.statements(s.lets);
            code.get(lane);
            scalar(code, this, s.value);
            operate(code, s.combine, s.dtype, [s.dtype, s.dtype]);
            code.set(lane);
            if (l < lanes.length - 1) code.get(variable).i32(1).emit('i32.add').set(variable);
          }),
      );
    return lanes;
  }

  private foldVectors(s: Fold, variable: number, whole: number, width: Width): readonly number[] {
    const { code } = this;
    const vector = new VectorCode(code, this, s.variable, width, s.lets);
    for (const b of s.lets)
      if (b.kind === 'let' && !vector.isVarying({ op: 'local', dtype: b.value.dtype, name: b.name }))
        this.declare(b.name, b.value.dtype);
    const parts = Array.from({ length: s.lanes / width }, () =>
      accumulatorOf(code, s.combine, s.dtype, s.identity, width),
    );
    for (const part of parts) part.start();
    vector.hoist(arraysIn([...s.lets, storeOf(s)]));
    const end = code.local('i32');
    code.get(variable).i32(whole).emit('i32.add').set(end);
    this.count(
      variable,
      () => code.get(end),
      width,
      () =>
        parts.forEach((part, i) => {
          vector.body(s.lets, [s.value]);
          part.take(() => vector.vector(s.value, null));
          if (i < parts.length - 1) code.get(variable).i32(width).emit('i32.add').set(variable);
        }),
    );
    return parts.flatMap((part) => {
      part.finish();
      return lanesOf(code, s.dtype, width);
    });
  }
}

/**
 * The function of a kernel: parameters are the addresses of its arrays, then of its scratch memory, the number of the thread and of all
 * threads, and the number of elements where the loops take it.
 */
export const kernelFunction = (loops: LoopFunction, writing: Writing): FunctionBody =>
  new KernelCode(loops, writing).whole();
