/**
 * Key to pixel while two strangers with credentials of the same relay attack the session: one tries every port of the relay, the other
 * knows which ports are in use. What they send once ended every session in the house. Bounded in time and rate; nothing leaves the
 * bench's own namespaces.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { NODE, ROOT } from "../../signaling/quickstart/build.ts";
import { Part } from "../../signaling/quickstart/part.ts";
import { DEFAULT_PORTS, readSecrets } from "../../turn-config/generate.ts";
import { makeUser } from "../../turn-config/probe.ts";
import { until } from "../support/until.ts";
import type { AttackerOptions } from "./attacker.ts";
import { SCREEN } from "./desk.ts";
import { msOf, pressKeys } from "./latency.ts";
import { ADDRESS } from "./network.ts";
import { timesLost } from "./session-loss.ts";
import type { Stage } from "./stage.ts";
import { type Durations, durations, round } from "./stats.ts";
import { openTestWindow } from "./test-window.ts";

export interface AttackResult {
  readonly before: Durations;
  readonly during: Durations;
  /** During ÷ before. The goal: at most 2. */
  readonly p95Ratio: number;
  /** Times that the agent lost its viewer. The goal: none. */
  readonly sessionsLost: number;
  /** Of both strangers. */
  readonly datagrams: number;
  readonly seconds: number;
}

const SECONDS = 60;
/** Each stranger. Together a tenth of what the relay lets one name send. */
const PER_SECOND = 1_000;
const CREDENTIAL_TTL_S = 600;
const run = promisify(execFile);

export async function measureAttack(stage: Stage, n: number): Promise<AttackResult> {
  const { viewer, say } = stage;
  await viewer.connect();
  const patch = await openTestWindow(stage);
  await viewer.page.mouse.move(SCREEN.width - 20, SCREEN.height - 20);
  await stage.quiet();
  say(`${n} keys in peace`);
  const before = durations((await pressKeys(viewer.page, n)).map(msOf));
  const lostBefore = timesLost(stage);
  const ports = await portsInUse(stage);
  say(`${SECONDS} s of attack, by somebody who knows the ${ports.length} ports in use, and somebody who does not`);
  const { min, max } = DEFAULT_PORTS;
  const every = Array.from({ length: max - min + 1 }, (_, i) => min + i);
  const strangers = await Promise.all([ports, every].map((known, i) => startStranger(stage, `stranger-${i}`, known)));
  const samples: (number | null)[] = [];
  const hasEnded = () => strangers.every((stranger) => sentBy(stranger) !== undefined);
  const began = performance.now();
  while (!hasEnded() && performance.now() - began < 2 * SECONDS * 1_000)
    samples.push(...(await pressKeys(viewer.page, 1, 0)).map(msOf));
  await until("the strangers have said what they sent", hasEnded);
  const state = await viewer.page.locator("html").getAttribute("data-session");
  const datagrams = strangers.reduce((sum, stranger) => sum + (sentBy(stranger) ?? 0), 0);
  for (const stranger of strangers) await stranger.close();
  await patch.close();
  const during = durations(samples);
  return {
    before,
    during,
    p95Ratio: round(during.p95Ms / before.p95Ms, 2),
    sessionsLost: Math.max(timesLost(stage) - lostBefore, state === "live" ? 0 : 1),
    datagrams,
    seconds: SECONDS,
  };
}

/** In the office, as another PC of the house: the relay's UDP port is open to it. */
function startStranger(stage: Stage, name: string, ports: readonly number[]): Promise<Part> {
  const [secret = ""] = readSecrets(join(stage.folder, "turn.secret"));
  const options: AttackerOptions = {
    relay: { host: ADDRESS.dmzInside, port: 3478 },
    user: makeUser(secret, name, CREDENTIAL_TTL_S),
    target: { host: ADDRESS.relay, ports },
    seconds: SECONDS,
    perSecond: PER_SECOND,
  };
  const args = [join(ROOT, "test/bench/attacker.ts"), JSON.stringify(options)];
  const env = { PATH: "/usr/bin:/bin", LANG: "C.UTF-8" };
  const readyLine = (line: string) => line === "ready";
  const program = { name, command: NODE, args, env, cwd: ROOT, logs: stage.folder, keep: false, readyLine };
  return Part.start(stage.network.at("office", program));
}

/** Undefined until it has ended. */
const sentBy = (stranger: Part): number | undefined => {
  const said = /\{"sent":(\d+)\}/.exec(stranger.logs())?.[1];
  return said === undefined ? undefined : Number(said);
};

/** The relay's: of this session, at both ends. */
async function portsInUse({ network }: Stage): Promise<number[]> {
  const { stdout } = await run("ip", ["netns", "exec", network.namespace("dmz"), "cat", "/proc/net/udp"]);
  // addresses stand there as the machine holds them: 10.77.9.1 is 01094D0A
  const hex = ADDRESS.relay.split(".").map((byte) => Number(byte).toString(16).padStart(2, "0"));
  const address = hex.reverse().join("").toUpperCase();
  const ports = [...stdout.matchAll(/^\s*\d+: ([0-9A-F]{8}):([0-9A-F]{4}) /gm)].flatMap(([, host, port = ""]) =>
    host === address ? [Number.parseInt(port, 16)] : [],
  );
  if (ports.length < 2) throw new Error("the session's ports at the relay were not found");
  return ports;
}
