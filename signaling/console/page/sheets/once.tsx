/**
 * What is shown once: a password, a QR code, a token, the number for a second person; of many people one letter each, on paper only.
 * It can be printed; nothing else of the page is.
 */
import type { Done } from "../../../protocol/console-acts.ts";
import { download } from "../format/csv.ts";
import { Modal } from "../parts/modal.tsx";
import { QrCode } from "../parts/qr-code.tsx";
import { type Subject, useDesk } from "../state/desk.ts";
import { useGuard } from "../state/guard.ts";
import { LetterSheet, type LetterTo, secretOf } from "./letter.tsx";
import { LiftSheet } from "./lift.tsx";
import { Paper, Printing, useContact } from "./paper.tsx";
import { OTHER_TOKEN_FILE, PcSheet, TOKEN_FILE } from "./pc.tsx";
import { useSheetWords } from "./words.ts";
import type { SheetKey } from "./words-ja.ts";

export interface OnceProps {
  /** To whom or what it was done; of what was just made, as it is called now. */
  readonly subjects: readonly Subject[];
  readonly title: string;
  readonly done: Done;
  readonly close: () => void;
}

export function Once({ subjects, title, done, close }: OnceProps) {
  const say = useSheetWords();
  const { self } = useDesk();
  const [contact, setContact] = useContact();
  const organisation = (id: string | undefined) => self?.organisations.find((one) => one.id === id);
  const letters = lettersOf(done, subjects, organisation);
  const [first] = subjects;
  useGuard(say("leaveOnce"));
  const pc = done.token !== undefined && first?.paper ? first.paper : undefined;
  return (
    <>
      <Modal class="dialog act once" testId="once" titleId="once-title" close={undefined}>
        <h2 id="once-title">{done.letters ? lettersTitle(say, letters.length) : say("onceTitle")}</h2>
        {letters.length > 0 && <p>{say("onceWhat")}</p>}
        {(done.token ?? done.confirmation ?? done.liftCode) !== undefined && <p>{say("onceWhatOther")}</p>}
        {done.letters ? (
          <Made done={done} subjects={subjects} />
        ) : (
          <>
            <p>
              <strong>{first?.name}</strong> {title}
            </p>
            <Secrets {...done} />
          </>
        )}
        <Printing
          pages={letters.length + (pc ? 1 : 0) + (done.liftCode ? 1 : 0)}
          contact={contact}
          setContact={setContact}
          closeWords={say(done.liftCode ? "closeKept" : "closeOnce")}
          close={close}
        />
      </Modal>
      <Paper>
        {letters.map((letter) => (
          <LetterSheet key={letter.login} {...letter} contact={contact} />
        ))}
        {pc && <PcSheet {...pc} contact={contact} organisation={organisation(first?.organisation)?.name} />}
        {done.liftCode && (
          <LiftSheet
            name={first?.name}
            number={done.id}
            code={done.liftCode}
            contact={contact}
            organisation={organisation(first?.organisation)?.name}
          />
        )}
      </Paper>
    </>
  );
}

const lettersTitle = (say: ReturnType<typeof useSheetWords>, count: number): string =>
  count === 0 ? say("lettersNone") : say("lettersTitle", { count });

/** Of one act on many, or of one on a person. */
function lettersOf(
  { letters, password, otpauth }: Done,
  [first]: readonly Subject[],
  organisation: (id: string | undefined) => { name: string; code: string } | undefined,
): LetterTo[] {
  if (letters) return letters.map(({ person, ...letter }) => ({ ...person, ...letter }));
  if ((password === undefined && otpauth === undefined) || !first?.paper) return [];
  const { name, id: login } = first.paper;
  return [{ name, login, organisation: organisation(first.organisation), password, otpauth }];
}

/** For whom there is a letter, and for whom not; no secret of many people is on the screen. */
function Made({ done: { letters = [], noLetter = [] }, subjects }: Pick<OnceProps, "done" | "subjects">) {
  const say = useSheetWords();
  const nameOf = (id: string) => subjects.find(({ known }) => known["person"] === id)?.name ?? id;
  const title = lettersTitle(say, letters.length);
  return (
    <>
      {letters.length > 0 && <Names label={title} names={letters.map(({ person }) => nameOf(person.id))} />}
      {noLetter.length > 0 && (
        <section data-testid="no-letter">
          <h3>{say("noLetterTitle")}</h3>
          <p>{say("noLetterWhy")}</p>
          <Names label={say("noLetterTitle")} names={noLetter.map(nameOf)} />
        </section>
      )}
    </>
  );
}

const Names = ({ label, names }: { label: string; names: readonly string[] }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
  <ul class="lines outcomes" tabIndex={0} aria-label={label}>
    {names.map((name) => (
      <li key={name} class="line">
        {name}
      </li>
    ))}
  </ul>
);

function Secrets({ password, otpauth, token, otherToken, confirmation, liftCode }: Done) {
  const say = useSheetWords();
  return (
    <>
      {password !== undefined && <Secret of="password" title="password" what="passwordWhat" text={password} />}
      {otpauth !== undefined && (
        <section>
          <h3>{say("qr")}</h3>
          <p>{say("qrWhat")}</p>
          <QrCode text={otpauth} label={say("qr")} />
          <p class="secret small" data-testid="once-otpauth">
            {secretOf(otpauth)}
          </p>
        </section>
      )}
      {token !== undefined && <Token of="token" title="token" what="tokenWhat" text={token} file={TOKEN_FILE} />}
      {otherToken !== undefined && (
        <Token of="other-token" title="otherToken" what="otherTokenWhat" text={otherToken} file={OTHER_TOKEN_FILE} />
      )}
      {liftCode !== undefined && <Secret of="liftCode" title="liftCode" what="liftCodeWhat" text={liftCode} />}
      {confirmation !== undefined && (
        <Secret of="confirmation" title="confirmation" what="confirmationWhat" text={confirmation} />
      )}
    </>
  );
}

/** `otherToken` comes with `token`: of two office PCs that had one key. */
function Token({ file, ...secret }: SecretProps & { readonly file: string }) {
  const say = useSheetWords();
  return (
    <>
      <Secret {...secret} />
      <button
        type="button"
        class="button"
        data-testid={`save-${secret.of}`}
        onClick={() => download(file, secret.text, "text/plain")}
      >
        {say("saveToken", { file })}
      </button>
    </>
  );
}

interface SecretProps {
  readonly of: string;
  readonly title: SheetKey;
  readonly what: SheetKey;
  readonly text: string;
}

function Secret({ of, title, what, text }: SecretProps) {
  const say = useSheetWords();
  return (
    <section>
      <h3>{say(title)}</h3>
      <p>{say(what)}</p>
      <p class={text.length > 40 ? "secret small" : "secret"} data-testid={`once-${of}`}>
        {text}
      </p>
    </section>
  );
}
