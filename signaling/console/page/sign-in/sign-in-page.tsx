/** As staff sign in: this browser's own key, a password, a one-time code, and the organisation's code where the server has several. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type Failure, signIn, me as whoAmI } from "../../../client/account.ts";
import { DeviceKey, type DeviceProblem } from "../../../client/device-key.ts";
import type { Me } from "../../../protocol/api.ts";
import { Login, OrganisationCode } from "../../../protocol/ids.ts";
import { Code } from "../parts/code.tsx";
import { DIGITS, digitsOf, focusProblem, half, TextField } from "../parts/field.tsx";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { useDesk } from "../state/desk.ts";
import type { TextKey } from "../words/dictionary.ts";
import { keepOrganisation, keptOrganisation } from "./organisation.ts";

interface SignInProps {
  readonly device: DeviceKey | DeviceProblem;
  readonly asksOrganisation: boolean;
  readonly why: Failure | "signed-out" | "sign-out-unsure" | undefined;
  readonly signedIn: (me: Me) => void;
}

export function SignInPage({ device, why, ...rest }: SignInProps) {
  const { words } = useDesk();
  return (
    <div class="entrance">
      <section class="card">
        <h1>{words.text("signInTitle")}</h1>
        <First why={why} />
        {device instanceof DeviceKey ? (
          <SignInForm device={device} {...rest} />
        ) : (
          <Notice
            kind="problem"
            testId="device-problem"
            what={words.text(device === "insecure" ? "deviceInsecure" : "deviceNoStorage")}
          />
        )}
      </section>
      {device instanceof DeviceKey && (
        <section class="card device-card" aria-labelledby="device-code-title">
          <h2 id="device-code-title">{words.text("deviceCode")}</h2>
          <Code code={device.code} testId="device-code" />
          <p class="hint">{words.text("deviceCodeWhy")}</p>
        </section>
      )}
    </div>
  );
}

function First({ why }: Pick<SignInProps, "why">) {
  const { words } = useDesk();
  if (why === undefined) return null;
  if (why === "signed-out") return <Notice kind="info" what={words.text("signedOut")} testId="signed-out" />;
  if (why === "sign-out-unsure") {
    return <Notice kind="problem" what={words.text("signOutUnsure")} testId="sign-out-unsure" />;
  }
  if (why.code === "NOT_SIGNED_IN")
    return <Notice kind="info" what={words.text("signInAgain")} testId="sign-in-again" />;
  return <FailureNotice failure={why} testId="sign-in-first" />;
}

type Box = "organisation" | "login" | "password" | "code";

// long: one form and its four fields
function SignInForm({
  device,
  asksOrganisation,
  signedIn,
}: Omit<SignInProps, "why" | "device"> & { device: DeviceKey }) {
  const { words } = useDesk();
  const form = useRef<HTMLFormElement>(null);
  /** There may be a second organisation since the page was loaded. */
  const [isAsked, setAsked] = useState(asksOrganisation);
  const [organisation, setOrganisation] = useState<string>(() => keptOrganisation() ?? "");
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<readonly [Box, TextKey]>();
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);

  useEffect(() => {
    const boxes = [...(form.current?.querySelectorAll<HTMLInputElement>("input") ?? [])];
    boxes.find(({ value }) => value === "")?.focus({ preventScroll: true });
  }, []);

  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const where = OrganisationCode.safeParse(half(organisation).toLowerCase()).data;
    const who = Login.safeParse(half(login).toLowerCase()).data;
    const digits = digitsOf(code);
    const complain = (box: Box, key: TextKey): void => {
      setProblem([box, key]);
      focusProblem(form.current);
    };
    if (isAsked && !where) return complain("organisation", "missingOrganisation");
    if (!who) return complain("login", "missingLogin");
    if (password === "") return complain("password", "missingPassword");
    if (!digits) return complain("code", "missingCode");
    setProblem(undefined);
    setBusy(true);
    if (isAsked && where) keepOrganisation(where);
    const answer = await signIn(device, {
      ...(isAsked && { organisation: where }),
      login: who,
      password,
      code: digits,
    });
    setBusy(false);
    if (answer.ok) return signedIn({ ...answer.value, ...(isAsked && { asksOrganisation: true }) });
    setCode("");
    setFailure(answer.failure);
    if (answer.failure.code !== "SIGN_IN_REFUSED" || isAsked) return;
    const now = await whoAmI();
    if (!now.ok && now.failure.asksOrganisation) setAsked(true);
  };
  const wrong = (box: Box): string | undefined => (problem?.[0] === box ? words.text(problem[1]) : undefined);
  return (
    <form ref={form} class="form" noValidate autocomplete="on" onSubmit={(event) => void send(event)}>
      {failure && <FailureNotice failure={failure} testId="sign-in-problem" />}
      {isAsked && (
        <TextField
          id="organisation"
          label={words.text("organisation")}
          hint={words.text("organisationHint")}
          problem={wrong("organisation")}
          value={organisation}
          onValue={setOrganisation}
          more={{ autocomplete: "organization", autocapitalize: "none", spellcheck: false, maxLength: 32 }}
        />
      )}
      <TextField
        id="login"
        label={words.text("login")}
        problem={wrong("login")}
        value={login}
        onValue={setLogin}
        more={{ autocomplete: "username", autocapitalize: "none", spellcheck: false }}
      />
      <TextField
        id="password"
        label={words.text("password")}
        problem={wrong("password")}
        value={password}
        onValue={setPassword}
        more={{ type: "password", autocomplete: "current-password" }}
      />
      <TextField
        id="one-time-code"
        label={words.text("code")}
        hint={words.text("codeHint")}
        problem={wrong("code")}
        value={code}
        onValue={setCode}
        more={DIGITS}
      />
      <button type="submit" class="button primary wide" data-testid="sign-in" disabled={isBusy}>
        {words.text(isBusy ? "signingIn" : "signIn")}
      </button>
    </form>
  );
}
