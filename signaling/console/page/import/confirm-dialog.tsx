/** The last question before many people are added, changed or taken back: why, and a code of the moment. */
import { useRef, useState } from "preact/hooks";
import type { Failure, Result } from "../../../client/account.ts";
import { DIGITS, digitsOf, focusProblem, TextField } from "../parts/field.tsx";
import { Modal } from "../parts/modal.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { useDesk } from "../state/desk.ts";
import type { Because } from "./routes.ts";
import { useSaid } from "./said.ts";

interface ConfirmDialogProps<T> {
  readonly title: string;
  readonly what: string;
  readonly yes: string;
  readonly ask: (because: Because) => Promise<Result<T>>;
  readonly done: (value: T) => void;
  readonly close: () => void;
}

// long: one dialog, from question to answer
export function ConfirmDialog<T>({ title, what, yes, ask, done, close }: ConfirmDialogProps<T>) {
  const { words, lost } = useDesk();
  const said = useSaid();
  const form = useRef<HTMLFormElement>(null);
  const [reason, setReason] = useState("");
  const [code, setCode] = useState("");
  const [problems, setProblems] = useState<{ readonly reason?: string; readonly code?: string }>({});
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const digits = digitsOf(code);
    const found = {
      ...(reason.trim() === "" && { reason: words.text("missingReason") }),
      ...(!digits && { code: words.text("missingCode") }),
    };
    setProblems(found);
    if (!digits || Object.keys(found).length > 0) return focusProblem(form.current);
    setFailure(undefined);
    setBusy(true);
    const answer = await ask({ reason: reason.trim(), code: digits });
    setBusy(false);
    setCode("");
    if (answer.ok) return done(answer.value);
    if (answer.failure.code === "NOT_SIGNED_IN") return lost(answer.failure);
    setFailure(answer.failure);
  };
  return (
    <Modal class="dialog act" testId="import-dialog" titleId="import-title" close={isBusy ? undefined : close}>
      <form ref={form} class="form" noValidate onSubmit={(event) => void send(event)}>
        <h2 id="import-title">{title}</h2>
        <p>{what}</p>
        {failure?.code === "ACT_REFUSED" && (
          <Notice kind="problem" what={said.text("gone")} testId="import-problem">
            <p>{said.text("goneTodo")}</p>
          </Notice>
        )}
        {failure?.code === "unreachable" && (
          <Notice kind="problem" what={said.text("unsure")} testId="import-problem">
            <p>{said.text("unsureTodo")}</p>
          </Notice>
        )}
        {failure && failure.code !== "ACT_REFUSED" && failure.code !== "unreachable" && (
          <FailureNotice failure={failure} testId="import-problem" />
        )}
        <TextField
          id="reason"
          label={words.text("reason")}
          hint={words.text("reasonHint")}
          need="required"
          problem={problems.reason}
          value={reason}
          onValue={setReason}
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
            {yes}
          </button>
        </div>
      </form>
    </Modal>
  );
}
