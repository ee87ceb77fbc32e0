/** How many were connected at once: a small line, and a large one with its hours when somebody asks for it; and in figures. */
import { useState } from "preact/hooks";
import { clock } from "../format/moment.ts";
import { lazily } from "../parts/lazy.tsx";
import { useDesk } from "../state/desk.ts";
import { lineThrough, type Point } from "./line.ts";
import { SIZE, Spark } from "./spark.tsx";

const LargeChart = lazily(() => import("./large-chart.tsx").then((part) => part.LargeChart));

export function Chart({ points }: { points: readonly Point[] }) {
  const { words } = useDesk();
  const [isLarge, setLarge] = useState(false);
  const line = lineThrough(points, SIZE);
  const said =
    line === undefined || line.most.count === 0
      ? words.text("chartNone")
      : words.text("chartNow", {
          now: words.number(points.at(-1)?.count ?? 0),
          most: words.number(line.most.count),
          at: clock(line.most.at),
        });
  const title = words.text("chartTitle");
  return (
    <section class="card chart" aria-labelledby="chart">
      <div class="title-row">
        <h2 id="chart">{title}</h2>
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
      {isLarge ? (
        <LargeChart points={points} label={title} />
      ) : (
        line && <Spark points={points} label={`${title}：${said}`} />
      )}
    </section>
  );
}
