/** Applications in the order in which they came; the operator approves those that are chosen with one click. */
import { useState } from "preact/hooks";
import type { WavesView } from "../../../protocol/console-waves.ts";
import type { ApplicationId } from "../../../protocol/ids.ts";
import { isoMoment } from "../format/moment.ts";
import { focusProblem, TextField } from "../parts/field.tsx";
import { Modal } from "../parts/modal.tsx";
import { useDesk } from "../state/desk.ts";
import type { Doing } from "./doing.ts";
import * as routes from "./routes.ts";
import { useSaid } from "./said.ts";
import { Table } from "./table.tsx";

type Application = WavesView["applications"][number];

interface QueueProps {
  readonly view: WavesView;
  readonly does: Doing;
}

// long: the queue and what can be done with it
export function Queue({ view, does }: QueueProps) {
  const { words } = useDesk();
  const said = useSaid();
  const [chosen, setChosen] = useState<ReadonlySet<ApplicationId>>(new Set());
  const [refusing, setRefusing] = useState<ApplicationId>();
  const [isBusy, setBusy] = useState(false);
  const waiting = view.applications.filter(({ state }) => state === "waiting");
  const decided = view.applications.filter(({ state }) => state !== "waiting");
  const wave = waiting.filter(({ id }) => chosen.has(id));
  const approve = async (): Promise<void> => {
    setBusy(true);
    await does(routes.approve(wave.map(({ id }) => id)), said.text("approved"));
    setBusy(false);
    setChosen(new Set());
  };
  const sum = (rows: readonly Application[]): string =>
    words.number(rows.reduce((total, { count }) => total + count, 0));
  const toggle = (id: ApplicationId): void =>
    setChosen((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      return after;
    });
  const columns = [
    [said.text("number"), ({ id }: Application) => id],
    [said.text("arrived"), ({ at }: Application) => isoMoment(at)],
    [said.text("applicant"), ({ organisation }: Application) => organisation.name],
    [said.text("what"), ({ event }: Application) => said.under(event)],
    [said.text("count"), ({ count }: Application) => words.number(count), "count"],
    [said.text("because"), (one: Application) => <Details application={one} />],
  ] as const;
  return (
    <section class="card">
      <h2>{said.text("queue")}</h2>
      {waiting.length === 0 ? (
        <p class="hint">{said.text("queueNone")}</p>
      ) : (
        <>
          <p data-testid="queue-sum">{said.text("queueSum", { count: waiting.length, ids: sum(waiting) })}</p>
          <Table
            label={said.text("queue")}
            testId="queue"
            rows={waiting}
            keyOf={({ id }) => id}
            columns={[
              ...(view.mayDecide
                ? [
                    [
                      "✓",
                      ({ id }: Application) => (
                        <input
                          type="checkbox"
                          data-testid="queue-choose"
                          aria-label={said.text("choose", { id })}
                          checked={chosen.has(id)}
                          onChange={() => toggle(id)}
                        />
                      ),
                    ] as const,
                  ]
                : []),
              ...columns,
              [
                said.text("state"),
                ({ id, mayWithdraw, state }) => (
                  <>
                    {!view.mayDecide && <p>{said.words.states[state]}</p>}
                    {view.mayDecide && (
                      <button type="button" class="button" data-testid="queue-refuse" onClick={() => setRefusing(id)}>
                        {said.text("refuse")}
                      </button>
                    )}
                    {mayWithdraw && !view.mayDecide && (
                      <button
                        type="button"
                        class="button"
                        data-testid="queue-withdraw"
                        onClick={() => void does(routes.withdraw(id), said.text("done"))}
                      >
                        {said.text("withdraw")}
                      </button>
                    )}
                  </>
                ),
              ],
            ]}
          />
          {view.mayDecide && (
            <button
              type="button"
              class="button primary"
              data-testid="queue-approve"
              disabled={wave.length === 0 || isBusy}
              onClick={() => void approve()}
            >
              {wave.length === 0
                ? said.text("approveNone")
                : said.text("approve", { count: wave.length, ids: sum(wave) })}
            </button>
          )}
        </>
      )}
      {decided.length > 0 && (
        <details data-testid="decided-lately">
          <summary>{said.text("decided")}</summary>
          <Table
            label={said.text("decided")}
            testId="decided"
            rows={decided}
            keyOf={({ id }) => id}
            columns={[...columns, [said.text("state"), (one) => <Decided application={one} />]]}
          />
        </details>
      )}
      {refusing && <RefuseDialog id={refusing} does={does} close={() => setRefusing(undefined)} />}
    </section>
  );
}

function Details({ application: { because, lines } }: { application: Application }) {
  const { words } = useDesk();
  const said = useSaid();
  return (
    <>
      <p>{because}</p>
      <details>
        <summary>{said.text("details", { count: words.number(lines.length) })}</summary>
        <ul>
          {lines.map(({ organisation, count }) => (
            <li key={organisation.id}>
              {organisation.name} {words.number(count)}
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}

function Decided({ application: { state, wave, decidedAt, word } }: { application: Application }) {
  const said = useSaid();
  return (
    <>
      <p>{said.words.states[state]}</p>
      {wave !== undefined && <p>{said.text("wave", { wave })}</p>}
      {word && <p>{word}</p>}
      {decidedAt !== undefined && <p class="hint">{isoMoment(decidedAt)}</p>}
    </>
  );
}

function RefuseDialog({ id, does, close }: { id: ApplicationId; does: Doing; close: () => void }) {
  const said = useSaid();
  const [word, setWord] = useState("");
  const [problem, setProblem] = useState<string>();
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setProblem(word.trim() === "" ? said.text("missing") : undefined);
    if (word.trim() === "") return focusProblem(event.target as HTMLElement);
    await does(routes.refuse(id, word.trim()), said.text("done"));
    close();
  };
  return (
    <Modal class="dialog act" testId="refuse-dialog" titleId="refuse-title" close={close}>
      <form class="form" noValidate onSubmit={(event) => void send(event)}>
        <h2 id="refuse-title">{said.text("refuseTitle", { id })}</h2>
        <p>{said.text("refuseWhat")}</p>
        <TextField
          id="refuse-word"
          label={said.text("word")}
          problem={problem}
          need="required"
          value={word}
          onValue={setWord}
          more={{ maxLength: 200, autocomplete: "off" }}
        />
        <div class="dialog-answers">
          <button type="button" class="button" data-testid="refuse-no" onClick={close}>
            {said.text("no")}
          </button>
          <button type="submit" class="button primary" data-testid="refuse-yes">
            {said.text("refuseYes")}
          </button>
        </div>
      </form>
    </Modal>
  );
}
