/**
 * Before something is done: what it comes to in numbers, why, and for what is dangerous a code of the moment. Afterwards: what is
 * shown once. To many it is done with one reason and one code, and each has its outcome.
 */
import type { ComponentType } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Failure } from "../../../client/account.ts";
import type { List } from "../../../protocol/console.ts";
import { type ActType, DANGEROUS, type Done } from "../../../protocol/console-acts.ts";
import { BULK, type BulkType } from "../../../protocol/console-bulk.ts";
import { DivisionId } from "../../../protocol/ids.ts";
import { Code } from "../parts/code.tsx";
import { digitsOf, focusProblem } from "../parts/field.tsx";
import { CloseButton, Modal } from "../parts/modal.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { FreshCodeField, ReasonField } from "../parts/reason-fields.tsx";
import type { OnceProps } from "../sheets/once.tsx";
import { type Chosen, type Subject, useDesk } from "../state/desk.ts";
import type { Open } from "../state/route.ts";
import { actEn } from "../words/act-en.ts";
import { actJa } from "../words/act-ja.ts";
import {
  actOf,
  actOnAll,
  fieldsOf,
  type Problems,
  partsOf,
  problemsOf,
  TOGETHER,
  type Values,
  withValue,
} from "./build.ts";
import { EffectOf } from "./effect.tsx";
import { ActField } from "./fields.tsx";
import { type Outcome, Outcomes } from "./outcomes.tsx";
import * as routes from "./routes.ts";
import { namesake } from "./subject.ts";

export interface ActDialogProps extends Chosen {
  /** `made`: what there is now, to be opened; null: what it was done to is no more. */
  readonly close: (made?: Open | null) => void;
  /** Something was changed. */
  readonly done: () => void;
}

/** What was just made, as it is called on its paper; a lock is called by what it is on. */
function madeOf(type: ActType, subject: Subject, values: Values, id = ""): Subject {
  const { name, login, organisation } = partsOf(type, subject.known, values);
  if (name === undefined) return subject;
  const paper = { name: `${name}`, id: login === undefined ? id : `${login}` };
  const called = login === undefined ? paper.name : namesake(paper.name, paper.id);
  return { ...subject, name: called, paper, ...(organisation !== undefined && { organisation: `${organisation}` }) };
}

const isShownOnce = ({ password, otpauth, token, confirmation, letters, liftCode }: Done): boolean =>
  [password, otpauth, token, confirmation, letters, liftCode].some((one) => one !== undefined);

const loadOnce = () =>
  import("../sheets/once.tsx").then(
    ({ Once }) => Once,
    () => undefined,
  );

/** A waiting browser becomes a device with an ID of its own; a grant that was taken away is gone. */
const ENDS = new Set<ActType>(["device.approve", "grant.remove"]);
const MADE: Partial<Record<ActType, List>> = {
  "people.add": "people",
  "terminal.add": "terminals",
  "terminal.replace": "terminals",
  "division.add": "divisions",
  "lock.person": "locks",
  "lock.device": "locks",
  "lock.terminal": "locks",
  "lock.division": "locks",
  "lock.organisation": "locks",
  "lock.session": "locks",
};

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
  const [once, setOnce] = useState<OnceProps & { readonly Once: ComponentType<OnceProps> }>();
  const [outcomes, setOutcomes] = useState<readonly Outcome[]>([]);
  const [first] = subjects;
  if (!first) return null;
  const isDangerous = DANGEROUS.has(type);
  const isTogether = TOGETHER.has(type);
  const isMany = subjects.length > 1;
  const name = isMany ? words.text("manyTitle", { count: subjects.length }) : first.name;
  const label = words.act(type);
  const { title, what } = (words.language === "ja" ? actJa : actEn)[type];
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
    await (isMany && !isTogether ? doAll(said) : doOne(said));
    setBusy(false);
    setCode("");
  };
  const ask = async (known: Readonly<Record<string, string>>, said: { reason: string; code?: string | undefined }) => {
    const act = isTogether ? actOnAll(type, subjects, said) : actOf(type, known, values, said);
    if (!act) return { ok: false as const, failure: { code: "BAD_REQUEST" as const, retryAfterS: undefined } };
    return routes.perform(act);
  };
  const doOne = async (said: { reason: string; code?: string | undefined }): Promise<void> => {
    // before it is done: what is shown once must not be lost because there is nothing to show it with
    const Once = await loadOnce();
    if (!Once) return setFailure({ code: "unreachable", retryAfterS: undefined });
    const answer = await ask(first.known, said);
    if (!answer.ok) return answer.failure.code === "NOT_SIGNED_IN" ? lost(answer.failure) : setFailure(answer.failure);
    const list = MADE[type];
    const ended = ENDS.has(type) && answer.value.confirmation === undefined ? null : undefined;
    const made = list && answer.value.id !== undefined ? { list, id: answer.value.id } : ended;
    done();
    if (!isShownOnce(answer.value)) return close(made);
    const shown = list ? [madeOf(type, first, values, answer.value.id)] : subjects;
    setOnce({ Once, subjects: shown, title: label, done: answer.value, close: () => close(made) });
  };
  const doAll = async (said: { reason: string; code?: string | undefined }): Promise<void> => {
    const { division } = partsOf(type, {}, values);
    const parts: readonly string[] = BULK[type as BulkType];
    const answer = await routes.bulk({
      type: type as BulkType,
      subjects: subjects.map(({ known }) => parts.map((part) => known[part]).join(".")),
      ...(typeof division === "string" && { division: DivisionId.parse(division) }),
      reason: said.reason.trim(),
      ...(said.code && { code: said.code }),
    });
    if (!answer.ok) return answer.failure.code === "NOT_SIGNED_IN" ? lost(answer.failure) : setFailure(answer.failure);
    setOutcomes(
      answer.value.outcomes.map((one): Outcome => (one === "done" ? one : { ...one, retryAfterS: undefined })),
    );
    done();
  };

  if (once) return <once.Once {...once} />;
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
                type={type}
                field={field}
                subject={first}
                values={values}
                problem={problems[field] && words.text(problems[field])}
                onValue={(value) => setValues((before) => withValue(before, field, value))}
              />
            ))}
            <EffectOf type={type} subjects={subjects} values={values} />
            <ReasonField problem={problems.reason && words.text(problems.reason)} value={reason} onValue={setReason} />
            {isDangerous && (
              <FreshCodeField problem={problems.code && words.text(problems.code)} value={code} onValue={setCode} />
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
