/**
 * Before something is done: what it comes to in numbers, why, and for what is dangerous a code of the moment. Afterwards: what is
 * shown once. To many it is done one after another, each with its outcome.
 */
import { useRef, useState } from "preact/hooks";
import type { Failure } from "../../../client/account.ts";
import { type ActType, DANGEROUS, type Done } from "../../../protocol/console.ts";
import { Code } from "../parts/code.tsx";
import { DIGITS, digitsOf, focusProblem, TextField } from "../parts/field.tsx";
import { CloseButton, Modal } from "../parts/modal.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import * as api from "../state/api.ts";
import { type Chosen, useDesk } from "../state/desk.ts";
import type { Open } from "../state/route.ts";
import { actOf, fieldsOf, type Problems, partsOf, problemsOf, type Values } from "./build.ts";
import { EffectOf } from "./effect.tsx";
import { ActField } from "./fields.tsx";
import { isShownOnce, Once } from "./once.tsx";
import { type Outcome, Outcomes } from "./outcomes.tsx";
import { namesake } from "./subject.ts";

interface ActDialogProps extends Chosen {
  /** `made`: what there is now, to be opened; null: what it was done to is no more. */
  readonly close: (made?: Open | null) => void;
  /** Something was changed. */
  readonly done: () => void;
}

/** As what is made is called on its paper. */
function madeName(type: ActType, values: Values): string {
  const { name = "", login } = partsOf(type, {}, values);
  return login === undefined ? `${name}` : namesake(`${name}`, `${login}`);
}

/** A waiting browser becomes a device with an ID of its own; a grant that was taken away is gone. */
const ENDS = new Set<ActType>(["device.approve", "grant.remove"]);
const MADE = { "people.add": "people", "terminal.add": "terminals", "division.add": "divisions" } as const;

// long: one dialog, from question to outcome
export function ActDialog({ type, subjects, close, done }: ActDialogProps) {
  const { words, lost } = useDesk();
  const form = useRef<HTMLFormElement>(null);
  const [values, setValues] = useState<Values>({});
  const [reason, setReason] = useState("");
  const [code, setCode] = useState("");
  const [problems, setProblems] = useState<Problems>({});
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);
  const [once, setOnce] = useState<{ readonly done: Done; readonly made: Open | null | undefined }>();
  const [outcomes, setOutcomes] = useState<readonly Outcome[]>([]);
  const [first] = subjects;
  if (!first) return null;
  const isDangerous = DANGEROUS.has(type);
  const isMany = subjects.length > 1;
  const name = isMany ? words.text("manyTitle", { count: subjects.length }) : first.name || madeName(type, values);
  const { label, title, what } = words.act(type);
  const isOver = outcomes.length > 0 && !isBusy;

  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const digits = digitsOf(code);
    const found: Problems = {
      ...problemsOf(type, first.known, values),
      ...(reason.trim() === "" && { reason: "missingReason" as const }),
      ...(isDangerous && !digits && { code: "missingCode" as const }),
    };
    setProblems(found);
    if (Object.keys(found).length > 0) return focusProblem(form.current);
    setFailure(undefined);
    setBusy(true);
    const said = { reason, ...(isDangerous && { code: digits }) };
    await (isMany ? doAll(said) : doOne(said));
    setBusy(false);
    setCode("");
  };
  const ask = async (known: Readonly<Record<string, string>>, said: { reason: string; code?: string | undefined }) => {
    const act = actOf(type, known, values, said);
    if (!act) return { ok: false as const, failure: { code: "BAD_REQUEST" as const, retryAfterS: undefined } };
    return api.perform(act);
  };
  const doOne = async (said: { reason: string; code?: string | undefined }): Promise<void> => {
    const answer = await ask(first.known, said);
    if (!answer.ok) return answer.failure.code === "NOT_SIGNED_IN" ? lost(answer.failure) : setFailure(answer.failure);
    const list = type in MADE ? MADE[type as keyof typeof MADE] : undefined;
    const ended = ENDS.has(type) && answer.value.confirmation === undefined ? null : undefined;
    const made = list && answer.value.id !== undefined ? { list, id: answer.value.id } : ended;
    done();
    if (isShownOnce(answer.value)) setOnce({ done: answer.value, made });
    else close(made);
  };
  const doAll = async (said: { reason: string }): Promise<void> => {
    const so: Outcome[] = [];
    for (const subject of subjects) {
      const answer = await ask(subject.known, said);
      if (!answer.ok && answer.failure.code === "NOT_SIGNED_IN") return lost(answer.failure);
      so.push(answer.ok ? "done" : answer.failure);
      setOutcomes([...so]);
    }
    done();
  };

  if (once) return <Once name={name} title={label} done={once.done} close={() => close(once.made)} />;
  return (
    <Modal class="dialog act" testId="act-dialog" titleId="act-title" close={isBusy ? undefined : () => close()}>
      <form ref={form} class="form" noValidate onSubmit={(event) => void send(event)}>
        <h2 id="act-title">{title.replace("{name}", () => name)}</h2>
        <p>{what}</p>
        {type === "device.approve" && <Code code={first.known["device"] ?? ""} testId="act-code" />}
        {failure && <FailureNotice failure={failure} testId="act-problem" />}
        {isMany && <Outcomes subjects={subjects} outcomes={outcomes} isOver={isOver} />}
        {!isOver && (
          <>
            {fieldsOf(type, first.known).map((field) => (
              <ActField
                key={field}
                field={field}
                subject={first}
                values={values}
                problem={problems[field] && words.text(problems[field])}
                onValue={(value) => setValues((before) => ({ ...before, [field]: value }))}
              />
            ))}
            <EffectOf type={type} subjects={subjects} values={values} />
            <TextField
              id="reason"
              label={words.text("reason")}
              hint={words.text("reasonHint")}
              need="required"
              problem={problems.reason && words.text(problems.reason)}
              value={reason}
              onValue={setReason}
              more={{ maxLength: 200, autocomplete: "off" }}
            />
            {isDangerous && (
              <TextField
                id="fresh-code"
                label={words.text("freshCode")}
                hint={words.text("freshCodeHint")}
                need="required"
                problem={problems.code && words.text(problems.code)}
                value={code}
                onValue={setCode}
                more={DIGITS}
              />
            )}
          </>
        )}
        {isBusy && <Notice kind="info" what={words.text("doing")} testId="doing" />}
        <div class="dialog-answers">
          {isOver ? (
            <CloseButton close={() => close()} />
          ) : (
            <>
              <button type="button" class="button" data-testid="act-no" disabled={isBusy} onClick={() => close()}>
                {words.text("cancel")}
              </button>
              <button
                type="submit"
                class={isDangerous && type !== "device.approve" ? "button danger" : "button primary"}
                data-testid="act-yes"
                disabled={isBusy}
              >
                {label}
              </button>
            </>
          )}
        </div>
      </form>
    </Modal>
  );
}
