/** What the line carries at this moment, against what is contracted for the sessions that are open; and the last quarter of an hour. */
import type { Today } from "../../../protocol/console.ts";
import { clock } from "../format/moment.ts";
import { Notice } from "../parts/notice.tsx";
import { useDesk } from "../state/desk.ts";
import { formatRoute } from "../state/route.ts";
import { Spark } from "./spark.tsx";

export function LineUse({ line: { contractKbps, points } }: { line: NonNullable<Today["line"]> }) {
  const { words } = useDesk();
  const now = points.at(-1)?.kbps ?? 0;
  const facts = { now: words.number(now), contract: words.number(contractKbps) };
  const most = points.reduce((a, b) => (b.kbps > a.kbps ? b : a), { at: 0, kbps: 0 });
  const said = words.text("lineMost", { most: words.number(most.kbps), at: clock(most.at) });
  // what went over a line that nobody is on any longer is over
  const isOver = contractKbps > 0 && now > contractKbps;
  return (
    <section class="card chart" aria-labelledby="line" data-testid="line">
      <h2 id="line">{words.text("lineTitle")}</h2>
      {isOver && (
        <Notice kind="problem" what={words.text("lineOver")} testId="line-over">
          <p>{words.text("lineOverTodo", facts)}</p>
        </Notice>
      )}
      <p>
        <a href={formatRoute({ place: "sessions", state: "open" })} data-testid="line-now">
          {words.text("lineNow", facts)}
        </a>
      </p>
      <p class="hint">{most.kbps > 0 ? said : words.text("lineNone")}</p>
      {points.length > 1 && (
        <Spark
          points={points.map(({ at, kbps }) => ({ at, count: kbps }))}
          limit={contractKbps}
          label={`${words.text("lineTitle")}：${said}`}
        />
      )}
      <p class="hint">{words.text("lineHint")}</p>
    </section>
  );
}
