/** What is shown once: a password, a QR code, a token, the number for a second person. It can be printed; nothing else of the page is. */
import type { Done } from "../../../protocol/console.ts";
import { Modal } from "../parts/modal.tsx";
import { useDesk } from "../state/desk.ts";
import type { TextKey } from "../words/dictionary.ts";
import { QrCode } from "./qr-code.tsx";

export const isShownOnce = ({ password, otpauth, token, confirmation }: Done): boolean =>
  [password, otpauth, token, confirmation].some((one) => one !== undefined);

interface OnceProps {
  readonly name: string;
  readonly title: string;
  readonly done: Done;
  readonly close: () => void;
}

export function Once({ name, title, done, close }: OnceProps) {
  const { words } = useDesk();
  const { password, otpauth, token, confirmation } = done;
  return (
    <Modal class="dialog act once" testId="once" titleId="once-title" close={undefined}>
      <h2 id="once-title">{words.text("onceTitle")}</h2>
      <p class="no-print">{words.text("onceWhat")}</p>
      <div class="sheet">
        <p>
          <strong>{name}</strong> {title}
        </p>
        {password !== undefined && (
          <Secret of="password" title="oncePassword" what="oncePasswordWhat" text={password} />
        )}
        {otpauth !== undefined && (
          <section>
            <h3>{words.text("onceQr")}</h3>
            <p>{words.text("onceQrWhat")}</p>
            <QrCode text={otpauth} label={words.text("onceQr")} />
            <p class="secret small" data-testid="once-otpauth">
              {secretOf(otpauth)}
            </p>
          </section>
        )}
        {token !== undefined && <Secret of="token" title="onceToken" what="onceTokenWhat" text={token} />}
        {confirmation !== undefined && (
          <Secret of="confirmation" title="onceConfirmation" what="onceConfirmationWhat" text={confirmation} />
        )}
      </div>
      <div class="dialog-answers no-print">
        <button type="button" class="button" data-testid="print" onClick={() => window.print()}>
          {words.text("print")}
        </button>
        <button type="button" class="button primary" data-testid="once-close" onClick={close}>
          {words.text("closeOnce")}
        </button>
      </div>
    </Modal>
  );
}

interface SecretProps {
  readonly of: string;
  readonly title: TextKey;
  readonly what: TextKey;
  readonly text: string;
}

function Secret({ of, title, what, text }: SecretProps) {
  const { words } = useDesk();
  return (
    <section>
      <h3>{words.text(title)}</h3>
      <p>{words.text(what)}</p>
      <p class={text.length > 40 ? "secret small" : "secret"} data-testid={`once-${of}`}>
        {text}
      </p>
    </section>
  );
}

/** In groups of four, as people type it. */
const secretOf = (otpauth: string): string =>
  (new URL(otpauth).searchParams.get("secret") ?? "").replace(/(.{4})(?=.)/g, "$1 ");
