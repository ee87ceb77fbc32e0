/** A line through points, as SVG takes it. Pure. */
export interface Point {
  readonly at: number;
  readonly count: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Line {
  /** Of a polyline. */
  readonly points: string;
  /** The same, closed along the bottom. */
  readonly area: string;
  /** The highest, at least 1. */
  readonly top: number;
  readonly most: Point;
}

/** `least`: what fits below the top in any case. */
export function lineThrough(points: readonly Point[], { width, height }: Size, least = 0): Line | undefined {
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return undefined;
  const most = points.reduce((a, b) => (b.count > a.count ? b : a));
  const top = roundTop(Math.max(most.count, least));
  const span = Math.max(1, last.at - first.at);
  const x = (at: number): string => (((at - first.at) / span) * width).toFixed(1);
  const y = (count: number): string => (height - (count / top) * height).toFixed(1);
  const path = points.map(({ at, count }) => `${x(at)},${y(count)}`).join(" ");
  return { points: path, area: `${x(first.at)},${height} ${path} ${x(last.at)},${height}`, top, most };
}

/** The next of 1, 2, 4, 5, 10, 20, 40, 50, …: it divides into whole halves from 2 on. */
function roundTop(count: number): number {
  for (let unit = 1; ; unit *= 10) for (const step of [1, 2, 4, 5]) if (count <= step * unit) return step * unit;
}
