// Pictures of how a run went: a line of text, and a drawing.
import { ArgumentError } from '../index';
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
export const sparkline = (values: readonly number[], { width = 60 }: { readonly width?: number } = {}): string => {
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

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] as string);

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

/**
 * The metrics of a history over the steps, as the text of an SVG image.
 *
 * @throws ArgumentError when there is nothing to draw
 * @example
 * lossCurve([{ step: 1, numbers: { loss: 2 } }, { step: 2, numbers: { loss: 1 } }]).slice(0, 4) // => '<svg'
 */
export const lossCurve = (
  entries: readonly Entry[],
  { metrics, title = '', width = 640, height = 400, log = false }: LossCurveOptions = {},
): string => {
  const names = metrics ?? [...new Set(entries.flatMap(({ numbers }) => Object.keys(numbers)))];
  const scale = log ? Math.log10 : (x: number): number => x;
  const series = names.map((name) =>
    entries.flatMap(({ step, numbers }): (readonly [number, number])[] => {
      const x = numbers[name];
      return x === undefined || !Number.isFinite(scale(x)) ? [] : [[step, scale(x)]];
    }),
  );
  const all = series.flat();
  if (all.length === 0)
    throw new ArgumentError(`lossCurve: there are no finite values of ${names.join(', ') || 'any metric'} to draw.`);
  const [x0, x1] = boundsOf(all.map(([x]) => x));
  const [y0, y1] = boundsOf(all.map(([, y]) => y));
  const bottom = height - margin.bottom;
  const across = (x: number): string =>
    (margin.left + between(x, x0, x1) * (width - margin.left - margin.right)).toFixed(1);
  const down = (y: number): string => (bottom - between(y, y0, y1) * (bottom - margin.top)).toFixed(1);
  const text = (x: string | number, y: string | number, anchor: string, words: string, more = ''): string =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}"${more}>${escaped(words)}</text>`;
  const parts = [
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(margin.left, 22, 'start', title, ' font-weight="bold"'),
    ...ticks(y0, y1).flatMap((y) => [
      `<path d="M${margin.left} ${down(y)}H${width - margin.right}" stroke="#ddd"/>`,
      text(margin.left - 6, down(y), 'end', label(log ? 10 ** y : y), ' dominant-baseline="middle"'),
    ]),
    ...ticks(x0, x1).map((x) => text(across(x), bottom + 18, 'middle', label(x))),
    `<path d="M${margin.left} ${margin.top}V${bottom}H${width - margin.right}" fill="none" stroke="#333"/>`,
    text((margin.left + width - margin.right) / 2, height - 6, 'middle', 'step'),
    ...series.flatMap((points, i) => {
      const colour = colours[i % colours.length];
      const path = points.map(([x, y]) => `${across(x)},${down(y)}`).join(' ');
      return [
        points.length === 1
          ? `<circle cx="${across((points[0] as readonly [number, number])[0])}" cy="${down((points[0] as readonly [number, number])[1])}" r="3" fill="${colour}"/>`
          : `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
        text(width - margin.right, margin.top + 14 + 16 * i, 'end', names[i] as string, ` fill="${colour}"`),
      ];
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">${parts.join('')}</svg>\n`;
};
