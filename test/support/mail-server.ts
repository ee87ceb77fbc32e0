/** A real mail server (Debian's python3-aiosmtpd) in a process of its own, and what came to it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MailServer } from "../../signaling/mail/settings.ts";
import { MailAddress } from "../../signaling/protocol/mail-address.ts";
import { freePort } from "../../signaling/quickstart/ports.ts";
import { until } from "./until.ts";

export interface ReceivedMail {
  /** By their names in lower case, unfolded, as they came. */
  readonly headers: Readonly<Record<string, string>>;
  readonly subject: string;
  readonly text: string;
  /** All of it, as it came. */
  readonly raw: string;
}

export interface TestMailServer {
  readonly port: number;
  /** As settings have it: on this machine, without TLS. */
  readonly server: MailServer;
  mails(): ReceivedMail[];
  /** Resolves when so many have come in all. */
  reached(count: number): Promise<ReceivedMail[]>;
  /** A waiting server goes on. */
  goOn(): void;
  close(): Promise<void>;
}

export interface TestMailServerOptions {
  readonly kind?: "taking" | "refusing" | "waiting";
  /** PEM files: with STARTTLS, which it insists on; or TLS from the beginning. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly from: "starttls" | "beginning" };
}

const CLASSES = {
  taking: "aiosmtpd.handlers.Mailbox",
  refusing: "mail_handlers.Refusing",
  waiting: "mail_handlers.Waiting",
};

export async function startMailServer({ kind = "taking", tls }: TestMailServerOptions = {}): Promise<TestMailServer> {
  const folder = mkdtempSync(join(tmpdir(), "engawa-mail-"));
  const box = join(folder, "box");
  const port = await freePort(undefined, "127.0.0.1");
  const own = tls?.from === "starttls" ? ["tlscert", "tlskey"] : ["smtpscert", "smtpskey"];
  const secured = tls ? [`--${own[0]}`, tls.cert, `--${own[1]}`, tls.key] : [];
  const args = [
    "-n",
    "-l",
    `127.0.0.1:${port}`,
    ...secured,
    "-c",
    CLASSES[kind],
    ...(kind === "refusing" ? [] : [box]),
  ];
  const child = spawn("aiosmtpd", args, {
    stdio: "ignore",
    env: { ...process.env, PYTHONPATH: import.meta.dirname, PYTHONDONTWRITEBYTECODE: "1" },
  });
  const exited = once(child, "exit");
  await until("the mail server listens", () => answers(port));
  const mails = (): ReceivedMail[] => {
    const from = join(box, "new");
    const names = existsSync(from) ? readdirSync(from).sort((one, other) => cameAt(one) - cameAt(other)) : [];
    return names.map((name) => parse(readFileSync(join(from, name), "latin1")));
  };
  return {
    port,
    server: mailServerAt(port),
    mails,
    async reached(count) {
      await until(`${count} mails came`, () => mails().length >= count);
      return mails();
    },
    goOn: () => void child.kill("SIGUSR1"),
    async close() {
      child.kill();
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A file of a Maildir is named for its second and microsecond, which has no noughts before it. */
function cameAt(name: string): number {
  const [, second = "", micro = ""] = /^(\d+)\.M(\d+)/.exec(name) ?? [];
  return Number(second) * 1e6 + Number(micro);
}

export const mailServerAt = (port: number): MailServer => ({
  ...{ host: "127.0.0.1", port, secure: false, isLoopback: true, user: undefined, password: undefined, ca: undefined },
  from: MailAddress.parse("engawa@city.example"),
});

/** Whether somebody listens there. */
export async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const event = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "error").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return event;
}

function parse(raw: string): ReceivedMail {
  const [head = "", ...rest] = raw.split(/\r?\n\r?\n/);
  const lines = head.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const body = rest.join("\n\n");
  const encoding = headers["content-transfer-encoding"];
  const bytes = encoding === "base64" ? Buffer.from(body, "base64") : quotedPrintable(body);
  return { headers, subject: words(headers["subject"] ?? ""), text: bytes.toString("utf8"), raw };
}

const quotedPrintable = (text: string): Buffer =>
  Buffer.from(
    text
      .replace(/=\r?\n/g, "")
      .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );

/** RFC 2047. */
const words = (text: string): string =>
  text
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_all, kind: string, coded: string) =>
      (kind.toLowerCase() === "b"
        ? Buffer.from(coded, "base64")
        : quotedPrintable(coded.replaceAll("_", " "))
      ).toString("utf8"),
    );
