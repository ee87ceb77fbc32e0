/**
 * What happened, as those saw it who are no part of the server: each act of a person, an office PC or an administrator when it
 * begins and when its answer comes, and each thing that was done to the server. One JSON object a line, each appended by one write
 * of the process that saw it, so that a killed one leaves whole lines. Times are of the machine's monotonic clock, the same in all
 * processes; nobody's clock that jumps has a part in it.
 */
import { appendFileSync, closeSync, existsSync, openSync, readFileSync } from "node:fs";
import type { EndReason } from "../../../signaling/protocol/errors.ts";

/** `unknown`: no answer came; it may have been done. */
export type Phase = "asked" | "done" | "refused" | "unknown";

/** What an administrator does that takes something away, and what gives it back. */
export const REVOKING = {
  "device.remove": "device.approve",
  "grant.remove": "grant.add",
  "lock.add": "lock.lift",
  "person.sign-out": undefined,
  "session.end": undefined,
} as const;
export type Revoking = keyof typeof REVOKING;
export type AdminAct = Revoking | "device.approve" | "grant.add" | "lock.lift" | "terminal.token";

/** What can be done to it. `of`: which node. */
export const FAULTS = [
  "kill",
  "restart",
  "stop",
  "cut-agents",
  "cut-pages",
  "cut-front",
  "cut-nodes",
  "cut-database",
  "clock",
  "disk-full",
  "database-kill",
] as const;
export type FaultKind = (typeof FAULTS)[number];

interface SignInTry {
  readonly kind: "sign-in";
  readonly op: number;
  readonly login: string;
  /** Names the one-time code: its step of 30 s. */
  readonly code: number;
  readonly phase: Phase;
  readonly why?: string | undefined;
}

interface EnrolTry {
  readonly kind: "enrol";
  readonly op: number;
  /** The terminal that the token is for; each token is for one of its own. */
  readonly token: string;
  readonly phase: Phase;
  readonly why?: string | undefined;
}

interface Act {
  readonly kind: "act";
  readonly op: number;
  readonly act: AdminAct;
  readonly phase: Phase;
  readonly login?: string | undefined;
  readonly terminal?: string | undefined;
  readonly session?: string | undefined;
  readonly why?: string | undefined;
}

/** Of a page. `gone`: its person has closed it. `told`: its end, as the server says it. `heard`: it had chosen the end, and the server has acknowledged that. */
interface OfPage {
  readonly kind: "page";
  readonly login: string;
  readonly what:
    | "up"
    | "down"
    | "gone"
    | "asks"
    | "opened"
    | "ends"
    | "told"
    | "heard"
    | "signs-out"
    | "signed-out"
    | "refused";
  readonly terminal?: string | undefined;
  readonly session?: string | undefined;
  readonly reason?: string | undefined;
}

/** Of an office PC. `live`: it is under control now. `end`: it is not any more, `by` whose word. */
interface OfPc {
  readonly kind: "pc";
  readonly terminal: string;
  readonly what: "up" | "down" | "open" | "live" | "interrupted" | "end" | "in-use";
  readonly session?: string | undefined;
  readonly login?: string | undefined;
  readonly reason?: EndReason | undefined;
  readonly by?: "server" | "itself" | undefined;
}

/** `ready`: the killed one serves again. */
interface Fault {
  readonly kind: "fault";
  readonly fault: FaultKind;
  readonly of: number;
  readonly phase: "begin" | "end" | "ready";
  readonly seconds?: number | undefined;
}

/** A process of the server ended, and nobody had asked for it. */
interface Crash {
  readonly kind: "crash";
  readonly what: string;
}

/** From `quiet` on nothing is done to the server, and everybody comes to an end; `over`: they have. */
interface Mark {
  readonly kind: "mark";
  readonly what: "begin" | "quiet" | "over";
}

export type Happening = SignInTry | EnrolTry | Act | OfPage | OfPc | Fault | Crash | Mark;
export type Line = Happening & { readonly at: number };

/** ms of CLOCK_MONOTONIC. */
export const monotonic = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;

export interface History {
  add(happening: Happening): void;
  close(): void;
}

export function openHistory(path: string): History {
  const file = openSync(path, "a");
  return {
    add: (happening) => appendFileSync(file, `${JSON.stringify({ at: monotonic(), ...happening })}\n`),
    close: () => closeSync(file),
  };
}

/** Of all these files, in the order in which it happened. */
export function readHistory(...paths: readonly string[]): Line[] {
  const texts = paths.filter((path) => existsSync(path)).map((path) => readFileSync(path, "utf8"));
  const rows = texts.flatMap((text) => text.split("\n").filter((row) => row !== ""));
  return rows.map((row) => JSON.parse(row) as Line).sort((a, b) => a.at - b.at);
}
