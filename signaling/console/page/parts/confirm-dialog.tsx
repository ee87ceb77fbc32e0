/** The last question before much is changed: what it comes to, why, and mostly a code of the moment. */
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Failure, Result } from "../../../client/account.ts";
import { useDesk } from "../state/desk.ts";
import { digitsOf, focusProblem } from "./field.tsx";
import { Modal } from "./modal.tsx";
import { FailureNotice, Notice } from "./notice.tsx";
import { FreshCodeField, ReasonField } from "./reason-fields.tsx";

export interface Because {
  readonly reason: string;
  readonly code: string;
}

interface ConfirmDialogProps<T> {
  /** Of its elements, for tests and for what names it. */
  readonly name: string;
  readonly title: string;
  readonly what: string;
  readonly yes: string;
  readonly reason: string;
  readonly setReason: (reason: string) => void;
  readonly ask: (because: Because) => Promise<Result<T>>;
  readonly done: (value: T) => void;
  readonly close: () => void;
  /** No code is asked for, and `code` is empty. */
  readonly isCodeless?: true;
  /** Takes over a failure: returns true, and it is not said here. */
  readonly failed?: (failure: Failure) => boolean;
  /** Words of its own for a failure; undefined: the usual ones. */
  readonly explain?: (failure: Failure) => { readonly what: string; readonly todo: string } | undefined;
  readonly children?: ComponentChildren;
}

// long: one dialog, from question to answer
export function ConfirmDialog<T>(props: ConfirmDialogProps<T>) {
  const { name, title, what, yes, reason, setReason, ask, done, close, isCodeless, failed, explain, children } = props;
  const { words, lost } = useDesk();
  const form = useRef<HTMLFormElement>(null);
  const [code, setCode] = useState("");
  const [problems, setProblems] = useState<{ readonly reason?: string; readonly code?: string }>({});
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);
  const own = failure && explain?.(failure);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const digits = isCodeless ? "" : digitsOf(code);
    const found = {
      ...(reason.trim() === "" && { reason: words.text("missingReason") }),
      ...(digits === undefined && { code: words.text("missingCode") }),
    };
    setProblems(found);
    if (digits === undefined || found.reason !== undefined) return focusProblem(form.current);
    setFailure(undefined);
    setBusy(true);
    const answer = await ask({ reason: reason.trim(), code: digits });
    setBusy(false);
    setCode("");
    if (answer.ok) return done(answer.value);
    if (answer.failure.code === "NOT_SIGNED_IN") return lost(answer.failure);
    if (!failed?.(answer.failure)) setFailure(answer.failure);
  };
  return (
    <Modal class="dialog act" testId={`${name}-dialog`} titleId={`${name}-title`} close={isBusy ? undefined : close}>
      <form ref={form} class="form" noValidate onSubmit={(event) => void send(event)}>
        <h2 id={`${name}-title`}>{title}</h2>
        <p>{what}</p>
        {own ? (
          <Notice kind="problem" what={own.what} testId={`${name}-problem`}>
            <p>{own.todo}</p>
          </Notice>
        ) : (
          failure && <FailureNotice failure={failure} testId={`${name}-problem`} />
        )}
        {children}
        <ReasonField problem={problems.reason} value={reason} onValue={setReason} />
        {!isCodeless && <FreshCodeField problem={problems.code} value={code} onValue={setCode} />}
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
