/** What is handed to a person: their first letter, or a new password, or the QR code of a new authenticator. */
import { MIN_PASSWORD_CHARS } from "../../../protocol/limits.ts";
import { QrCode } from "../parts/qr-code.tsx";
import { useDesk } from "../state/desk.ts";
import { Contact, Facts, Sheet, type Step, Steps } from "./paper.tsx";
import { type Say, useSheetWords } from "./words.ts";

export interface LetterTo {
  readonly name: string;
  readonly login: string;
  readonly organisation: { readonly name: string; readonly code: string } | undefined;
  readonly password: string | undefined;
  readonly otpauth: string | undefined;
}

export function LetterSheet({ contact, ...to }: LetterTo & { contact: string }) {
  const { me, self } = useDesk();
  const say = useSheetWords();
  const { name, login, organisation, password, otpauth } = to;
  const code = me?.asksOrganisation === true ? organisation?.code : undefined;
  return (
    <Sheet title={say("letterTitle")} organisation={organisation?.name}>
      <p class="a4-to">{say("letterTo", { name })}</p>
      <p>{introOf(say, to)}</p>
      <div class="a4-two">
        <Facts
          rows={[
            [
              say("address"),
              <span key="" class="mono">
                {self?.staffPage}
              </span>,
            ],
            ...(code === undefined ? [] : [[say("organisation"), <Big key="" text={code} />] as const]),
            [say("login"), <Big key="" text={login} />],
            ...(password === undefined ? [] : [[say("password"), <Big key="" text={password} />] as const]),
          ]}
        />
        {otpauth !== undefined && (
          <figure class="a4-qr">
            <QrCode text={otpauth} label={say("qr")} />
            <figcaption>
              {say("unreadable")}
              <span class="mono">{secretOf(otpauth)}</span>
            </figcaption>
          </figure>
        )}
      </div>
      <Steps steps={stepsOf(say, to)} />
      <section class="a4-care">
        <h2>{say("careTitle")}</h2>
        <ul>
          {(["care1", "care2", "care3"] as const).map((key) => (
            <li key={key}>{say(key)}</li>
          ))}
        </ul>
      </section>
      <Contact contact={contact} />
    </Sheet>
  );
}

const LENGTH = { count: MIN_PASSWORD_CHARS };

const Big = ({ text }: { text: string }) => <span class="a4-big">{text}</span>;

function introOf(say: Say, { password, otpauth }: LetterTo): string {
  if (password !== undefined && otpauth !== undefined) return say("letterIntro");
  return say(password !== undefined ? "letterPasswordIntro" : "letterOtpIntro");
}

function stepsOf(say: Say, { password, otpauth }: LetterTo): Step[] {
  const scan = { title: say("stepScan"), what: say("stepScanWhat") };
  if (password === undefined) return [scan, { title: say("stepNewCode"), what: say("stepNewCodeWhat") }];
  if (otpauth === undefined) return [{ title: say("stepAgain"), what: say("stepAgainWhat", LENGTH) }];
  return [
    scan,
    { title: say("stepDevice"), what: say("stepDeviceWhat") },
    { title: say("stepSignIn"), what: say("stepSignInWhat", LENGTH) },
  ];
}

/** In groups of four, as people type it. */
export const secretOf = (otpauth: string): string =>
  (new URL(otpauth).searchParams.get("secret") ?? "").replace(/(.{4})(?=.)/g, "$1 ");
