// A case of the W3C's suite as JSON: one operator, its inputs and its expected outputs.

import { sizeOf } from '../../../src/core/aval';
import { allocate, bool, type DType, f32, i32, u32 } from '../../../src/core/dtype';
import { type ConcreteArray, concreteArray } from '../../../src/core/value';
import { NotApplicable } from '../ledger';

type Item = number | string | null;
interface Data {
  /** One number for a scalar. */
  readonly data: Item | readonly Item[];
  readonly descriptor: { readonly shape: readonly number[]; readonly dataType: string };
}
export type Argument = string | number | boolean | readonly string[] | readonly number[];
export type Options = Readonly<Record<string, Argument>>;
export interface Case {
  readonly name: string;
  readonly graph: {
    readonly inputs: Readonly<Record<string, Data>>;
    readonly operators: readonly [
      {
        readonly name: string;
        readonly arguments: readonly Readonly<Record<string, Argument | Options | null>>[];
        readonly outputs: string | readonly string[];
      },
    ];
    readonly expectedOutputs: Readonly<Record<string, Data>>;
  };
}

const dtypes: Readonly<Record<string, DType>> = { float32: f32, int32: i32, uint32: u32 };

const tensorOf = (x: Data, dtype: DType | undefined): ConcreteArray => {
  if (dtype === undefined) throw new NotApplicable(`element type ${x.descriptor.dataType}`);
  const items: readonly Item[] = Array.isArray(x.data) ? x.data : [x.data as Item];
  if (items.includes(null)) throw new NotApplicable('NaN or infinity that the conversion to JSON made null');
  const { shape } = x.descriptor;
  const out = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < out.length; i++) out[i] = Number(items[items.length === 1 ? 0 : i]);
  return concreteArray(shape, dtype, out);
};

export const inputOf = (x: Data): ConcreteArray => tensorOf(x, dtypes[x.descriptor.dataType]);

/** Truth values are uint8 there. */
export const expectedOf = (x: Data, actual: DType): ConcreteArray =>
  tensorOf(x, actual === bool && x.descriptor.dataType === 'uint8' ? bool : dtypes[x.descriptor.dataType]);

/** All arguments of the operator in one record; options are null where JSON could not hold their numbers. */
export const argumentsOf = ({ graph }: Case): Readonly<Record<string, Argument | Options | null>> =>
  Object.assign({}, ...graph.operators[0].arguments);

export const optionsOf = (c: Case): Options => {
  const options = argumentsOf(c).options ?? {};
  if (Object.values(options).some((x: unknown) => x === null || (typeof x === 'string' && /^-?\d+n$/.test(x))))
    throw new NotApplicable('a number in the options that JSON could not hold');
  return options as Options;
};
