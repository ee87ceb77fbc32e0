/** Through Windows itself, which says it on whatever desktop is shown, the lock screen too, and counts the time. */
import type { Power } from "./power.ts";

export async function openWindowsPower(): Promise<Power> {
  const { abortShutdown, initiateShutdown } = await import("../../native/win32/power.ts");
  let isOnItsWay = false;
  const stayOn = (): void => {
    if (isOnItsWay) abortShutdown();
    isOnItsWay = false;
  };
  return {
    async off(inS, words) {
      stayOn();
      const why = initiateShutdown(inS, words);
      isOnItsWay = why === undefined;
      return why;
    },
    stayOn,
  };
}
