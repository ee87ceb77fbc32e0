/** A fleet of office PCs that connect to one server, in processes of their own. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Identity } from "../../../agent/trust/identity.ts";
import type { TerminalId } from "../../../signaling/protocol/ids.ts";
import { giveUp } from "../../support/clean-up.ts";
import { round } from "../stats.ts";
import type { Rows } from "./rows.ts";
import type { Server } from "./server.ts";

/** More would wait for each other rather than for the server. */
const PER_PROCESS = 5_000;
/** They begin like this, so many every so often (500 a second). What is measured comes later. */
const STEP = 50;
const STEP_MS = 100;
const LOOK_MS = 200;

export interface Job {
  readonly identity: Omit<Identity, "terminal" | "privateKey">;
  readonly privateKey: JsonWebKey;
  readonly terminals: readonly TerminalId[];
  /** Number of the first one. */
  readonly from: number;
  /** What the two ends need to build a connection, ms. */
  readonly setUpMs: number;
}
export type Order =
  | { kind: "prepare"; job: Job }
  | { kind: "start"; from: number; to: number }
  | { kind: "count"; reset: boolean };
export type Answer = { kind: "ready" } | ({ kind: "count" } & Count);

export interface Count {
  readonly up: number;
  /** Sessions they have said to be live. */
  readonly live: number;
  /** Sessions whose end they were told, and locks that they have said they keep. */
  readonly ended: number;
  readonly kept: number;
  /** Those that have said they have the rules that they were told, and sessions of which they were told that others hold. */
  readonly ruled: number;
  readonly sessionsRuled: number;
  /** Attempts to connect that came to nothing, and why. */
  readonly failed: number;
  readonly problems: Readonly<Record<string, number>>;
}

export interface Return extends Count {
  /** When half, nine tenths … of them were back, s; null where that did not happen in time. */
  readonly seconds: Readonly<Record<"50 %" | "90 %" | "99 %" | "100 %", number | null>>;
}

export class OfficePcs {
  readonly #total: number;
  readonly #children: ChildProcess[] = [];

  private constructor(total: number) {
    this.#total = total;
  }

  static async open(server: Server, rows: Rows, { setUpMs }: { setUpMs: number }): Promise<OfficePcs> {
    const pcs = new OfficePcs(rows.terminals.length);
    try {
      const privateKey = await crypto.subtle.exportKey("jwk", rows.keys.privateKey);
      const about = { name: "PC", organisation: "見本市", url: server.insideUrl, ca: server.ca };
      const identity = { ...about, publicKey: rows.publicKey };
      for (let from = 0; from < rows.terminals.length; from += PER_PROCESS) {
        const terminals = rows.terminals.slice(from, from + PER_PROCESS);
        await pcs.#startProcess({ identity, privateKey, terminals, from, setUpMs });
      }
      return pcs;
    } catch (error) {
      return giveUp(error, () => pcs.close());
    }
  }

  /** All of them begin, one after another. */
  async start(limitMs: number): Promise<Return> {
    const begun = performance.now();
    for (let number = 0; number < this.#total; number += STEP) {
      const from = number % PER_PROCESS;
      const to = Math.min(from + STEP, PER_PROCESS);
      this.#children[Math.floor(number / PER_PROCESS)]?.send({ kind: "start", from, to } satisfies Order);
      await pause(STEP_MS);
    }
    return this.untilUp(limitMs, begun);
  }

  /** Until all are connected, or so long. `begun`: from when on it is counted (performance.now()). */
  async untilUp(limitMs: number, begun = performance.now()): Promise<Return> {
    const seconds: Record<string, number | null> = { "50 %": null, "90 %": null, "99 %": null, "100 %": null };
    for (;;) {
      const count = await this.count();
      const elapsed = performance.now() - begun;
      for (const share of Object.keys(seconds))
        if (count.up >= (this.#total * Number.parseInt(share, 10)) / 100) seconds[share] ??= round(elapsed / 1000);
      if (count.up >= this.#total || elapsed > limitMs) return { ...count, seconds: seconds as Return["seconds"] };
      await pause(LOOK_MS);
    }
  }

  /** `reset`: what failed until now is forgotten afterwards. */
  async count({ reset = false } = {}): Promise<Count> {
    const counts = await Promise.all(this.#children.map((child) => ask(child, { kind: "count", reset })));
    let sum: Count = { up: 0, live: 0, ended: 0, kept: 0, ruled: 0, sessionsRuled: 0, failed: 0, problems: {} };
    for (const one of counts) {
      if (one.kind !== "count") continue;
      const problems = { ...sum.problems };
      for (const [words, times] of Object.entries(one.problems)) problems[words] = (problems[words] ?? 0) + times;
      const [up, live, failed] = [sum.up + one.up, sum.live + one.live, sum.failed + one.failed];
      const told = { ruled: sum.ruled + one.ruled, sessionsRuled: sum.sessionsRuled + one.sessionsRuled };
      sum = { up, live, ended: sum.ended + one.ended, kept: sum.kept + one.kept, ...told, failed, problems };
    }
    return sum;
  }

  async close(): Promise<void> {
    for (const child of this.#children.splice(0)) {
      const gone = once(child, "exit");
      if (child.exitCode === null && child.signalCode === null && child.kill("SIGKILL")) await gone;
    }
  }

  async #startProcess(job: Job): Promise<void> {
    const program = join(import.meta.dirname, "office-pcs-child.ts");
    const child = fork(program, [], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#children.push(child);
    await ask(child, { kind: "prepare", job });
  }
}

async function ask(child: ChildProcess, order: Order): Promise<Answer> {
  const died = new AbortController();
  const onExit = () => died.abort(new Error("a process of office PCs ended"));
  child.once("exit", onExit);
  try {
    const answered = once(child, "message", { signal: died.signal });
    child.send(order);
    const [answer] = await answered;
    return answer as Answer;
  } finally {
    child.off("exit", onExit);
  }
}
