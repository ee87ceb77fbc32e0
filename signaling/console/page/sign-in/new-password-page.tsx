/** A password that was handed out is changed before anything else. */
import { useRef, useState } from "preact/hooks";
import { changePassword, type Failure } from "../../../client/account.ts";
import type { Me } from "../../../protocol/api.ts";
import { MIN_PASSWORD_CHARS } from "../../../protocol/limits.ts";
import { focusProblem, TextField } from "../parts/field.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { useDesk } from "../state/desk.ts";

interface NewPasswordProps {
  readonly signedIn: (me: Me) => void;
  readonly lost: (failure: Failure) => void;
}

const HIDDEN = { type: "password", autocomplete: "new-password" } as const;

export function NewPasswordPage({ signedIn, lost }: NewPasswordProps) {
  const { words } = useDesk();
  const form = useRef<HTMLFormElement>(null);
  const [first, setFirst] = useState("");
  const [again, setAgain] = useState("");
  const [problem, setProblem] = useState<{ first?: string; again?: string }>({});
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);

  const complain = (found: { first?: string; again?: string }): void => {
    setProblem(found);
    focusProblem(form.current);
  };
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (first.length < MIN_PASSWORD_CHARS) return complain({ first: words.password("too-short") });
    if (first !== again) return complain({ again: words.text("passwordDiffers") });
    setProblem({});
    setBusy(true);
    const answer = await changePassword({ newPassword: first });
    setBusy(false);
    if (answer.ok) return signedIn(answer.value);
    const { code, reason } = answer.failure;
    if (code === "NOT_SIGNED_IN") return lost(answer.failure);
    if (code === "PASSWORD_REFUSED" && reason) return complain({ first: words.password(reason) });
    setFailure(answer.failure);
  };
  return (
    <div class="entrance">
      <section class="card">
        <h1>{words.text("passwordTitle")}</h1>
        <p>{words.text("passwordFirst")}</p>
        <form ref={form} class="form" noValidate onSubmit={(event) => void send(event)}>
          {failure && <FailureNotice failure={failure} testId="password-problem" />}
          <TextField
            id="new-password"
            label={words.text("passwordNew")}
            hint={words.text("passwordHint", { count: MIN_PASSWORD_CHARS })}
            problem={problem.first}
            value={first}
            onValue={setFirst}
            more={HIDDEN}
          />
          <TextField
            id="new-password-again"
            label={words.text("passwordAgain")}
            problem={problem.again}
            value={again}
            onValue={setAgain}
            more={HIDDEN}
          />
          <button type="submit" class="button primary wide" data-testid="password-change" disabled={isBusy}>
            {words.text(isBusy ? "signingIn" : "passwordChange")}
          </button>
        </form>
      </section>
    </div>
  );
}
