// Pictures of how a run went: a line of text, and a drawing.

import type * as T from 'fp-ts/lib/Task.js';
import { atMost, knownOptions } from '../core/arguments';
import { unstarted } from '../core/task';
import { ArgumentError, type Unstarted } from '../index';
import { type Drawing, type Line, type Mark, type Point, svgOf, type Text } from './drawing';
import { pngOf } from './raster';
import type { Entry } from './recording';

const bars = '▁▂▃▄▅▆▇█';

/** Means of as many runs of neighbours as there are places. */
const sampled = (values: readonly number[], places: number): readonly number[] =>
  values.length <= places
    ? values
    : Array.from({ length: places }, (_, i) => {
        const part = values.slice(
          Math.floor((i * values.length) / places),
          Math.floor(((i + 1) * values.length) / places),
        );
        return part.reduce((a, b) => a + b / part.length, 0);
      });
const boundsOf = (values: readonly number[]): readonly [low: number, high: number] =>
  values.reduce<readonly [number, number]>(
    ([low, high], x) => (Number.isFinite(x) ? [Math.min(low, x), Math.max(high, x)] : [low, high]),
    [Infinity, -Infinity],
  );

/** Where a number lies between two others: 0 to 1, and the middle where they are equal. In halves where the range overflows. */
const between = (x: number, low: number, high: number): number => {
  if (low === high) return 0.5;
  const range = high - low;
  return range < Infinity ? (x - low) / range : (x / 2 - low / 2) / (high / 2 - low / 2);
};

/**
 * Numbers as a line of bars, at most `width` of them; what is not finite is a space.
 *
 * @example
 * sparkline([0, 1, 2, 7]) // => '▁▂▃█'
 */
export const sparkline = function (values: readonly number[], options: { readonly width?: number } = {}): string {
  atMost('sparkline', arguments, 2);
  const { width = 60 } = knownOptions('sparkline', options, ['width']);
  const shown = sampled(values, width);
  const [low, high] = boundsOf(shown);
  return shown
    .map((x) => (Number.isFinite(x) ? bars[high === low ? 0 : Math.round(7 * between(x, low, high))] : ' '))
    .join('');
};

export interface LossCurveOptions {
  /** The metrics to draw: all unless given. */
  readonly metrics?: readonly string[];
  readonly title?: string;
  readonly width?: number;
  readonly height?: number;
  /** A logarithmic axis for the values; those that are not positive are left out. */
  readonly log?: boolean;
}

// Okabe and Ito's colours, which people with any colour vision can tell apart.
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'] as const;
const margin = { left: 64, right: 16, top: 36, bottom: 40 } as const;

/** About five round numbers in an interval. */
const ticks = (low: number, high: number): readonly number[] => {
  const rough = high / 5 - low / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((m) => m * power >= rough) ?? 10) * power;
  if (!(step > 0 && step < Infinity)) return [low];
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.min(12, Math.floor(high / step) - first + 1) }, (_, i) => (first + i) * step);
};
const label = (x: number): string => {
  const finite = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, x));
  const rounded = Number(finite.toPrecision(3));
  return Number.isFinite(rounded) ? String(rounded) : finite.toExponential(4);
};

const drawingOf = (
  name: string,
  entries: readonly Entry[],
  { metrics, title = '', width = 640, height = 400, log = false }: LossCurveOptions,
): Drawing => {
  const names = metrics ?? [...new Set(entries.flatMap(({ numbers }) => Object.keys(numbers)))];
  const scale = log ? Math.log10 : (x: number): number => x;
  const series = names.map((metric) =>
    entries.flatMap(({ step, numbers }): Point[] => {
      const x = numbers[metric];
      return x === undefined || !Number.isFinite(scale(x)) ? [] : [[step, scale(x)]];
    }),
  );
  const all = series.flat();
  if (all.length === 0)
    throw new ArgumentError(`${name}: there are no finite values of ${names.join(', ') || 'any metric'} to draw.`);
  const [x0, x1] = boundsOf(all.map(([x]) => x));
  const [y0, y1] = boundsOf(all.map(([, y]) => y));
  const [right, bottom] = [width - margin.right, height - margin.bottom];
  const across = (x: number): number => margin.left + between(x, x0, x1) * (right - margin.left);
  const down = (y: number): number => bottom - between(y, y0, y1) * (bottom - margin.top);
  const text = (x: number, y: number, anchor: Text['anchor'], words: string, look: Partial<Text> = {}): Text => ({
    ...{ kind: 'text', x, y, anchor, words, colour: '#000', bold: false, centred: false },
    ...look,
  });
  const rule = (points: readonly Point[], colour: string): Line => ({ kind: 'rule', points, colour, width: 1 });
  const marks = [
    text(margin.left, 22, 'start', title, { bold: true }),
    ...ticks(y0, y1).flatMap((y) => [
      rule(
        [
          [margin.left, down(y)],
          [right, down(y)],
        ],
        '#ddd',
      ),
      text(margin.left - 6, down(y), 'end', label(log ? 10 ** y : y), { centred: true }),
    ]),
    ...ticks(x0, x1).map((x) => text(across(x), bottom + 18, 'middle', label(x))),
    rule(
      [
        [margin.left, margin.top],
        [margin.left, bottom],
        [right, bottom],
      ],
      '#333',
    ),
    text((margin.left + right) / 2, height - 6, 'middle', 'step'),
    ...series.flatMap((values, i): Mark[] => {
      const colour = colours[i % colours.length] as string;
      const points = values.map(([x, y]): Point => [across(x), down(y)]);
      return [
        points.length === 1 ? { kind: 'dot', points, colour, width: 3 } : { kind: 'curve', points, colour, width: 1.5 },
        text(right, margin.top + 14 + 16 * i, 'end', names[i] as string, { colour }),
      ];
    }),
  ];
  return { width, height, size: 12, marks };
};

/**
 * The metrics of a history over the steps, as the text of an SVG image.
 *
 * @throws ArgumentError when there is nothing to draw
 * @example
 * lossCurve([{ step: 1, numbers: { loss: 2 } }, { step: 2, numbers: { loss: 1 } }]).slice(0, 4) // => '<svg'
 */
export const lossCurve = function (entries: readonly Entry[], options: LossCurveOptions = {}): string {
  atMost('lossCurve', arguments, 2);
  knownOptions('lossCurve', options, ['metrics', 'title', 'width', 'height', 'log']);
  return svgOf(drawingOf('lossCurve', entries, options));
};

/**
 * The same picture as the bytes of a PNG image: two pixels for each unit of width and height unless `scale` says otherwise.
 *
 * @throws ArgumentError when there is nothing to draw, or the image has no pixels or more than 2²⁶
 * @example
 * const png = await lossCurvePng([{ step: 1, numbers: { loss: 2 } }, { step: 2, numbers: { loss: 1 } }])();
 * String.fromCharCode(...png.slice(1, 4)) // => 'PNG'
 */
export const lossCurvePng = function (
  entries: readonly Entry[],
  given: LossCurveOptions & { readonly scale?: number } = {},
): Unstarted<T.Task<Uint8Array>> {
  atMost('lossCurvePng', arguments, 2);
  const { scale = 2, ...options } = knownOptions('lossCurvePng', given, [
    'metrics',
    'title',
    'width',
    'height',
    'log',
    'scale',
  ]);
  const drawing = drawingOf('lossCurvePng', entries, options);
  const [width, height] = [Math.round(drawing.width * scale), Math.round(drawing.height * scale)];
  if (!(width > 0 && height > 0 && width * height <= 2 ** 26))
    throw new ArgumentError(
      `lossCurvePng: an image of ${width} × ${height} pixels; give a width, height and scale of 1 to 2²⁶ pixels.`,
    );
  return unstarted('lossCurvePng', pngOf(drawing, scale));
};
