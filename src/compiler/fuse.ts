// From equations to kernels: the expression of every stored value, pulled through the values that are not stored.
import { type Aval, sizeOf } from '../core/aval';
import { type Atom, type Equation, type Jaxpr, Literal, type Var } from '../core/jaxpr';
import { apply, constant, type Expr, index, type MapContext } from '../core/lowering';
import type { Params } from '../core/primitive';
import { identityOf } from '../primitives/reduction';
import { lanesFor } from '../primitives/summation';
import { deepest, depthOf } from './depth';
import { needsHost } from './flow';
import { type Extents, Interner, simplifyIndex } from './indexing';
import {
  axisName,
  type Buffer,
  type Kernel,
  type KernelProgram,
  type MapKernel,
  readsOf,
  termName,
  writesOf,
} from './kernel';
import { partsOf, rewriteExpr } from './rewrite';
import { chooseStored, isElementwise, uniformOf } from './store';
import type { Traits } from './traits';

/** How far back a map looks for one it can join. */
const window = 12;

const axes = (shape: readonly number[]): Expr[] => shape.map((_, d) => variable(axisName(d)));
const variable = (name: string): Expr => ({ op: 'index', dtype: 'i32', name });
const pick = (xs: readonly number[], at: readonly number[]): number[] => at.map((i) => xs[i] as number);

class Fusion {
  private readonly interner = new Interner();
  private readonly stored: ReadonlySet<Var>;
  private readonly definitions = new Map<Var, { readonly equation: Equation; readonly result: number }>();
  private readonly buffers = new Map<Var, Buffer>();
  private readonly literals: { readonly buffer: Buffer; readonly value: number }[] = [];
  private readonly kernels: Kernel[] = [];
  private count = 0;

  constructor(
    private readonly jaxpr: Jaxpr,
    private readonly traits: Traits,
  ) {
    this.stored = chooseStored(jaxpr);
  }

  run(): KernelProgram {
    const inputs = this.jaxpr.inputs.map((v) => this.bufferOf(v));
    for (const equation of this.jaxpr.equations) this.lower(equation);
    const outputs = this.jaxpr.outputs.map((a) => this.materialised(a));
    return { inputs, literals: this.literals, kernels: this.kernels, outputs };
  }

  private newBuffer(aval: Aval): Buffer {
    return { id: this.count++, aval };
  }
  private bufferOf(v: Var): Buffer {
    const buffer = this.buffers.get(v) ?? this.newBuffer(v.aval);
    this.buffers.set(v, buffer);
    return buffer;
  }
  private materialised(atom: Atom): Buffer {
    if (!(atom instanceof Literal)) return this.bufferOf(atom);
    const buffer = this.newBuffer(atom.aval);
    this.literals.push({ buffer, value: atom.value });
    return buffer;
  }

  /** The element of a value at these indices. */
  private read(atom: Atom, at: readonly Expr[]): Expr {
    if (atom instanceof Literal) return constant(atom.value, atom.aval.dtype.name);
    const definition = this.definitions.get(atom);
    if (definition === undefined || this.stored.has(atom))
      return {
        op: 'load',
        dtype: atom.aval.dtype.name,
        buffer: this.bufferOf(atom).id,
        at: index.flatten(at, atom.aval.shape),
      };
    return this.element(definition.equation, definition.result, at);
  }
  private element(equation: Equation, result: number, at: readonly Expr[]): Expr {
    const { lower, name } = equation.primitive;
    if (lower.kind === 'map') return lower.element(this.contextOf(equation, result, at));
    if (lower.kind === 'window') return this.terms(equation, at);
    throw new TypeError(`internal: ${name} is no map`);
  }
  private contextOf({ inputs, outputs, params }: Equation, result: number, at: readonly Expr[]): MapContext<Params> {
    return {
      params,
      args: inputs.map((a) => a.aval),
      results: outputs.map((v) => v.aval),
      result,
      at,
      read: (operand, place) => this.read(inputs[operand] as Atom, place),
    };
  }
  /** All terms of a window in one expression. */
  private terms(equation: Equation, at: readonly Expr[]): Expr {
    const { combine, identity, count, element } = this.windowOf(equation, at);
    let total = identity;
    for (let t = 0; t < count; t++) total = apply(combine, total.dtype, total, element(index.int(t)));
    return total;
  }
  private windowOf(equation: Equation, at: readonly Expr[]) {
    const { primitive, inputs, outputs, params } = equation;
    const { lower } = primitive;
    if (lower.kind !== 'window') throw new TypeError(`internal: ${primitive.name} has no window`);
    const { dtype } = (outputs[0] as Var).aval;
    const context = this.contextOf(equation, 0, at);
    return {
      combine: lower.combine,
      identity: constant(identityOf(lower.combine, dtype), dtype.name),
      count: lower.terms(
        params,
        inputs.map((a) => a.aval),
      ).count,
      element: (term: Expr): Expr => lower.element({ ...context, term }),
    };
  }
  private readonly definitionOf = (v: Var): Equation | undefined => this.definitions.get(v)?.equation;
  private simplify(e: Expr, extents: Extents): Expr {
    return simplifyIndex(this.interner, e, extents);
  }

  private lower(equation: Equation): void {
    const { primitive, inputs, outputs, params } = equation;
    outputs.forEach((v, result) => {
      this.definitions.set(v, { equation, result });
    });
    switch (primitive.lower.kind) {
      case 'map':
      case 'window':
        if (!isElementwise(equation)) this.lowerWindow(equation);
        else
          outputs.forEach((v, result) => {
            if (this.stored.has(v)) this.lowerMap(equation, v, result);
          });
        return;
      case 'reduce':
        this.lowerReduce(equation, primitive.lower.combine, primitive.lower.axes(equation.params));
        return;
      case 'loops':
        this.kernels.push({
          kind: 'loops',
          primitive,
          params,
          args: inputs.map((a) => a.aval),
          operands: inputs.map((a) => uniformOf(a, this.definitionOf) ?? this.materialised(a)),
          outputs: outputs.map((v) => this.bufferOf(v)),
        });
        return;
      case 'contract':
        this.lowerContract(equation);
        return;
      case 'call':
      case 'control': {
        const flow = primitive.lower.kind === 'control' ? primitive.lower.flow(params) : null;
        const call = {
          primitive,
          params,
          inputs: inputs.map((a) => this.materialised(a)),
          outputs: outputs.map((v) => this.bufferOf(v)),
        };
        this.kernels.push(
          flow === null || needsHost(flow, this.traits)
            ? { kind: 'call', ...call }
            : { kind: 'control', flow, ...call },
        );
        return;
      }
      case 'inline':
        throw new TypeError(`internal: ${primitive.name} has no kernel`);
    }
  }

  private lowerMap(equation: Equation, v: Var, result: number): void {
    const operand = equation.inputs[result];
    const { lower } = equation.primitive;
    const buffer = this.bufferOf(v);
    const isStored =
      operand !== undefined &&
      !(operand instanceof Literal) &&
      (this.stored.has(operand) || !this.definitions.has(operand));
    if (lower.kind === 'map' && lower.sameOrder && isStored) {
      this.kernels.push({ kind: 'alias', from: this.bufferOf(operand), buffer });
      return;
    }
    const { shape } = v.aval;
    const update = equation.inputs[1]?.aval.shape;
    if (lower.kind === 'map' && lower.windowPlace !== undefined && isStored && update !== undefined) {
      const window = new Map(update.map((n, d) => [axisName(d), n]));
      const places = lower.windowPlace(this.contextOf(equation, result, axes(update)));
      this.kernels.push({
        kind: 'update',
        shape: update,
        from: this.bufferOf(operand),
        buffer,
        at: this.simplify(index.flatten(places, shape), window),
        value: this.simplify(this.read(equation.inputs[1] as Atom, axes(update)), window),
      });
      return;
    }
    const extents = new Map(shape.map((n, d) => [axisName(d), n]));
    const value = this.simplify(this.element(equation, result, axes(shape)), extents);
    this.addMap({ kind: 'map', shape, stores: [{ buffer, value }] }, extents);
  }

  /** Joins a map with an earlier one over the same indices, where nothing in between stands in the way. */
  private addMap(kernel: MapKernel, extents: Extents): void {
    const reads = readsOf(kernel);
    const same = (shape: readonly number[]): boolean =>
      shape.length === kernel.shape.length && shape.every((n, d) => n === kernel.shape[d]);
    for (let k = this.kernels.length - 1; k >= Math.max(0, this.kernels.length - window); k--) {
      const earlier = this.kernels[k] as Kernel;
      if (earlier.kind === 'map' && same(earlier.shape) && earlier.stores.length < this.traits.mostStores) {
        const value = this.substitute(kernel, earlier, extents);
        if (value !== null) {
          this.kernels[k] = {
            ...earlier,
            stores: [...earlier.stores, { buffer: (kernel.stores[0] as MapKernel['stores'][number]).buffer, value }],
          };
          return;
        }
      }
      if (writesOf(earlier).some((b) => reads.has(b.id))) break;
    }
    this.kernels.push(kernel);
  }
  /**
   * The kernel's value with what the earlier kernel stores read from its expression; null where another element of it is needed, or the
   * expression becomes too deep.
   */
  private substitute(kernel: MapKernel, earlier: MapKernel, extents: Extents): Expr | null {
    const here = this.simplify(index.flatten(axes(kernel.shape), kernel.shape), extents);
    const values = new Map(earlier.stores.map((s) => [s.buffer.id, s.value]));
    const { value } = kernel.stores[0] as MapKernel['stores'][number];
    const elsewhere = [...partsOf([value])].some((e) => e.op === 'load' && values.has(e.buffer) && e.at !== here);
    if (elsewhere || depthOf(value) + Math.max(...earlier.stores.map((s) => depthOf(s.value))) > deepest) return null;
    return this.interner.intern(rewriteExpr((e) => (e.op === 'load' ? values.get(e.buffer) : undefined))(value));
  }

  private lowerReduce(
    { inputs, outputs }: Equation,
    combine: 'add' | 'mul' | 'max' | 'min',
    reducedAxes: readonly number[],
  ): void {
    const [operand] = inputs as readonly [Atom];
    const { shape, dtype } = operand.aval;
    const reduced = [...reducedAxes].sort((a, b) => a - b);
    const kept = shape.map((_, d) => d).filter((d) => !reduced.includes(d));
    const lengths = pick(shape, reduced);
    const length = sizeOf(lengths);
    const terms = index.unflatten(variable(termName), lengths);
    const at = shape.map((_, d) =>
      reduced.includes(d) ? (terms[reduced.indexOf(d)] as Expr) : variable(axisName(kept.indexOf(d))),
    );
    const result = pick(shape, kept);
    const extents = new Map([...result.map((n, d) => [axisName(d), n] as const), [termName, length]]);
    this.kernels.push({
      kind: 'reduce',
      shape: result,
      length,
      lanes: lanesFor(reduced, shape.length),
      combine,
      identity: identityOf(combine, dtype),
      term: this.simplify(this.read(operand, at), extents),
      buffer: this.bufferOf(outputs[0] as Var),
    });
  }

  /** A window that is too large for one expression. */
  private lowerWindow(equation: Equation): void {
    const [result] = equation.outputs as readonly [Var];
    const { shape } = result.aval;
    const { combine, identity, count, element } = this.windowOf(equation, axes(shape));
    const extents = new Map([...shape.map((n, d) => [axisName(d), n] as const), [termName, count]]);
    this.kernels.push({
      kind: 'reduce',
      shape,
      length: count,
      lanes: 1,
      combine,
      identity: identity.op === 'const' ? identity.value : 0,
      term: this.simplify(element(variable(termName)), extents),
      buffer: this.bufferOf(result),
    });
  }

  private lowerContract({ primitive, inputs, outputs, params }: Equation): void {
    if (primitive.lower.kind !== 'contract') throw new TypeError(`internal: ${primitive.name} is no contraction`);
    const contraction = primitive.lower.contraction({
      params,
      args: inputs.map((a) => a.aval),
      results: outputs.map((v) => v.aval),
      group: variable(axisName(0)),
      line: variable(axisName(1)),
      term: variable(termName),
      read: (operand, at) => this.read(inputs[operand] as Atom, at),
    });
    const { groups, rows, columns, depth, lhs, rhs } = contraction;
    const extents = (lines: number): Extents =>
      new Map([
        [axisName(0), groups],
        [axisName(1), lines],
        [termName, depth],
      ]);
    this.kernels.push({
      kind: 'contract',
      ...contraction,
      lhs: this.simplify(lhs, extents(rows)),
      rhs: this.simplify(rhs, extents(columns)),
      buffer: this.bufferOf(outputs[0] as Var),
      epilogue: [],
    });
  }
}

/** The kernels of a flat program. */
export const fuse = (jaxpr: Jaxpr, traits: Traits): KernelProgram => new Fusion(jaxpr, traits).run();
