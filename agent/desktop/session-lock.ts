/**
 * Locks the session of the person at this PC. Several programs exit with success where they have only blanked the
 * screen or told nobody, so a way counts only when logind (or Windows) says that the session is locked, or when the
 * program is itself the locker.
 */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

const LOCKERS: readonly (readonly [program: string, ...args: string[]])[] = [
  ["xscreensaver-command", "-lock"],
  ["light-locker-command", "--lock"],
  ["dm-tool", "lock"],
];
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
  const session =
    environment["XDG_SESSION_ID"] || (await run("loginctl", "show-user", "--property=Display", "--value"));
  if (session) {
    const asked = [await run("loginctl", "lock-session", session), await run("xdg-screensaver", "lock")];
    if (asked.some((answer) => answer !== undefined) && (await saysLocked(session, run))) return true;
  }
  for (const [program, ...args] of LOCKERS) if ((await run(program, ...args)) !== undefined) return true;
  return false;
}

type Run = (program: string, ...args: string[]) => Promise<string | undefined>;

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
