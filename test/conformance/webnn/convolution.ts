// conv2d and convTranspose2d: any layout, over the one primitive, which has the channels last.
import type { AnyTensor } from 'adjoint';
import type { Value } from '../../../src/core/value';
import * as lax from '../../../src/primitives';
import type { Call } from './operators';

const inner = (x: AnyTensor): Value => x as unknown as Value;
const published = (x: Value): AnyTensor => x as unknown as AnyTensor;

const axesTo = (from: string, to: string): number[] => [...to].map((c) => from.indexOf(c));
const pair = (xs: readonly number[] | undefined, otherwise: number): readonly [number, number] => [
  xs?.[0] ?? otherwise,
  xs?.[1] ?? otherwise,
];

interface Setup {
  readonly x: Value;
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly padding: readonly (readonly [number, number])[];
  readonly groups: number;
  readonly finish: (y: Value) => AnyTensor;
}

const setup = ({ tensor, optional, list, number, options }: Call): Setup => {
  const layout = (options.inputLayout ?? 'nchw') as string;
  const [top, bottom, left, right] = list('padding') ?? [0, 0, 0, 0];
  const bias = optional('bias');
  return {
    x: lax.transpose(inner(tensor('input')), axesTo(layout, 'nhwc')),
    strides: pair(list('strides'), 1),
    dilations: pair(list('dilations'), 1),
    padding: [
      [top as number, bottom as number],
      [left as number, right as number],
    ],
    groups: number('groups', 1),
    finish: (y) => {
      const shifted = bias ? lax.add(y, lax.broadcastInDim(inner(bias), y.shape, [3])) : y;
      return published(lax.transpose(shifted, axesTo('nhwc', layout)));
    },
  };
};

export const convolution = (call: Call): AnyTensor => {
  const { x, strides, dilations, padding, groups, finish } = setup(call);
  const layout = (call.options.filterLayout ?? 'oihw') as string;
  const kernel = lax.transpose(inner(call.tensor('filter')), axesTo(layout, 'hwio'));
  return finish(
    lax.convGeneralDilated(x, kernel, {
      strides,
      padding,
      lhsDilation: [1, 1],
      rhsDilation: dilations,
      featureGroups: groups,
      batchGroups: 1,
    }),
  );
};

/** The input spread by the strides, against the kernel turned round; channels [I, O / groups] of each group exchanged. */
export const transposedConvolution = (call: Call): AnyTensor => {
  const { x, strides, dilations, padding, groups, finish } = setup(call);
  const layout = (call.options.filterLayout ?? 'iohw') as string;
  const filter = lax.transpose(inner(call.tensor('filter')), axesTo(layout, 'hwio'));
  const [h, w, channels, features] = filter.shape as [number, number, number, number];
  const each = channels / groups;
  // [h, w, (g, i), o] -> [h, w, i, (g, o)]
  const grouped = lax.transpose(lax.reshape(filter, [h, w, groups, each, features]), [0, 1, 3, 2, 4]);
  const kernel = lax.rev(lax.reshape(grouped, [h, w, each, groups * features]), [0, 1]);
  const sizes = call.list('outputSizes');
  const extra = call.list('outputPadding');
  const around = padding.map(([before, after], d) => {
    const extent = (([h, w][d] as number) - 1) * (dilations[d] as number);
    const natural = ((x.shape[d + 1] as number) - 1) * (strides[d] as number) + extent + 1 - before - after;
    const more = sizes ? (sizes[d] as number) - natural : (extra?.[d] ?? 0);
    return [extent - before, extent - after + more] as const;
  });
  return finish(
    lax.convGeneralDilated(x, kernel, {
      strides: [1, 1],
      padding: around,
      lhsDilation: strides,
      rhsDilation: dilations,
      featureGroups: groups,
      batchGroups: 1,
    }),
  );
};
