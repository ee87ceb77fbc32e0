/**
 * Through systemd's logind, as the person whose session it is: polkit lets who sits at the PC do that, and nobody while others are
 * signed in to it (org.freedesktop.login1.power-off-multiple-sessions). No rights of an administrator are asked for.
 */
import { execFile } from "node:child_process";
import type { Power } from "./power.ts";

const TIMEOUT_MS = 5_000;
const CAN = [
  ...["call", "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "CanPowerOff"],
];

/** `failed`: it was on its way, and the system refused in the end. */
export function openLogindPower(environment: NodeJS.ProcessEnv, failed: (why: string) => void): Power {
  let timer: NodeJS.Timeout | undefined;
  const run = (program: string, ...args: string[]): Promise<string | Error> =>
    new Promise((resolve) =>
      execFile(program, args, { env: environment, timeout: TIMEOUT_MS }, (error, stdout) => resolve(error ?? stdout)),
    );
  const switchOff = async (): Promise<void> => {
    const answer = await run("systemctl", "poweroff", "--no-ask-password");
    if (answer instanceof Error) failed(answer.message);
  };
  return {
    async off(inS) {
      clearTimeout(timer);
      const answer = await run("busctl", ...CAN);
      if (answer instanceof Error) return `logind cannot be asked: ${answer.message}`;
      if (!answer.includes('"yes"')) return `logind does not let this session switch the PC off: ${answer.trim()}`;
      timer = setTimeout(() => void switchOff(), inS * 1_000);
      return undefined;
    },
    stayOn: () => clearTimeout(timer),
  };
}
