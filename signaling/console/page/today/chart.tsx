/** How many were connected at once: a small line, and a large one with its hours when somebody asks for it. */
import { useState } from "preact/hooks";
import { clock } from "../format/moment.ts";
import { useDesk } from "../state/desk.ts";
import { lineThrough, type Point } from "./line.ts";

const SMALL = { width: 320, height: 48 };
const LARGE = { width: 960, height: 240 };
const HOUR_MS = 3_600_000;

export function Chart({ points }: { points: readonly Point[] }) {
  const { words } = useDesk();
  const [isLarge, setLarge] = useState(false);
  const line = lineThrough(points, isLarge ? LARGE : SMALL);
  const said =
    line === undefined || line.most.count === 0
      ? words.text("chartNone")
      : words.text("chartNow", {
          now: words.number(points.at(-1)?.count ?? 0),
          most: words.number(line.most.count),
          at: clock(line.most.at),
        });
  return (
    <section class="card chart" aria-labelledby="chart">
      <div class="title-row">
        <h2 id="chart">{words.text("chartTitle")}</h2>
        {line && (
          <button
            type="button"
            class="button quiet"
            data-testid="chart-size"
            aria-expanded={isLarge}
            onClick={() => setLarge(!isLarge)}
          >
            {words.text(isLarge ? "chartClose" : "chartOpen")}
          </button>
        )}
      </div>
      <p>{said}</p>
      {line && <Picture points={points} isLarge={isLarge} label={`${words.text("chartTitle")}：${said}`} />}
    </section>
  );
}

function Picture({ points, isLarge, label }: { points: readonly Point[]; isLarge: boolean; label: string }) {
  const size = isLarge ? LARGE : SMALL;
  const line = lineThrough(points, size);
  const [left, foot] = isLarge ? [48, 28] : [2, 2];
  const box = `${-left} -8 ${size.width + left + 16} ${size.height + foot + 10}`;
  if (!line) return null;
  return (
    <svg class={isLarge ? "line-chart large" : "line-chart"} viewBox={box} role="img" aria-label={label}>
      {isLarge && <Scale points={points} top={line.top} />}
      <polygon class="line-area" points={line.area} />
      <polyline class="line-stroke" points={line.points} />
    </svg>
  );
}

function Scale({ points, top }: { points: readonly Point[]; top: number }) {
  const [first, last] = [points[0]?.at ?? 0, points.at(-1)?.at ?? 0];
  const begin = Math.ceil(first / (3 * HOUR_MS)) * 3 * HOUR_MS;
  const hours = Array.from({ length: 9 }, (_, i) => begin + i * 3 * HOUR_MS).filter((at) => at <= last);
  const x = (at: number): number => ((at - first) / Math.max(1, last - first)) * LARGE.width;
  return (
    <g class="line-scale">
      {[0, 0.5, 1].map((part) => (
        <g key={part}>
          <line x1={0} x2={LARGE.width} y1={LARGE.height * (1 - part)} y2={LARGE.height * (1 - part)} />
          <text x={-8} y={LARGE.height * (1 - part) + 5} text-anchor="end">
            {Number.isInteger(top * part) ? top * part : ""}
          </text>
        </g>
      ))}
      {hours.map((at) => (
        <text key={at} x={x(at)} y={LARGE.height + 22} text-anchor="middle">
          {clock(at)}
        </text>
      ))}
    </g>
  );
}
