// Drawings as lists of marks, and as the text of an SVG image.

export type Point = readonly [x: number, y: number];
/** Straight lines between points, the curve of numbers, or dots of a radius. */
export interface Line {
  readonly kind: 'rule' | 'curve' | 'dot';
  readonly points: readonly Point[];
  readonly colour: string;
  readonly width: number;
}
export interface Text {
  readonly kind: 'text';
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly words: string;
  readonly colour: string;
  readonly bold: boolean;
  /** The point is at half the height, else on the line that letters stand on. */
  readonly centred: boolean;
}
export type Mark = Line | Text;
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Of the type. */
  readonly size: number;
  readonly marks: readonly Mark[];
}

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] as string);
const short = (x: number): string => String(Number(x.toFixed(1)));

const elementOf = (mark: Mark): string => {
  if (mark.kind === 'text') {
    const more = `${mark.bold ? ' font-weight="bold"' : ''}${mark.centred ? ' dominant-baseline="middle"' : ''}`;
    return `<text x="${short(mark.x)}" y="${short(mark.y)}" text-anchor="${mark.anchor}" fill="${mark.colour}"${more}>${escaped(mark.words)}</text>`;
  }
  if (mark.kind === 'dot')
    return mark.points
      .map(([x, y]) => `<circle cx="${short(x)}" cy="${short(y)}" r="${mark.width}" fill="${mark.colour}"/>`)
      .join('');
  const look = `fill="none" stroke="${mark.colour}" stroke-width="${mark.width}"`;
  const points = mark.points.map(([x, y]) => `${short(x)},${short(y)}`);
  return mark.kind === 'rule'
    ? `<path d="M${points.join('L')}" ${look}/>`
    : `<polyline points="${points.join(' ')}" ${look}/>`;
};
/** The text of an SVG image of a drawing on white. */
export const svgOf = ({ width, height, size, marks }: Drawing): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="${size}"><rect width="${width}" height="${height}" fill="#fff"/>${marks.map(elementOf).join('')}</svg>\n`;
