/** Through Windows itself, which says it on whatever desktop is shown, the lock screen too, and counts the time. */
import type { Power } from "./power.ts";

export interface WindowsPowerParts {
  readonly initiateShutdown: (inS: number, words: string) => string | undefined;
  readonly abortShutdown: () => void;
  readonly hasOtherUsers: () => boolean;
  /** It was on its way, and was taken back. */
  readonly failed: (why: string) => void;
}

const LOOK_EVERY_MS = 1_000;
const OTHERS = "somebody else is signed in to this PC";

export async function openWindowsPower(failed: WindowsPowerParts["failed"]): Promise<Power> {
  const { abortShutdown, initiateShutdown } = await import("../../native/win32/power.ts");
  const { hasOtherUsers } = await import("../../native/win32/session.ts");
  return windowsPower({ abortShutdown, initiateShutdown, hasOtherUsers, failed });
}

export function windowsPower({ initiateShutdown, abortShutdown, hasOtherUsers, failed }: WindowsPowerParts): Power {
  let timer: NodeJS.Timeout | undefined;
  const forget = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  // a colleague may sign in from the lock screen without opening it
  const look = (): void => {
    if (!hasOtherUsers()) return;
    forget();
    abortShutdown();
    failed(OTHERS);
  };
  return {
    async off(inS, words) {
      if (timer) abortShutdown();
      forget();
      if (hasOtherUsers()) return OTHERS;
      const why = initiateShutdown(inS, words);
      if (why === undefined) {
        timer = setInterval(look, LOOK_EVERY_MS);
        timer.unref();
      }
      return why;
    },
    // Windows goes on counting when the process that asked it has died: its successor takes that back, too
    stayOn() {
      forget();
      abortShutdown();
    },
  };
}
