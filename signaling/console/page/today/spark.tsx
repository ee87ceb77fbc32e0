/** A small line without a scale; dashed, where it is not to go above. */
import { lineThrough, type Point } from "./line.ts";

export const SIZE = { width: 320, height: 48 };

export function Spark({ points, limit, label }: { points: readonly Point[]; limit?: number; label: string }) {
  const line = lineThrough(points, SIZE, limit);
  if (!line) return null;
  const y = limit === undefined ? 0 : SIZE.height * (1 - limit / line.top);
  return (
    <svg class="line-chart" viewBox={`-2 -8 ${SIZE.width + 18} ${SIZE.height + 12}`} role="img" aria-label={label}>
      <polygon class="line-area" points={line.area} />
      <polyline class="line-stroke" points={line.points} />
      {limit !== undefined && limit > 0 && <line class="line-limit" x1={0} x2={SIZE.width} y1={y} y2={y} />}
    </svg>
  );
}
