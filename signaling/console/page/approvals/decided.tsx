/** What was answered of late; overtime that was approved can be taken back there, with a reason. */
import { useState } from "preact/hooks";
import { call, type Result } from "../../../client/account.ts";
import { type Approval, Approvals, type TakeBack } from "../../../protocol/requests.ts";
import { ConfirmDialog } from "../parts/confirm-dialog.tsx";
import { useOwnWords } from "../state/own-words.ts";
import { APPROVAL_WORDS } from "./approval-words.ts";
import { Answers, Person, timeOf } from "./request-parts.tsx";

const send = (back: TakeBack): Promise<Result<Approvals>> =>
  call("POST", "/api/console/approvals/take-back", Approvals, back);

interface DecidedProps {
  readonly decided: readonly Approval[];
  readonly tookBack: (one: Approval, after: Approvals) => void;
}

export function Decided({ decided, tookBack }: DecidedProps) {
  const say = useOwnWords(APPROVAL_WORDS);
  const [chosen, setChosen] = useState<Approval>();
  const close = (): void => setChosen(undefined);
  const done = (after: Approvals): void => {
    close();
    if (chosen) tookBack(chosen, after);
  };
  return (
    <section class="card" aria-labelledby="approvals-decided">
      <h2 id="approvals-decided">{say("decided")}</h2>
      <ul class="lines">
        {decided.map((one) => (
          <Line key={one.id} one={one} takeBack={() => setChosen(one)} />
        ))}
      </ul>
      {chosen && <Back one={chosen} {...{ done, close }} />}
    </section>
  );
}

const TONES = { approved: "good", ended: "", refused: "bad", "taken-back": "bad", "given-up": "" } as const;
const isShown = (state: string): state is keyof typeof TONES => Object.hasOwn(TONES, state);

function Line({ one, takeBack }: { one: Approval; takeBack: () => void }) {
  const say = useOwnWords(APPROVAL_WORDS);
  const { state, kind, purpose, until, askedAt, terminal, person } = one;
  return (
    <li class="line" data-testid="approval-decided">
      <div>
        <p>
          {isShown(state) && (
            <span class="state" data-tone={TONES[state]}>
              {say(state)}
            </span>
          )}{" "}
          <Person one={one} />
        </p>
        <p>
          {say(kind)}
          {terminal && ` ${terminal.name}`} {say("untilDay", { until: timeOf(until, askedAt) })}：{purpose}
        </p>
        <Answers one={one} />
      </div>
      {one.mayTakeBack && (
        <button
          type="button"
          class="button"
          data-testid="take-back"
          aria-label={say("takeBackOf", { name: person.name })}
          onClick={takeBack}
        >
          {say("takeBack")}
        </button>
      )}
    </li>
  );
}

interface BackProps {
  readonly one: Approval;
  readonly done: (after: Approvals) => void;
  readonly close: () => void;
}

function Back({ one: { id, person }, done, close }: BackProps) {
  const say = useOwnWords(APPROVAL_WORDS);
  const [reason, setReason] = useState("");
  return (
    <ConfirmDialog
      name="take-back"
      title={say("takeBackTitle", { name: person.name })}
      what={say("takeBackWhat")}
      yes={say("takeBackYes")}
      isCodeless
      ask={(because) => send({ request: id, reason: because.reason })}
      {...{ reason, setReason, done, close }}
    />
  );
}
