/**
 * A process full of office PCs, each with the product's own `Link`, from one address. Told what to do by office-pcs.ts. Where a
 * session is opened they play the agent's part in its negotiation, without any media.
 */

import { openLog } from "../../../agent/log.ts";
import { Network } from "../../../agent/network/network.ts";
import { Link } from "../../../agent/server/link.ts";
import { Ending } from "../../../agent/session/ending.ts";
import type { SessionId, TerminalId } from "../../../signaling/protocol/ids.ts";
import type { SessionPolicy } from "../../../signaling/protocol/policy.ts";
import type { ToAgent } from "../../../signaling/protocol/signal.ts";
import { sign } from "../../../signaling/protocol/signed.ts";
import { MacAddress, type WiredInterface } from "../../../signaling/protocol/wake.ts";
import type { Answer, Job, Order } from "./office-pcs.ts";
import { surroundings } from "./surroundings.ts";

const P256 = { name: "ECDSA", namedCurve: "P-256" };
/** As long as a real offer with its relay candidates. */
const SDP = `v=0\r\n${"a=x-padding:0123456789012345678901234567890123456789\r\n".repeat(50)}`;
/** As often as the agent looks for the end of a session, and as long as a PC takes to lock. */
const TICK_MS = 500;
const LOCK_MS = 1_000;

const reply = (answer: Answer): void => void process.send?.(answer);
const links: Link[] = [];
let problems: Record<string, number> = {};
let attempts = 0;
let live = 0;
let ended = 0;
let kept = 0;
const ruled = new Set<Link>();
let sessionsRuled = 0;

interface Running {
  readonly link: Link;
  readonly ending: Ending;
}
const running = new Map<SessionId, Running>();

function follow(link: Link, session: SessionId, policy: SessionPolicy | undefined): void {
  const { ending } = running.get(session) ?? { ending: new Ending() };
  running.set(session, { link, ending });
  ending.follow(policy, undefined, performance.now());
}

/** The end that the clock gives sessions: each office PC ends its own, and locks itself. */
setInterval(() => {
  const now = performance.now();
  for (const [session, { link, ending }] of running) {
    const reason = ending.over(now);
    if (!reason) continue;
    link.send({ type: "session-end", session, reason });
    lock(link, session);
  }
}, TICK_MS).unref();

/** Once for each session. */
function lock(link: Link, session: SessionId): void {
  if (!running.delete(session)) return;
  setTimeout(() => protect(link, session, "locked"), LOCK_MS);
}

function protect(link: Link, session: SessionId, event: "covered" | "locked"): void {
  link.send({ type: "protection", session, event, at: Date.now(), reason: "ended" });
}

async function prepare({ identity, privateKey, terminals, setUpMs, from }: Job): Promise<void> {
  const network = await Network.open({ proxy: { kind: "direct" }, caFile: undefined });
  const key = await crypto.subtle.importKey("jwk", privateKey, P256, false, ["sign"]);
  const signature = await sign(key, "any");
  const log = openLog("warn", { write: (line) => note(JSON.parse(line) as Record<string, unknown>) });
  const open = (terminal: TerminalId, number: number): Link => {
    const link: Link = new Link({
      network,
      identity: { ...identity, terminal, privateKey: key },
      log,
      surroundings: surroundings(),
      handlers: {
        welcome: () => {
          link.send({ type: "sessions", running: [] });
          link.send({ type: "interfaces", interfaces: [wired(number)], wakesOthers: true });
        },
        heard: () => {},
        message: (message) => negotiate(link, message, { signature, setUpMs }),
      },
    });
    return link;
  };
  links.push(...terminals.map((terminal, i) => open(terminal, from + i)));
}

function note({ detail, problem, closeCode, closeReason }: Record<string, unknown>): void {
  attempts += 1;
  const words = String(detail ?? problem ?? (closeReason || closeCode)).replace(/\d+\.\d+\.\d+\.\d+:\d+/g, "…");
  problems[words] = (problems[words] ?? 0) + 1;
}

/** Sixty PCs to a segment. */
function wired(number: number): WiredInterface {
  const bytes = [16, 8, 0].map((shift) => (number >> shift) & 255);
  const mac = `02:00:00:${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":")}`;
  const segment = Math.floor(number / 60);
  return {
    mac: MacAddress.parse(mac),
    address: `10.${segment >> 8}.${segment & 255}.${2 + (number % 60)}`,
    prefix: 24,
  };
}

function negotiate(
  link: Link,
  message: ToAgent,
  { signature, setUpMs }: { signature: Awaited<ReturnType<typeof sign>>; setUpMs: number },
): void {
  if (message.type === "session-open") {
    const { session, attempt } = message;
    follow(link, session, message.policy);
    setTimeout(() => link.send({ type: "offer", session, attempt, sdp: SDP, signature }), setUpMs / 2);
  } else if (message.type === "answer") {
    const { session, attempt } = message;
    setTimeout(() => {
      if (link.send({ type: "session-live", session, attempt })) live += 1;
    }, setUpMs / 2);
  } else if (message.type === "policies") {
    const ids = message.policies.map(({ id }) => id);
    if (link.send({ type: "policies-kept", ids })) ruled.add(link);
  } else if (message.type === "session-policy") {
    sessionsRuled += 1;
    follow(link, message.session, message.policy);
    // the cover that it asks for is put up at once
    protect(link, message.session, "covered");
  } else if (message.type === "session-end") {
    ended += 1;
    lock(link, message.session);
  } else if (message.type === "lock" && link.send({ type: "lock-kept", lock: message.order.lock })) kept += 1;
}

process.on("message", async (order: Order) => {
  if (order.kind === "prepare") {
    await prepare(order.job);
    reply({ kind: "ready" });
  } else if (order.kind === "start") {
    for (const link of links.slice(order.from, order.to)) link.start();
  } else {
    reply({
      kind: "count",
      up: links.filter((link) => link.isUp).length,
      live,
      ended,
      kept,
      ruled: ruled.size,
      sessionsRuled,
      failed: attempts,
      problems,
    });
    if (order.reset) {
      problems = {};
      attempts = 0;
    }
  }
});
process.on("disconnect", () => process.exit(0));
