/** Through Windows itself, which says it on whatever desktop is shown, the lock screen too, and counts the time. */
import type { Power } from "./power.ts";

export async function openWindowsPower(): Promise<Power> {
  const { abortShutdown, initiateShutdown } = await import("../../native/win32/power.ts");
  const { hasOtherUsers } = await import("../../native/win32/session.ts");
  let isOnItsWay = false;
  const stayOn = (): void => {
    if (isOnItsWay) abortShutdown();
    isOnItsWay = false;
  };
  return {
    async off(inS, words) {
      stayOn();
      if (hasOtherUsers()) return "somebody else is signed in to this PC";
      const why = initiateShutdown(inS, words);
      isOnItsWay = why === undefined;
      return why;
    },
    stayOn,
  };
}
