/** Where mails go out, as those see it who have one to send (mail/mails.ts). */
import type { MailAddress } from "../protocol/mail-address.ts";

export interface Mail {
  readonly to: MailAddress;
  readonly subject: string;
  /** Plain. */
  readonly text: string;
  /** Afterwards it is of no use to anybody, epoch ms. */
  readonly until: number;
}

/** Why a mail was not sent; `answer`: of the mail server, its number. What else it says may hold the address. */
export type MailOutcome =
  | { readonly sent: true }
  | {
      readonly sent: false;
      readonly why: "queue-full" | "too-late" | "closing" | "refused" | "sign-in" | "tls" | "unreachable";
      readonly answer?: number | undefined;
    };

export interface Outbox {
  /** Returns at once; the outcome comes later, and is never an exception. */
  send(mail: Mail): Promise<MailOutcome>;
}
