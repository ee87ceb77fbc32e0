/** Before rules are saved: what changes, whom it concerns and whom it cuts off, in numbers; why; and a code of the moment. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Failure } from "../../../client/account.ts";
import type { PolicyEffect, PolicyView } from "../../../protocol/console-policy.ts";
import type { PolicyRule } from "../../../protocol/policy.ts";
import { DIGITS, digitsOf, focusProblem, TextField } from "../parts/field.tsx";
import { Modal } from "../parts/modal.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { useDesk } from "../state/desk.ts";
import { type Changes, rulesWith } from "./draft.ts";
import * as routes from "./routes.ts";
import { useSaid } from "./said.ts";

interface ConfirmDialogProps {
  readonly view: PolicyView;
  readonly changes: Changes;
  /** Kept while others are in the way. */
  readonly because: string;
  readonly setBecause: (because: string) => void;
  readonly close: () => void;
  /** Somebody else was first. */
  readonly overtaken: () => void;
  readonly done: (view: PolicyView) => void;
}

// long: one dialog, from the effect to the outcome
export function ConfirmDialog({ view, changes, because, setBecause, close, overtaken, done }: ConfirmDialogProps) {
  const { words, lost } = useDesk();
  const said = useSaid();
  const form = useRef<HTMLFormElement>(null);
  const [code, setCode] = useState("");
  const [problems, setProblems] = useState<{ reason?: string; code?: string }>({});
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);
  // what was looked at, whatever comes meanwhile
  const [{ place, version: basedOn, here }] = useState(view);
  const rules = rulesWith(here, changes);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const digits = digitsOf(code);
    const found = {
      ...(because.trim() === "" && { reason: words.text("missingReason") }),
      ...(!digits && { code: words.text("missingCode") }),
    };
    setProblems(found);
    if (!digits || because.trim() === "") return focusProblem(form.current);
    setFailure(undefined);
    setBusy(true);
    const { level, id } = place;
    const answer = await routes.set({ place: { level, id }, rules, basedOn, because: because.trim(), code: digits });
    setBusy(false);
    setCode("");
    if (answer.ok) return done(answer.value);
    if (answer.failure.code === "NOT_SIGNED_IN") return lost(answer.failure);
    if (answer.failure.code === "CONFLICT") return overtaken();
    setFailure(answer.failure);
  };
  return (
    <Modal class="dialog act" testId="policy-dialog" titleId="policy-title" close={isBusy ? undefined : close}>
      <form ref={form} class="form" noValidate onSubmit={(event) => void send(event)}>
        <h2 id="policy-title">{said.text("confirmTitle", { place: said.place(place) })}</h2>
        <p>{said.text("confirmWhat")}</p>
        {failure && <FailureNotice failure={failure} testId="policy-set-problem" />}
        <dl class="policy-diff" data-testid="policy-diff">
          {(Object.keys(changes) as PolicyRule[]).map((rule) => (
            <div key={rule}>
              <dt>{said.name(rule)}</dt>
              <dd>
                <span class="hint">{said.text("before")}</span> {said.value(rule, here) ?? said.text("unsetWord")}
              </dd>
              <dd>
                <span class="hint">{said.text("after")}</span> {said.value(rule, rules) ?? said.text("unsetWord")}
              </dd>
            </div>
          ))}
        </dl>
        <EffectOf place={place} rules={rules} />
        <TextField
          id="reason"
          label={words.text("reason")}
          hint={words.text("reasonHint")}
          need="required"
          problem={problems.reason}
          value={because}
          onValue={setBecause}
          more={{ maxLength: 200, autocomplete: "off" }}
        />
        <TextField
          id="fresh-code"
          label={words.text("freshCode")}
          hint={words.text("freshCodeHint")}
          need="required"
          problem={problems.code}
          value={code}
          onValue={setCode}
          more={DIGITS}
        />
        {isBusy && <Notice kind="info" what={words.text("doing")} testId="doing" />}
        <div class="dialog-answers">
          <button type="button" class="button" data-testid="act-no" disabled={isBusy} onClick={close}>
            {words.text("cancel")}
          </button>
          <button type="submit" class="button primary" data-testid="act-yes" disabled={isBusy}>
            {said.text("yes")}
          </button>
        </div>
      </form>
    </Modal>
  );
}

function EffectOf({ place, rules }: Pick<PolicyView, "place"> & { rules: PolicyView["here"] }) {
  const { words } = useDesk();
  const said = useSaid();
  const [effect, setEffect] = useState<PolicyEffect | Failure>();
  useEffect(() => {
    let isOver = false;
    void routes.effect(place, rules).then((answer) => isOver || setEffect(answer.ok ? answer.value : answer.failure));
    return () => {
      isOver = true;
    };
  }, []);
  if (effect && "code" in effect) return <FailureNotice failure={effect} testId="policy-effect-problem" />;
  const line = (key: "effectPeople" | "effectTerminals" | "effectSessions" | "effectEnding", count: number) => (
    <li>{said.text(key, { count: words.number(count) })}</li>
  );
  return (
    <section class="effect" aria-live="polite" data-testid="effect">
      <h3>{said.text("effectTitle")}</h3>
      {!effect && <p>{said.text("effectAsking")}</p>}
      {effect && (
        <ul>
          {line("effectPeople", effect.people)}
          {line("effectTerminals", effect.terminals)}
          {line("effectSessions", effect.sessions)}
          {line("effectEnding", effect.ending)}
        </ul>
      )}
    </section>
  );
}
