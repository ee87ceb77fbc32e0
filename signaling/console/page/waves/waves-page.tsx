/** 端末IDの交付: declared events, the queue of applications, one's own application, and what was given. */
import { useState } from "preact/hooks";
import type { Failure } from "../../../client/account.ts";
import type { WavesView } from "../../../protocol/console-waves.ts";
import { csv, download } from "../format/csv.ts";
import { isoDate } from "../format/moment.ts";
import { NotLoaded } from "../parts/lazy.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { useDesk } from "../state/desk.ts";
import { useLive } from "../state/live.ts";
import { ApplyForm } from "./apply-form.tsx";
import type { Doing } from "./doing.ts";
import { Events } from "./events.tsx";
import { Queue } from "./queue.tsx";
import * as routes from "./routes.ts";
import { type Said, SaidContext, useLoadedSaid, useSaid } from "./said.ts";
import { Table } from "./table.tsx";
import "./waves.css";

const EVERY_MS = 15_000;

export function WavesPage() {
  const { lost } = useDesk();
  const { part: said, ...words } = useLoadedSaid();
  const [version, setVersion] = useState(0);
  const [newer, setNewer] = useState<WavesView>();
  const [happened, setHappened] = useState<string | Failure>();
  const { value: asked, failure } = useLive(`waves ${version}`, routes.view, EVERY_MS);
  const value = newer && (!asked || newer.at > asked.at) ? newer : asked;
  const show = (view: WavesView, done: string): void => {
    setNewer(view);
    setHappened(done);
    setVersion((before) => before + 1);
  };
  const does: Doing = async (work, done) => {
    const answer = await work;
    if (answer.ok) show(answer.value, done);
    else if (answer.failure.code === "NOT_SIGNED_IN") lost(answer.failure);
    else setHappened(answer.failure);
    return answer.ok;
  };
  if (!said) return <NotLoaded {...words} isPage />;
  return (
    <SaidContext.Provider value={said}>
      <div class="page waves-page">
        <h1>{said.text("title")}</h1>
        <p class="hint">{said.text("about")}</p>
        {failure && <FailureNotice failure={failure} testId="waves-problem" />}
        {typeof happened === "string" && <Notice kind="info" what={happened} testId="waves-done" />}
        {typeof happened === "object" && <FailureNotice failure={happened} testId="waves-refused" />}
        {value && (
          <>
            <Events view={value} does={does} show={show} />
            {value.mayApply && <Queue view={value} does={does} />}
            {value.mayApply && <ApplyForm view={value} does={does} />}
            <Owned view={value} />
          </>
        )}
      </div>
    </SaidContext.Provider>
  );
}

type Allotment = WavesView["allotments"][number];

function Owned({ view: { allotments } }: { view: WavesView }) {
  const { words } = useDesk();
  const said = useSaid();
  const save = (): void => {
    const head = (["organisations", "what", "basis", "until", "given", "inUse", "left"] as const).map((key) =>
      said.text(key),
    );
    const rows = allotments.map((one) => cellsOf(said, one));
    download(`${said.text("owned")}-${isoDate(Date.now())}.csv`, csv([head, ...rows]));
  };
  return (
    <section class="card">
      <div class="title-row">
        <h2>{said.text("owned")}</h2>
        {allotments.length > 0 && (
          <button type="button" class="button" data-testid="owned-csv" onClick={save}>
            {said.text("saveCsv")}
          </button>
        )}
      </div>
      {allotments.length === 0 ? (
        <p class="hint">{said.text("ownedNone")}</p>
      ) : (
        <Table
          label={said.text("owned")}
          testId="owned"
          rows={allotments}
          keyOf={({ id }) => id}
          columns={[
            [said.text("organisations"), ({ organisation }) => organisation.name],
            [said.text("what"), ({ event }) => said.under(event)],
            [said.text("basis"), ({ event }) => said.basis(event)],
            [said.text("until"), ({ event }) => said.until(event)],
            [said.text("given"), ({ count }) => words.number(count), "count"],
            [said.text("inUse"), ({ used }) => words.number(used), "count"],
            [said.text("left"), ({ left }) => words.number(left), "count"],
          ]}
        />
      )}
    </section>
  );
}

const cellsOf = (said: Said, { organisation, event, count, used, left }: Allotment): string[] => [
  ...[organisation.name, said.under(event), said.basis(event), said.until(event)],
  ...[count, used, left].map(String),
];
