/**
 * Proves of a running relay, by talking to it, that it lets nobody in but signaling's clients and leads nowhere but to
 * itself.
 *
 *   npm run turn:check -- --server 10.0.0.5:3478 --secret-file turn.secret [--relay-ip 10.99.0.1] [--lang en] [--json]
 *
 * Ends with 0 when everything holds, with 1 when something does not, with 2 when it cannot be asked. It sends no packet
 * to any peer but the relay itself: a permission that is granted is finding enough.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { ATTRIBUTE, FAMILY, METHOD } from "../signaling/protocol/stun.ts";
import { readSecrets } from "./generate.ts";
import {
  makeUser,
  openProbe,
  type Probe,
  type ProbeOptions,
  type ProbeTransport,
  relayedAddress,
  TRANSPORT,
  type User,
} from "./probe.ts";
import type { Address, Answer, Attribute } from "./stun.ts";
import { type CheckId, type Language, words } from "./words.ts";

/** Enough for the checks; the relay forgets what was made within the same time. */
const USER_TTL_S = 60;
/** A user quota above this is as good as none. */
const QUOTA_CEILING = 32;
/** Datagrams each way; lost ones are sent again. */
const MESSAGES = 10;
const RESEND_MS = 200;

/** Where a relay must never lead (facts of CVE-2020-26262 and CVE-2026-27624, RFC 1918, RFC 6890, link-local services). */
const FORBIDDEN_IPV4 = [
  "127.0.0.1",
  "0.0.0.0",
  "10.0.0.1",
  "172.16.0.1",
  "192.168.0.1",
  "100.64.0.1",
  "169.254.169.254",
  "8.8.8.8",
  "224.0.0.1",
  "255.255.255.255",
];
const FORBIDDEN_IPV6 = [
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:10.0.0.1",
  "::ffff:0.0.0.0",
  "64:ff9b::7f00:1",
  "2002:7f00:1::",
  "fe80::1",
  "fd00::1",
  "2001:4860:4860::8888",
];

export type CheckOptions = {
  server: Address;
  secret: string;
  /** What the relay's own address should be. Without it, what the relay says is believed. */
  relayIp?: string;
  transport?: ProbeTransport;
  ca?: string | Buffer;
  servername?: string;
  timeoutMs?: number;
};
/** `about`: the peer, where the check is about one. `seen`: what the relay did. */
export type CheckResult = { id: CheckId; ok: boolean; about?: string; seen: string };
export type CheckReport = { ok: boolean; results: CheckResult[] };

export async function checkRelay(options: CheckOptions): Promise<CheckReport> {
  const check = new Check(options);
  try {
    await check.run();
  } finally {
    await check.close();
  }
  return { ok: check.results.every(({ ok }) => ok), results: check.results };
}

const told = (answer: Answer) => (answer.kind === "error" ? `${answer.code}` : answer.kind);

class Check {
  readonly results: CheckResult[] = [];
  readonly #options: CheckOptions;
  readonly #probes: [Probe, User][] = [];

  constructor(options: CheckOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    if (!(await this.#refusesStrangers())) return;
    const allocation = await this.#allocates();
    if (allocation === undefined) return;
    const { probe, user, relayed } = allocation;
    const six = await this.#ipv6Allocation();
    await this.#peers(
      probe,
      user,
      [...FORBIDDEN_IPV4, this.#options.server.host].filter((ip) => ip !== relayed.host),
    );
    await this.#peers(six?.probe ?? probe, six?.user ?? user, FORBIDDEN_IPV6);
    await this.#tcpRelay();
    await this.#quota();
    await this.#data(probe, user, relayed);
  }

  /** Gives back what was allocated: the relay should look afterwards as before. */
  async close(): Promise<void> {
    for (const [probe, user] of this.#probes.splice(0)) {
      await probe.release(user).catch(() => {});
      await probe.close();
    }
  }

  #note(id: CheckId, ok: boolean, seen: string, about?: string): boolean {
    this.results.push({ id, ok, seen, ...(about !== undefined && { about }) });
    return ok;
  }

  #user(ttlS = USER_TTL_S): User {
    return makeUser(this.#options.secret, `turn-check-${randomBytes(6).toString("hex")}`, ttlS);
  }

  async #open(user: User, transport = this.#options.transport): Promise<Probe> {
    const { server, ca, servername, timeoutMs } = this.#options;
    const options: ProbeOptions = {
      ...server,
      ...(transport && { transport }),
      ...(ca && { ca }),
      ...(servername && { servername }),
      ...(timeoutMs && { timeoutMs }),
    };
    const probe = await openProbe(options);
    this.#probes.push([probe, user]);
    return probe;
  }

  async #refusesStrangers(): Promise<boolean> {
    const user = this.#user();
    let answer: Answer;
    try {
      const probe = await this.#open(user);
      answer = await probe.askChallenge();
    } catch (error) {
      return this.#note("answers", false, (error as Error).message);
    }
    this.#note("answers", true, told(answer));
    if (!this.#note("no-credentials", answer.code === 401, told(answer))) return false;
    await this.#mustRefuse("wrong-password", { ...user, password: "wrong" });
    await this.#mustRefuse("expired", this.#user(-10));
    return true;
  }

  async #mustRefuse(id: CheckId, user: User): Promise<void> {
    const probe = await this.#open(user);
    const answer = await probe.allocate(user);
    this.#note(id, answer.code === 401, told(answer));
  }

  async #allocates(): Promise<{ probe: Probe; user: User; relayed: Address } | undefined> {
    const user = this.#user();
    const probe = await this.#open(user);
    const answer = await probe.allocate(user);
    const relayed = relayedAddress(answer);
    const expected = this.#options.relayIp;
    const isRight = relayed !== undefined && !relayed.host.includes(":") && (expected ?? relayed.host) === relayed.host;
    this.#note("allocates", isRight, relayed ? `${relayed.host}:${relayed.port}` : told(answer));
    return relayed && { probe, user, relayed };
  }

  async #ipv6Allocation(): Promise<{ probe: Probe; user: User } | undefined> {
    const user = this.#user();
    const probe = await this.#open(user);
    const answer = await probe.allocate(user, [
      [ATTRIBUTE.requestedAddressFamily, Buffer.from([FAMILY.ipv6, 0, 0, 0])],
    ]);
    this.#note("ipv6-allocation", answer.kind === "error", told(answer));
    return answer.kind === "success" ? { probe, user } : undefined;
  }

  /** Both ways to a permission: CreatePermission and ChannelBind. */
  async #peers(probe: Probe, user: User, hosts: string[]): Promise<void> {
    let channel = 0x4000;
    for (const host of hosts) {
      channel += 1;
      const answers = [await probe.permit(user, { host, port: 9 }), await probe.bind(user, channel, { host, port: 9 })];
      this.#note(
        "peer",
        answers.every(({ kind }) => kind === "error"),
        answers.map(told).join("/"),
        host,
      );
    }
  }

  /** RFC 6062 needs a TCP connection to the relay; where there is no listener for one, there is nothing to refuse. */
  async #tcpRelay(): Promise<void> {
    const user = this.#user();
    const stream = this.#options.transport === "tls" ? "tls" : "tcp";
    let probe: Probe;
    try {
      probe = await this.#open(user, stream);
    } catch (error) {
      this.#note("tcp-relay", true, (error as NodeJS.ErrnoException).code ?? "no connection");
      return;
    }
    const answer = await probe.askAs(user, METHOD.allocate, [transport(TRANSPORT.tcp)]);
    this.#note("tcp-relay", answer.kind === "error", told(answer));
  }

  async #quota(): Promise<void> {
    const user = this.#user();
    for (let count = 0; count <= QUOTA_CEILING; count += 1) {
      const answer = await (await this.#open(user)).allocate(user);
      if (answer.kind === "success") continue;
      this.#note("quota", answer.code === 486 && count > 0, `${answer.code} (${count})`);
      return;
    }
    this.#note("quota", false, `> ${QUOTA_CEILING}`);
  }

  async #data(probe: Probe, user: User, relayed: Address): Promise<void> {
    const otherUser = this.#user();
    const other = await this.#open(otherUser);
    const otherRelayed = relayedAddress(await other.allocate(otherUser));
    if (otherRelayed === undefined) {
      this.#note("own-relay", false, "no second allocation");
      return;
    }
    const answers = [await probe.permit(user, otherRelayed), await other.permit(otherUser, relayed)];
    const isOpen = answers.every(({ kind }) => kind === "success");
    if (!this.#note("own-relay", isOpen, answers.map(told).join("/"), relayed.host)) return;
    const arrived = [await pass(probe, other, otherRelayed), await pass(other, probe, relayed)];
    this.#note(
      "data",
      arrived.every((count) => count === MESSAGES),
      `${arrived.join("+")} / ${2 * MESSAGES}`,
    );
  }
}

const transport = (protocol: number): Attribute => [ATTRIBUTE.requestedTransport, Buffer.from([protocol, 0, 0, 0])];

/** Sends numbered datagrams until each has arrived, three times at most. Answers how many did. */
async function pass(from: Probe, to: Probe, at: Address): Promise<number> {
  const missing = new Set(Array.from({ length: MESSAGES }, (_, index) => index));
  const { promise: complete, resolve } = Promise.withResolvers<void>();
  to.onData = (data) => {
    missing.delete(data[0] ?? -1);
    if (missing.size === 0) resolve();
  };
  for (let round = 0; round < 3 && missing.size > 0; round += 1) {
    for (const index of missing) from.sendTo(at, Buffer.from([index]));
    const waited = Promise.withResolvers<void>();
    const timer = setTimeout(waited.resolve, RESEND_MS * 2 ** round);
    await Promise.race([complete, waited.promise]);
    clearTimeout(timer);
  }
  return MESSAGES - missing.size;
}

/** One line for each check; a failed one says what to do. */
export function lines(report: CheckReport, language: Language): string[] {
  return report.results.map(({ id, ok, about, seen }) => {
    const { what, advice } = words(id, language, about);
    return ok ? `OK  ${what} [${seen}]` : `NG  ${what} [${seen}] → ${advice}`;
  });
}

const USAGE = `usage: turn:check --server HOST:PORT --secret-file FILE [--relay-ip IP] [--transport udp|tcp|tls] [--ca FILE]
  [--servername NAME] [--lang ja|en] [--json]`;

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      server: { type: "string" },
      "secret-file": { type: "string" },
      "relay-ip": { type: "string" },
      transport: { type: "string", default: "udp" },
      ca: { type: "string" },
      servername: { type: "string" },
      lang: { type: "string", default: "ja" },
      json: { type: "boolean", default: false },
    },
  });
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(values.server ?? "") ?? [];
  const kind = (["udp", "tcp", "tls"] as const).find((known) => known === values.transport);
  if (!host || !port || !values["secret-file"] || !kind) throw new Error(USAGE);
  const [secret] = readSecrets(values["secret-file"]);
  if (secret === undefined) throw new Error(`${values["secret-file"]}: holds no secret`);
  const report = await checkRelay({
    server: { host, port: Number(port) },
    secret,
    transport: kind,
    ...(values["relay-ip"] !== undefined && { relayIp: values["relay-ip"] }),
    ...(values.ca !== undefined && { ca: readFileSync(values.ca) }),
    ...(values.servername !== undefined && { servername: values.servername }),
  });
  const language = values.lang === "en" ? "en" : "ja";
  console.log(values.json ? JSON.stringify(report) : lines(report, language).join("\n"));
  return report.ok ? 0 : 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 2;
  }
}
