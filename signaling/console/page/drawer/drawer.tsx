/** One thing with everything about it, above the place one is at: facts, what can be done, what belongs to it, what happened to it. */
import type { List } from "../../../protocol/console.ts";
import { ACTS, type ActType, DANGEROUS } from "../../../protocol/console-acts.ts";
import { subjectOf } from "../acts/subject.ts";
import { columnsOf } from "../list/shown-columns.ts";
import { CloseButton, Modal } from "../parts/modal.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import * as api from "../state/api.ts";
import { papersOf, useDesk } from "../state/desk.ts";
import { useLive } from "../state/live.ts";
import { useOwnWords } from "../state/own-words.ts";
import { formatRoute, type Open } from "../state/route.ts";
import { Belongings } from "./belongings.tsx";
import { DRAWER_WORDS } from "./drawer-words.ts";
import { KnownBy } from "./known-by.tsx";
import { Timeline } from "./timeline.tsx";

const EVERY_MS = 10_000;

export function Drawer({ list, id, close }: Open & { close: () => void }) {
  const { words } = useDesk();
  const say = useOwnWords(DRAWER_WORDS);
  const { value, failure } = useLive(
    `${list}:${id}`,
    (isAuto) => api.item(list, id, isAuto ? "1" : undefined),
    EVERY_MS,
  );
  const isGone = failure?.code === "NOT_FOUND";
  return (
    <Modal class="drawer" testId="drawer" titleId="drawer-title" close={close}>
      <header class="drawer-head">
        <div>
          <p class="hint">{words.list(list)}</p>
          <h2 id="drawer-title" tabIndex={-1}>
            {value ? nameOf(list, value.item) : words.text("loading")}
          </h2>
        </div>
        <CloseButton close={close} />
      </header>
      {isGone && <Notice kind="problem" what={say("gone")} testId="drawer-gone" />}
      {failure && !isGone && <FailureNotice failure={failure} testId="drawer-problem" />}
      {value && !isGone && (
        <div class="drawer-body">
          <Acts {...value} />
          <Facts list={list} item={value.item} />
          {(list === "people" || list === "divisions") && (
            <p>
              <a
                href={formatRoute({ place: "policy", at: { level: list === "people" ? "person" : "division", id } })}
                data-testid="to-policy"
              >
                {say("policyOf")}
              </a>
            </p>
          )}
          {value.knownBy && <KnownBy all={value.knownBy} />}
          <Belongings of={list} item={value} />
          <Timeline records={value.timeline} />
        </div>
      )}
    </Modal>
  );
}

const nameOf = (list: List, row: api.Item["item"]): string => subjectOf(list, row).name;

function Facts({ list, item }: Pick<api.Item, "list" | "item">) {
  const { words } = useDesk();
  const say = useOwnWords(DRAWER_WORDS);
  const facts = columnsOf(list)
    .slice(list === "audit" ? 0 : 1)
    .map((column) => ({ column, text: column.text(item, words) }));
  return (
    <section aria-labelledby="facts">
      <h3 id="facts">{say("factsTitle")}</h3>
      <dl class="facts">
        {facts.map(({ column: { key, cell }, text }) => (
          <div key={key}>
            <dt>{words.column(key)}</dt>
            <dd>{text === "" ? <span class="none">{words.text("never")}</span> : cell ? cell(item, words) : text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const isAct = (name: string): name is ActType => (ACTS as readonly string[]).includes(name);

/** Those that the server says this person may do to it now. */
function Acts({ list, item, acts, receipt }: Pick<api.Item, "list" | "item" | "acts" | "receipt">) {
  const { words, choose, print } = useDesk();
  const say = useOwnWords(DRAWER_WORDS);
  const possible = acts.filter(isAct);
  const papers = receipt ? ({ list: "receipts", rows: [receipt] } as const) : papersOf(list, [item]);
  if (possible.length === 0 && !papers) return null;
  return (
    <section aria-labelledby="acts">
      <h3 id="acts">{say("actsTitle")}</h3>
      <div class="acts">
        {possible.map((type) => (
          <button
            key={type}
            type="button"
            class={DANGEROUS.has(type) && type !== "device.approve" ? "button danger" : "button"}
            data-testid={`act-${type}`}
            onClick={() => choose({ type, subjects: [subjectOf(list, item)] })}
          >
            {words.act(type)}
          </button>
        ))}
        {papers && (
          <button type="button" class="button" data-testid="papers-open" onClick={() => print(papers)}>
            {receipt ? say("receipt") : words.text("papers")}
          </button>
        )}
      </div>
    </section>
  );
}
