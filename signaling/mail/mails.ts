/**
 * Mails that go out, one after the other and never while somebody waits for them. The queue has a bound: what comes beyond it is
 * not sent, and what is of no use any more when its turn comes is not either. Nothing is tried twice: who misses a code asks for
 * another.
 */
import { rootCertificates } from "node:tls";
import nodemailer from "nodemailer";
import type { Mail, MailOutcome, Outbox } from "../auth/outbox.ts";
import type { Log } from "../log.ts";
import type { MailServer } from "./settings.ts";

/** A town of 5,000 who all ask within one minute has its codes a few minutes later. */
const MAX_WAITING = 1_000;
const AT_ONCE = 4;
/** Of the connection, of the greeting, and of silence in between. */
const PATIENCE_MS = 15_000;
/** When the server stops, those under way get so long. */
const FAREWELL_MS = 3_000;

export interface MailsParts {
  readonly server: MailServer;
  readonly log: Log;
  readonly counted: (result: "sent" | "failed") => void;
  /** Epoch ms. */
  readonly now: () => number;
  /** For tests. */
  readonly maxWaiting?: number;
}

interface Waiting {
  readonly mail: Mail;
  readonly done: (outcome: MailOutcome) => void;
}

export class Mails implements Outbox {
  readonly #parts: MailsParts;
  readonly #transport: ReturnType<typeof transportTo>;
  readonly #waiting: Waiting[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #isClosed = false;

  constructor(parts: MailsParts) {
    this.#parts = parts;
    this.#transport = transportTo(parts.server);
  }

  /** Those that wait, and those under way. */
  get size(): number {
    return this.#waiting.length + this.#underWay.size;
  }

  /** Whether the mail server is there and lets us in: said in the log, and nothing stops for it. */
  async look(): Promise<void> {
    const { server, log } = this.#parts;
    const { host, port } = server;
    try {
      await this.#transport.verify();
      log.info({ host, port }, "the mail server is there");
    } catch (error) {
      log.error({ host, port, ...failureOf(error) }, "the mail server cannot be used: codes by mail will not arrive");
    }
  }

  send(mail: Mail): Promise<MailOutcome> {
    const { maxWaiting = MAX_WAITING, counted } = this.#parts;
    return new Promise<MailOutcome>((resolve) => {
      const done = (outcome: MailOutcome): void => {
        counted(outcome.sent ? "sent" : "failed");
        resolve(outcome);
      };
      if (this.#isClosed) done({ sent: false, why: "closing" });
      else if (this.#waiting.length >= maxWaiting) done({ sent: false, why: "queue-full" });
      else {
        this.#waiting.push({ mail, done });
        this.#begin();
      }
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { done } of this.#waiting.splice(0)) done({ sent: false, why: "closing" });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FAREWELL_MS);
    });
    await Promise.race([Promise.all(this.#underWay), late]);
    clearTimeout(timer);
    this.#transport.close();
  }

  #begin(): void {
    if (this.#underWay.size >= AT_ONCE) return;
    const way = this.#work();
    this.#underWay.add(way);
    void way.finally(() => {
      this.#underWay.delete(way);
      if (this.#waiting.length > 0) this.#begin();
    });
  }

  async #work(): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift())
      next.done(await this.#deliver(next.mail));
  }

  async #deliver({ to, subject, text, until }: Mail): Promise<MailOutcome> {
    const { server, now } = this.#parts;
    if (now() >= until) return { sent: false, why: "too-late" };
    try {
      await this.#transport.sendMail({
        ...{ from: { name: "Engawa", address: server.from }, to: { name: "", address: to }, subject, text },
        date: new Date(now()),
        // RFC 3834 §5: nobody's absence notice answers it
        headers: { "Auto-Submitted": "auto-generated" },
      });
      return { sent: true };
    } catch (error) {
      return { sent: false, ...failureOf(error) };
    }
  }
}

function transportTo({ host, port, secure, isLoopback, user, password, ca }: MailServer) {
  return nodemailer.createTransport(
    {
      ...{ host, port, secure },
      // on this machine nobody listens in, and certificates are of no name that could be verified
      ...(isLoopback && !secure ? { ignoreTLS: true } : { requireTLS: !secure }),
      ...(user !== undefined && { auth: { user, pass: password ?? "" } }),
      tls: {
        minVersion: "TLSv1.2",
        rejectUnauthorized: true,
        ...(ca !== undefined && { ca: [...rootCertificates, ca] }),
      },
      ...{ connectionTimeout: PATIENCE_MS, greetingTimeout: PATIENCE_MS, socketTimeout: PATIENCE_MS },
      ...{ disableFileAccess: true, disableUrlAccess: true },
    },
    { xMailer: false },
  );
}

type Failure = Omit<Extract<MailOutcome, { sent: false }>, "sent">;

/** In a few words of our own: the mail server's may hold the address. */
function failureOf(error: unknown): Failure {
  const { code, responseCode, message = "" } = error as { code?: string; responseCode?: number; message?: string };
  const answer = responseCode === undefined ? {} : { answer: responseCode };
  if (code === "EAUTH") return { why: "sign-in", ...answer };
  // a certificate that is not trusted comes as any other trouble of the socket
  if (code === "ETLS" || /certificate|SSL|TLS/i.test(message)) return { why: "tls", ...answer };
  return { why: responseCode === undefined ? "unreachable" : "refused", ...answer };
}
