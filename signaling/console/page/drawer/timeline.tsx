/** What happened to it, newest first, in one stream; each kind can be looked at alone. */
import { useState } from "preact/hooks";
import type { ItemOf } from "../../../protocol/console.ts";
import { About, Actor } from "../list/audit-columns.tsx";
import { ItemLink, Moment } from "../parts/value.tsx";
import { useDesk } from "../state/desk.ts";
import { useOwnWords } from "../state/own-words.ts";
import { DRAWER_WORDS } from "./drawer-words.ts";

type Entry = ItemOf<"audit">;

const kindOf = ({ event }: Entry): string => event.split(".")[0] ?? "";

export function Timeline({ records }: { records: readonly Entry[] }) {
  const { words } = useDesk();
  const say = useOwnWords(DRAWER_WORDS);
  const [kind, setKind] = useState<string>();
  const kinds = [...new Set(records.map(kindOf))];
  const shown = kind === undefined ? records : records.filter((record) => kindOf(record) === kind);
  return (
    <section aria-labelledby="timeline" data-testid="timeline">
      <h3 id="timeline">{say("timeline")}</h3>
      {records.length === 0 && <p class="hint">{say("timelineNone")}</p>}
      {kinds.length > 1 && (
        <div class="chips">
          {[undefined, ...kinds].map((one) => (
            <button
              key={one ?? ""}
              type="button"
              class="chip"
              data-testid={`kind-${one ?? "all"}`}
              aria-pressed={one === kind}
              onClick={() => setKind(one)}
            >
              {one === undefined ? words.text("all") : words.kind(one)}
            </button>
          ))}
        </div>
      )}
      <ol class="timeline">
        {shown.map((record) => (
          <li key={record.id} data-testid="happened">
            <p class="happened-when">
              <ItemLink list="audit" id={record.id}>
                <Moment at={record.at} />
              </ItemLink>
            </p>
            <p>
              <strong>{words.event(record.event)}</strong>{" "}
              <span class="by">
                <Actor actor={record.actor} words={words} />
              </span>
            </p>
            <About record={record} words={words} />
          </li>
        ))}
      </ol>
      {records.length >= 100 && <p class="hint">{say("timelineMost")}</p>}
    </section>
  );
}
