/** What every adapter of the port promises. `canSwitchOff`: whether the system lets us; `isOnItsWay`: as the system knows it. */
import { describe, expect, test } from "vitest";
import type { Power } from "../../agent/screen/power/power.ts";

export interface PowerStage {
  readonly open: () => Promise<Power>;
  /** What became of it, from the system's side, once the time is over. */
  readonly wentOff: () => Promise<boolean>;
}

const WORDS = "利用時間が終わりました。\nあと 60 秒で、このパソコンの電源を切ります。";

export function powerContract(name: string, stage: () => PowerStage): void {
  describe(`switching off: ${name}`, () => {
    test("begins and is taken back, as often as it is asked for", async () => {
      const power = await stage().open();
      expect(await power.off(3_600, WORDS)).toBeUndefined();
      expect(await power.off(3_600, WORDS)).toBeUndefined();
      power.stayOn();
      power.stayOn();
      expect(await stage().wentOff()).toBe(false);
    });

    test("there is nothing to take back where nothing has begun", async () => {
      (await stage().open()).stayOn();
      expect(await stage().wentOff()).toBe(false);
    });
  });
}
