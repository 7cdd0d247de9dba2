// Expressions of a loop variable, for several neighbouring values of it at once.
import type { DTypeName } from '../../../core/dtype';
import type { Expr } from '../../../core/lowering';
import type { Statement } from '../../loop';
import { childrenOf, partsOf, sameExpr } from '../../rewrite';
import type { Code } from './code';
import {
  allTrue,
  gatherLanes,
  loadStrided,
  loadVector,
  operateLanes,
  splat,
  storeVector,
  vectorConstant,
  type Width,
  widenMask,
} from './lanes';
import { floatShapes } from './machine';
import { bytesOf, condition, isFloat, type Surroundings, scalar, shiftOf } from './scalar';

/** An index as a multiple of the loop variable and a rest that does not depend on it. */
interface Line {
  readonly step: number;
  readonly rest: Expr | null;
}
const plus = (a: Expr | null, b: Expr | null, op: 'add' | 'sub'): Expr | null =>
  b === null
    ? a
    : a === null
      ? op === 'add'
        ? b
        : { op: 'neg', dtype: 'i32', args: [b] }
      : { op, dtype: 'i32', args: [a, b] };

/** A choice of the lesser or greater of two floats is one instruction: pmin(x, y) is y < x ? y : x, and pmax(x, y) is x < y ? y : x. */
const extremeOf = ({ args }: { readonly args: readonly Expr[] }) => {
  const [c, yes, no] = args as readonly [Expr, Expr, Expr];
  if (c.op !== 'lt' || !isFloat(yes.dtype)) return null;
  const [x, y] = c.args as readonly [Expr, Expr];
  const shape = floatShapes[yes.dtype];
  if (sameExpr(x, yes) && sameExpr(y, no)) return { instruction: `${shape}.pmin`, args: [y, x] } as const;
  if (sameExpr(y, yes) && sameExpr(x, no)) return { instruction: `${shape}.pmax`, args: [x, y] } as const;
  return null;
};

type Let = Extract<Statement, { readonly kind: 'let' }>;

export class VectorCode {
  private readonly varies = new Map<Expr, boolean>();
  private readonly lets = new Map<string, Let>();
  private readonly vectors = new Map<string, number>();
  private readonly lines = new Map<Expr, Line | null>();
  private readonly pointers = new Map<string, number>();

  constructor(
    private readonly code: Code,
    private readonly around: Surroundings,
    /** The loop variable, and the local with its value for the first lane. */
    private readonly variable: string,
    readonly width: Width,
    body: readonly Statement[],
  ) {
    for (const s of body) if (s.kind === 'let') this.lets.set(s.name, s);
  }

  /** Whether the lanes of an expression differ. */
  isVarying(e: Expr): boolean {
    const known = this.varies.get(e);
    if (known !== undefined) return known;
    const definition = e.op === 'local' ? this.lets.get(e.name) : undefined;
    const varies =
      e.op === 'index'
        ? e.name === this.variable
        : definition !== undefined
          ? this.isVarying(definition.value)
          : childrenOf(e).some((c) => this.isVarying(c));
    this.varies.set(e, varies);
    return varies;
  }

  /** The index as a line in the loop variable, if it is one. */
  lineOf(e: Expr): Line | null {
    const known = this.lines.get(e);
    if (known !== undefined) return known;
    const line = this.findLine(e);
    this.lines.set(e, line);
    return line;
  }
  private findLine(e: Expr): Line | null {
    if (!this.isVarying(e)) return { step: 0, rest: e };
    if (e.op === 'index') return { step: 1, rest: null };
    if (e.op === 'local') return this.lineOf((this.lets.get(e.name) as Let).value);
    if (e.op === 'add' || e.op === 'sub') {
      const [a, b] = (e.args as readonly [Expr, Expr]).map((x) => this.lineOf(x)) as [Line | null, Line | null];
      if (a === null || b === null) return null;
      return { step: e.op === 'add' ? a.step + b.step : a.step - b.step, rest: plus(a.rest, b.rest, e.op) };
    }
    if (e.op === 'mul') {
      const [a, b] = e.args as readonly [Expr, Expr];
      const [factor, other] = a.op === 'const' ? [a, b] : [b, a];
      const line = factor.op === 'const' ? this.lineOf(other) : null;
      if (line === null || factor.op !== 'const') return null;
      return {
        step: line.step * factor.value,
        rest: line.rest && { op: 'mul', dtype: 'i32', args: [line.rest, factor] },
      };
    }
    return null;
  }

  /** Whether an expression uses nothing that is computed inside the loop. */
  private isOutside(e: Expr | null): boolean {
    return e === null || ![...partsOf([e])].some((p) => p.op === 'local' && this.lets.has(p.name));
  }

  /** Puts the address of an array's element for the first lane on the stack. */
  private address(array: number, { step, rest }: Line, dtype: DTypeName): void {
    const { code } = this;
    const shift = shiftOf(dtype);
    const hoisted = rest === null ? this.around.pointerOf(array) : this.pointers.get(`${array}:${this.idOf(rest)}`);
    if (hoisted !== undefined) code.get(hoisted);
    else {
      code.get(this.around.pointerOf(array));
      scalar(code, this.around, rest as Expr);
      if (shift > 0) code.i32(shift).emit('i32.shl');
      code.emit('i32.add');
    }
    code.get(this.around.localOf(this.variable));
    if (step !== 1) code.i32(step).emit('i32.mul');
    if (shift > 0) code.i32(shift).emit('i32.shl');
    code.emit('i32.add');
  }
  private readonly ids = new Map<Expr, number>();
  private idOf(e: Expr): number {
    const known = this.ids.get(e);
    if (known !== undefined) return known;
    this.ids.set(e, this.ids.size);
    return this.ids.size - 1;
  }

  /** Computes before the loop where the arrays that it runs through begin. */
  hoist(loads: readonly { readonly array: number; readonly at: Expr; readonly dtype: DTypeName }[]): void {
    for (const { array, at, dtype } of loads) {
      const line = this.isVarying(at) ? this.lineOf(at) : null;
      if (line === null || line.rest === null || !this.isOutside(line.rest)) continue;
      const key = `${array}:${this.idOf(line.rest)}`;
      if (this.pointers.has(key)) continue;
      const pointer = this.code.local('i32');
      this.code.get(this.around.pointerOf(array));
      scalar(this.code, this.around, line.rest);
      if (shiftOf(dtype) > 0) this.code.i32(shiftOf(dtype)).emit('i32.shl');
      this.code.emit('i32.add').set(pointer);
      this.pointers.set(key, pointer);
    }
  }

  /** The lets whose vectors are needed, rather than used in addresses only. */
  private demanded(roots: readonly Expr[]): ReadonlySet<string> {
    const names = new Set<string>();
    const seen = new Set<Expr>();
    const visit = (e: Expr, masked: boolean): void => {
      if (seen.has(e) && !masked) return;
      seen.add(e);
      if (!this.isVarying(e)) return;
      if (e.op === 'local') {
        const definition = this.lets.get(e.name);
        if (definition === undefined) return;
        names.add(e.name);
        visit(definition.value, masked);
        return;
      }
      if (e.op === 'load' && !masked && this.lineOf(e.at) !== null) return;
      const inside = masked || e.op === 'guard';
      for (const c of childrenOf(e)) visit(c, inside);
    };
    for (const r of roots) visit(r, false);
    return names;
  }

  /** Computes the lets that the roots need. */
  body(lets: readonly Statement[], roots: readonly Expr[]): void {
    const needed = this.demanded(roots);
    for (const s of lets) {
      if (s.kind !== 'let') continue;
      if (!this.isVarying({ op: 'local', dtype: s.value.dtype, name: s.name })) {
        scalar(this.code, this.around, s.value);
        this.code.set(this.around.localOf(s.name));
      } else if (needed.has(s.name)) {
        const local = this.vectors.get(s.name) ?? this.code.local('v128');
        this.vectors.set(s.name, local);
        this.vector(s.value, null);
        this.code.set(local);
      }
    }
  }

  store(array: number, at: Expr, value: Expr): void {
    this.address(array, this.lineOf(at) as Line, value.dtype);
    this.vector(value, null);
    storeVector(this.code, value.dtype, this.width, 0);
  }

  /** Puts the lanes of an expression on the stack. Under a mask, loads must not be made where it does not hold. */
  vector(e: Expr, mask: number | null): void {
    const { code, width } = this;
    if (e.op === 'const') return vectorConstant(code, e.value, e.dtype);
    if (!this.isVarying(e) && (mask === null || ![...partsOf([e])].some((p) => p.op === 'load'))) {
      scalar(code, this.around, e);
      return splat(code, e.dtype);
    }
    switch (e.op) {
      case 'index': {
        code.get(this.around.localOf(e.name)).emit('i32x4.splat');
        if (e.name === this.variable) code.bits([0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]).emit('i32x4.add');
        return;
      }
      case 'local': {
        const held = this.vectors.get(e.name);
        if (held !== undefined) code.get(held);
        else this.vector((this.lets.get(e.name) as Let).value, mask);
        return;
      }
      case 'load':
        return mask === null ? this.load(e) : this.maskedLoad(e, mask);
      case 'select':
      case 'guard':
        return this.choice(e, mask);
      case 'rarely':
        return this.rarely(e, mask);
    }
    for (const a of e.args) this.vector(a, mask);
    const [, count] = e.args;
    const shifts = {
      shiftLeft: 'i32x4.shl',
      shiftRightLogical: 'i32x4.shr_u',
      shiftRightArithmetic: 'i32x4.shr_s',
    } as const;
    if (e.op in shifts && count?.op === 'const' && count.value >= 0 && count.value < 32)
      code
        .emit('drop')
        .i32(count.value)
        .emit(shifts[e.op as keyof typeof shifts]);
    else
      operateLanes(
        code,
        e.op,
        e.dtype,
        e.args.map((a) => a.dtype),
        width,
      );
  }

  private choice(e: Extract<Expr, { readonly args: readonly Expr[] }>, mask: number | null): void {
    const { code } = this;
    const [c, a, b] = e.args as readonly [Expr, Expr, Expr];
    const blend = (): void => {
      if (e.dtype === 'f64') widenMask(code);
      code.emit('v128.bitselect');
    };
    const extreme = e.op === 'select' ? extremeOf(e) : null;
    if (extreme !== null) {
      for (const x of extreme.args) this.vector(x, mask);
      code.emit(extreme.instruction);
      return;
    }
    const loads = (x: Expr): boolean => [...partsOf([x])].some((p) => p.op === 'load');
    if (e.op === 'select' || !(loads(a) || loads(b))) {
      this.vector(a, mask);
      this.vector(b, mask);
      this.truth(c, mask);
      return blend();
    }
    if (mask === null && !this.isVarying(c)) {
      condition(code, this.around, c);
      code.choose(
        'v128',
        () => this.vector(a, null),
        () => this.vector(b, null),
      );
      return;
    }
    const [yes, no] = [code.local('v128'), code.local('v128')];
    this.truth(c, mask);
    code.set(yes);
    code.get(yes).emit('v128.not').set(no);
    if (mask !== null) {
      code.get(yes).get(mask).emit('v128.and').set(yes);
      code.get(no).get(mask).emit('v128.and').set(no);
    }
    this.vector(a, loads(a) ? yes : null);
    this.vector(b, loads(b) ? no : null);
    code.get(yes);
    blend();
  }

  /** The second operand is only computed where a lane wants it. */
  private rarely(e: Extract<Expr, { readonly args: readonly Expr[] }>, mask: number | null): void {
    const { code } = this;
    const [c, rare, usual] = e.args as readonly [Expr, Expr, Expr];
    const [wanted, value] = [code.local('v128'), code.local('v128')];
    this.truth(c, mask);
    code.set(wanted);
    this.vector(usual, mask);
    code.set(value).get(wanted).emit('v128.any_true');
    code.choose(
      'v128',
      () => {
        this.vector(rare, mask);
        code.get(value).get(wanted);
        if (e.dtype === 'f64') widenMask(code);
        code.emit('v128.bitselect');
      },
      () => code.get(value),
    );
  }

  /** A mask of the lanes where an expression is true. */
  private truth(e: Expr, mask: number | null): void {
    if (!this.isVarying(e) && mask === null) {
      condition(this.code, this.around, e);
      this.code.i32(0).emit('i32.ne');
      return splat(this.code, 'bool');
    }
    this.vector(e, mask);
    if (e.dtype !== 'bool') operateLanes(this.code, 'convert', 'bool', [e.dtype], this.width);
  }

  private load(e: Extract<Expr, { readonly op: 'load' }>): void {
    const { code, width } = this;
    const line = this.lineOf(e.at);
    if (line !== null && line.step === 1) {
      this.address(e.buffer, line, e.dtype);
      return loadVector(code, e.dtype, width, 0);
    }
    if (line !== null && line.step > 0) {
      const at = code.local('i32');
      this.address(e.buffer, line, e.dtype);
      code.set(at);
      return loadStrided(code, e.dtype, width, at, 0, line.step * bytesOf(e.dtype));
    }
    const indices = code.local('v128');
    this.vector(e.at, null);
    code.set(indices);
    gatherLanes(code, e.dtype, width, this.around.pointerOf(e.buffer), indices);
  }

  /** All lanes at once where all are wanted; elsewhere one by one, element 0 standing in for those that are not. */
  private maskedLoad(e: Extract<Expr, { readonly op: 'load' }>, mask: number): void {
    const { code, width } = this;
    const slow = (): void => {
      const indices = code.local('v128');
      this.vector(e.at, mask);
      code.get(mask).emit('v128.and').set(indices);
      gatherLanes(code, e.dtype, width, this.around.pointerOf(e.buffer), indices);
    };
    const line = this.isVarying(e.at) ? this.lineOf(e.at) : null;
    if (line?.step !== 1) {
      slow();
      return;
    }
    code.get(mask);
    allTrue(code, width);
    code.choose(
      'v128',
      () => {
        this.address(e.buffer, line, e.dtype);
        loadVector(code, e.dtype, width, 0);
      },
      slow,
    );
  }
}
