/**
 * Locks the session of the person at this PC. Several programs exit with success where they have only blanked the
 * screen or told nobody, so a way counts only when logind, Windows or the program itself says that the session is locked, or
 * when the program is the locker and says nothing.
 *
 * A PC without any way to lock is told apart from one that has a way which failed: only the first is shown unlocked.
 */
import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { LockOutcome, LockState } from "../desktop/reports.ts";

interface Locker {
  readonly program: string;
  readonly lock: string;
  /** Answered with success only by a locker that runs. */
  readonly question: string;
  /** What that answer says while it is locked, and while it is not; without them it does not tell. */
  readonly says?: { readonly locked: RegExp; readonly open: RegExp };
}

const LOCKERS: readonly Locker[] = [
  {
    program: "xscreensaver-command",
    lock: "-lock",
    question: "-time",
    says: { locked: /locked since/, open: /blanked since/ },
  },
  {
    program: "light-locker-command",
    lock: "--lock",
    question: "--query",
    says: { locked: /is active/, open: /is inactive/ },
  },
  { program: "dm-tool", lock: "lock", question: "list-seats" },
];
/** One program's time, ms. */
const TIMEOUT_MS = 3_000;
/** All of it, ms: what is not locked by then is not locked in time. */
const LOCK_WITHIN_MS = 6_000;
/** A desktop takes a moment to put up its lock screen and to say so. */
const LOCKED_WITHIN_MS = 3_000;
const LOOK_EVERY_MS = 50;

/** What a program printed. `no`: it is missing or refuses. `late`: it did not answer in time. */
type Answer = { readonly text: string } | "no" | "late";
type Run = (program: string, ...args: string[]) => Promise<Answer>;
type Look = () => Promise<LockState>;

export class SessionLock {
  readonly #environment: NodeJS.ProcessEnv;
  /** Who said that it is locked can say whether it still is. */
  #look: Look | undefined;

  constructor(environment: NodeJS.ProcessEnv) {
    this.#environment = environment;
  }

  /** Takes 6 s at most. */
  async lock(): Promise<LockOutcome> {
    const end = AbortSignal.timeout(LOCK_WITHIN_MS);
    const { outcome, look } = await (process.platform === "win32" ? lockWindows(end) : lockX11(this.#environment, end));
    this.#look = look;
    return outcome;
  }

  /** Since lock(). Takes 3 s at most. */
  async state(): Promise<LockState> {
    return (await this.#look?.()) ?? "unknown";
  }
}

interface Locked {
  readonly outcome: LockOutcome;
  readonly look?: Look | undefined;
}

async function lockWindows(end: AbortSignal): Promise<Locked> {
  const { lockWorkStation, sessionLockState } = await import("../native/win32/session.ts");
  const look = async () => sessionLockState();
  if (sessionLockState() === "locked") return { outcome: "locked", look };
  return lockWorkStation() && (await becomesLocked(look, end))
    ? { outcome: "locked", look }
    : { outcome: "not-locked" };
}

async function lockX11(environment: NodeJS.ProcessEnv, end: AbortSignal): Promise<Locked> {
  const run = runner(environment, end);
  // asked after a lock, when its time is over
  const later = runner(environment);
  const [session, lockers] = await Promise.all([sessionOf(environment, run), lockersOf(environment)]);
  if (typeof session === "object") {
    const ways = [run("loginctl", "lock-session", session.text), run("xdg-screensaver", "lock")];
    const asked = await Promise.all(ways);
    const isAsked = asked.some((answer) => typeof answer === "object");
    if (isAsked && (await becomesLocked(() => hintOf(session.text, run), end)))
      return { outcome: "locked", look: () => hintOf(session.text, later) };
  }
  for (const locker of lockers) {
    if (typeof (await run(locker.program, locker.lock)) !== "object") continue;
    const state = await stateOf(locker, run);
    if (state === "unknown" || state === "locked" || (await becomesLocked(() => stateOf(locker, run), end)))
      return { outcome: "locked", look: () => stateOf(locker, later) };
  }
  return { outcome: (await hasWay(session, lockers, run)) || end.aborted ? "not-locked" : "impossible" };
}

/** Those that are installed: somebody waits for the first picture while the others are looked for. */
async function lockersOf({ PATH = "" }: NodeJS.ProcessEnv): Promise<readonly Locker[]> {
  const folders = PATH.split(delimiter).filter((folder) => folder !== "");
  const isThere = (program: string) =>
    Promise.any(folders.map((folder) => access(join(folder, program), constants.X_OK))).then(
      () => true,
      () => false,
    );
  const there = await Promise.all(LOCKERS.map(({ program }) => isThere(program)));
  return LOCKERS.filter((_locker, at) => there[at]);
}

/** What does not answer in time counts as one: it is there. */
async function hasWay(session: Answer, lockers: readonly Locker[], run: Run): Promise<boolean> {
  if ((await ofLogind(session, run)) !== "no") return true;
  for (const { program, question } of lockers) if ((await run(program, question)) !== "no") return true;
  return false;
}

export interface WaysToLock {
  /** Programs that run and would lock. */
  readonly lockers: readonly string[];
  /** logind's name of the session, if it knows one; whether the desktop obeys shows only when it is asked to lock. */
  readonly session: string | undefined;
}

/** Looks for what SessionLock could use on X11, and locks nothing. */
export async function findWaysToLock(environment: NodeJS.ProcessEnv): Promise<WaysToLock> {
  const run = runner(environment);
  const session = await ofLogind(await sessionOf(environment, run), run);
  const lockers: string[] = [];
  for (const { program, question } of await lockersOf(environment))
    if (typeof (await run(program, question)) === "object") lockers.push(program);
  return { lockers, session: typeof session === "object" ? session.text : undefined };
}

/** A session whose lock logind does not speak of is none to it. */
async function ofLogind(session: Answer, run: Run): Promise<Answer> {
  if (typeof session !== "object") return session;
  const hint = await run("loginctl", ...hintArguments(session.text));
  if (typeof hint !== "object") return hint;
  return hint.text ? session : "no";
}

async function sessionOf(environment: NodeJS.ProcessEnv, run: Run): Promise<Answer> {
  const own = environment["XDG_SESSION_ID"];
  if (own) return { text: own };
  const answer = await run("loginctl", "show-user", "--property=Display", "--value");
  return typeof answer === "object" && !answer.text ? "no" : answer;
}

const hintArguments = (session: string) => ["show-session", session, "--property=LockedHint", "--value"];

async function hintOf(session: string, run: Run): Promise<LockState> {
  const answer = await run("loginctl", ...hintArguments(session));
  if (typeof answer !== "object") return "unknown";
  return answer.text === "yes" ? "locked" : answer.text === "no" ? "open" : "unknown";
}

async function stateOf({ program, question, says }: Locker, run: Run): Promise<LockState> {
  if (!says) return "unknown";
  const answer = await run(program, question);
  if (typeof answer !== "object") return "open"; // it said that it had locked, and is gone
  return says.locked.test(answer.text) ? "locked" : says.open.test(answer.text) ? "open" : "unknown";
}

async function becomesLocked(look: Look, end: AbortSignal): Promise<boolean> {
  const until = performance.now() + LOCKED_WITHIN_MS;
  for (;;) {
    if ((await look()) === "locked") return true;
    if (end.aborted || performance.now() >= until) return false;
    await sleep(LOOK_EVERY_MS);
  }
}

const runner =
  (env: NodeJS.ProcessEnv, signal?: AbortSignal): Run =>
  (program, ...args) =>
    new Promise((resolve) =>
      execFile(program, args, { env, signal, timeout: TIMEOUT_MS, windowsHide: true }, (error, stdout) => {
        if (!error) resolve({ text: stdout.trim() });
        else resolve(error.killed || error.name === "AbortError" ? "late" : "no");
      }),
    );
