/**
 * Locks the session of the person at this PC. Several programs exit with success where they have only blanked the
 * screen or told nobody, so a way counts only when logind (or Windows) says that the session is locked, or when the
 * program is itself the locker.
 */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** Programs that lock: how they are told to, and a question that they answer with success only when they could. */
const LOCKERS = [
  { program: "xscreensaver-command", lock: "-lock", question: "-time" },
  { program: "light-locker-command", lock: "--lock", question: "--query" },
  { program: "dm-tool", lock: "lock", question: "list-seats" },
] as const;
const TIMEOUT_MS = 3000;
/** A desktop takes a moment to put up its lock screen and to say so. */
const LOCK_CHECKS = 10;
const LOCK_CHECK_INTERVAL_MS = 200;

/** False when no way was found: the caller must not say that the PC is locked. */
export function lockSession(environment: NodeJS.ProcessEnv): Promise<boolean> {
  return process.platform === "win32" ? lockWindows() : lockX11(environment);
}

async function lockWindows(): Promise<boolean> {
  const { isSessionLocked, lockWorkStation } = await import("./native/win32-session.ts");
  return lockWorkStation() && becomesTrue(async () => isSessionLocked());
}

async function lockX11(environment: NodeJS.ProcessEnv): Promise<boolean> {
  const run = (program: string, ...args: string[]) => output(program, args, environment);
  const session = await sessionOf(environment, run);
  if (session) {
    const asked = [await run("loginctl", "lock-session", session), await run("xdg-screensaver", "lock")];
    if (asked.some((answer) => answer !== undefined) && (await saysLocked(session, run))) return true;
  }
  for (const { program, lock } of LOCKERS) if ((await run(program, lock)) !== undefined) return true;
  return false;
}

export interface WaysToLock {
  /** Programs that run and would lock. */
  readonly lockers: readonly string[];
  /** logind's name of the session, if it knows one; whether the desktop obeys shows only when it is asked to lock. */
  readonly session: string | undefined;
}

/** Looks for what lockSession could use on X11, and locks nothing. */
export async function findWaysToLock(environment: NodeJS.ProcessEnv): Promise<WaysToLock> {
  const run = (program: string, ...args: string[]) => output(program, args, environment);
  const session = await sessionOf(environment, run);
  const hint = session && (await run("loginctl", "show-session", session, "--property=LockedHint", "--value"));
  const lockers: string[] = [];
  for (const { program, question } of LOCKERS) if ((await run(program, question)) !== undefined) lockers.push(program);
  return { lockers, session: hint ? session : undefined };
}

type Run = (program: string, ...args: string[]) => Promise<string | undefined>;

const sessionOf = async (environment: NodeJS.ProcessEnv, run: Run): Promise<string | undefined> =>
  environment["XDG_SESSION_ID"] || (await run("loginctl", "show-user", "--property=Display", "--value"));

async function saysLocked(session: string, run: Run): Promise<boolean> {
  const hint = () => run("loginctl", "show-session", session, "--property=LockedHint", "--value");
  return becomesTrue(async () => (await hint()) === "yes");
}

async function becomesTrue(isLocked: () => Promise<boolean>): Promise<boolean> {
  for (let check = 0; check < LOCK_CHECKS; check++) {
    if (await isLocked()) return true;
    await sleep(LOCK_CHECK_INTERVAL_MS);
  }
  return false;
}

/** What it printed; undefined: it is missing, failed, or took too long. */
function output(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return new Promise((resolve) =>
    execFile(program, args, { env, timeout: TIMEOUT_MS, windowsHide: true }, (error, stdout) =>
      resolve(error ? undefined : stdout.trim()),
    ),
  );
}
