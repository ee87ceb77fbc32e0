/** Mails on their way out: the queue and its bound, and what is asked of the mail server before anything is told to it. */
import { afterEach, beforeAll, expect, test } from "vitest";
import type { Mail, MailOutcome } from "../../signaling/auth/outbox.ts";
import { createLog } from "../../signaling/log.ts";
import { Mails } from "../../signaling/mail/mails.ts";
import type { MailServer } from "../../signaling/mail/settings.ts";
import { MailAddress } from "../../signaling/protocol/mail-address.ts";
import { startMailServer, type TestMailServer, type TestMailServerOptions } from "../support/mail-server.ts";
import { makePki, type Pki } from "../support/pki.ts";

const NOW = 1_800_000_000_000;
const TO = MailAddress.parse("sato@city.example");
const mail = (more: Partial<Mail> = {}): Mail => ({
  to: TO,
  subject: "件名",
  text: "本文です。\n",
  until: NOW + 1,
  ...more,
});

let pki: Pki;
let box: TestMailServer | undefined;
let mails: Mails | undefined;
let logged: string[];
beforeAll(() => {
  pki = makePki({ names: ["localhost"] });
});
afterEach(async () => {
  await mails?.close();
  await box?.close();
  box = undefined;
});

async function open(
  options: TestMailServerOptions,
  more: Partial<MailServer> = {},
  maxWaiting?: number,
): Promise<Mails> {
  logged = [];
  box = await startMailServer(options);
  const server = { ...box.server, ...more };
  const log = createLog({ level: "debug", destination: { write: (line) => logged.push(line) } });
  mails = new Mails({
    server,
    log,
    counted: () => {},
    now: () => NOW,
    ...(maxWaiting !== undefined && { maxWaiting }),
  });
  return mails;
}

const tls = (from: "starttls" | "beginning") => ({ tls: { cert: pki.files.cert, key: pki.files.key, from } });
const REMOTE = { host: "localhost", isLoopback: false };

test.each(["starttls", "beginning"] as const)("TLS from %s, with a CA of one's own: it is sent", async (from) => {
  const out = await open(tls(from), { ...REMOTE, secure: from === "beginning", ca: pki.ca });
  await out.look();
  expect(logged.join()).toContain("the mail server is there");
  expect(await out.send(mail())).toEqual({ sent: true });
  const [only] = await (box as TestMailServer).reached(1);
  expect(only).toMatchObject({ subject: "件名", text: "本文です。\n" });
});

test.each(["starttls", "beginning"] as const)("TLS from %s, by nobody we know: nothing is told to it", async (from) => {
  const out = await open(tls(from), { ...REMOTE, secure: from === "beginning" });
  await out.look();
  expect(logged.join()).toContain("codes by mail will not arrive");
  expect(await out.send(mail())).toEqual({ sent: false, why: "tls" });
  expect(box?.mails()).toEqual([]);
});

test("a certificate of another name does not count", async () => {
  const out = await open(tls("starttls"), { host: "127.0.0.1", isLoopback: false, ca: pki.ca });
  expect(await out.send(mail())).toEqual({ sent: false, why: "tls" });
});

test("a server that is not on this machine and has no STARTTLS gets nothing", async () => {
  const out = await open({}, REMOTE);
  expect(await out.send(mail())).toMatchObject({ sent: false, why: "tls" });
  expect(box?.mails()).toEqual([]);
});

test("a server that does not take our name and password", async () => {
  const out = await open(tls("starttls"), { ...REMOTE, ca: pki.ca, user: "engawa", password: "secret" });
  await out.look();
  expect(await out.send(mail())).toEqual({ sent: false, why: "sign-in", answer: 535 });
  expect(logged.join()).not.toContain("secret");
});

test("the queue has a bound, and what is stopped is said", async () => {
  const out = await open({ kind: "waiting" }, {}, 2);
  const outcomes: Promise<MailOutcome>[] = [];
  // four are on their way, two wait
  for (let i = 0; i < 7; i += 1) outcomes.push(out.send(mail({ subject: `${i}` })));
  expect(await outcomes[6]).toEqual({ sent: false, why: "queue-full" });
  expect(out.size).toBe(6);
  const closed = out.close();
  expect(await Promise.all([outcomes[4], outcomes[5]])).toEqual(Array(2).fill({ sent: false, why: "closing" }));
  box?.goOn();
  expect(await Promise.all(outcomes.slice(0, 4))).toEqual(Array(4).fill({ sent: true }));
  await closed;
  expect(await out.send(mail())).toEqual({ sent: false, why: "closing" });
});

test("what is of no use any more is not sent", async () => {
  const out = await open({});
  expect(await out.send(mail({ until: NOW }))).toEqual({ sent: false, why: "too-late" });
  expect(await out.send(mail())).toEqual({ sent: true });
  expect(box?.mails()).toHaveLength(1);
});
