import { expect, test } from "vitest";
import { type Drift, driftOf, follow, learn, MAX_DRIFT_MS, NearMisses, phoneTime } from "../../signaling/auth/drift.ts";
import { codeAt, newSeed, STEP_MS, stepNear, stepOf } from "../../signaling/auth/totp.ts";

const NOON = Math.floor(1_800_000_000_000 / STEP_MS) * STEP_MS;
const stepAt = (at: number) => Math.floor(at / STEP_MS);

test.each([-MAX_DRIFT_MS + 30_000, -40_000, -31_000, 31_000, 40_000, MAX_DRIFT_MS - 30_000])(
  "a phone that is %i ms ahead is learnt by two codes in a row",
  (aheadMs) => {
    for (let phase = 0; phase < STEP_MS; phase += 1_000) {
      const [first, second] = [NOON + phase, NOON + phase + STEP_MS].map((at) => ({ at, step: stepAt(at + aheadMs) }));
      if (!first || !second) throw new Error();
      const drift = learn(first, second);
      if (!drift) throw new Error(`not learnt at ${phase}`);
      expect(drift.lowMs).toBeLessThanOrEqual(aheadMs);
      expect(drift.highMs).toBeGreaterThan(aheadMs);
      // the very code that taught it counts
      expect(stepAt(phoneTime(second.at, drift))).toBe(second.step);
    }
  },
);

test("codes that are no neighbours, the same, or too far apart in time teach nothing", () => {
  const first = { at: NOON, step: stepAt(NOON) + 3 };
  for (const second of [
    { at: NOON + 30_000, step: first.step },
    { at: NOON + 30_000, step: first.step + 2 },
    { at: NOON + 30_000, step: first.step - 1 },
    { at: NOON + 61_000, step: first.step + 1 },
    { at: NOON - 1, step: first.step + 1 },
  ])
    expect(learn(first, second)).toBeUndefined();
});

test("a code counts for 30 s and not longer, however wrong the phone is", () => {
  const drift = { lowMs: 100_000, highMs: 130_000, at: NOON };
  const seed = newSeed();
  const code = codeAt(seed, NOON);
  const counts = (at: number) => stepOf({ seed, code, at: phoneTime(at, drift) }) !== undefined;
  const lived = Array.from({ length: 400 }, (_, s) => NOON - 200_000 + s * 1_000).filter(counts);
  expect(lived).toHaveLength(30);
});

test("a year with a phone that loses a second a day: a second code is needed seldom", () => {
  let drift: Drift | undefined;
  const misses = new NearMisses();
  let refused = 0;
  const DAYS = 220;
  for (let day = 0; day < DAYS; day += 1) {
    const aheadMs = 45_000 - day * 1_000;
    const morning = NOON + day * 86_400_000 + ((day * 7_919) % 30_000);
    for (let at = morning; ; at += 31_000) {
      const step = stepAt(at + aheadMs);
      if (stepAt(phoneTime(at, drift)) === step) {
        drift = follow(drift, { step, at });
        misses.forget("p");
        break;
      }
      refused += 1;
      const before = misses.swap("p", { step, at });
      const learnt = before && learn(before, { step, at }, drift);
      if (learnt) {
        drift = learnt;
        break;
      }
    }
  }
  expect(refused).toBeLessThan(DAYS / 4);
});

test("a clock that is right again is no longer kept", () => {
  const drift = follow({ lowMs: -12_000, highMs: 14_000, at: NOON }, { at: NOON + 15_000, step: stepAt(NOON) });
  expect(drift).toBeUndefined();
});

test("a phone that went on drifting is believed anew", () => {
  const seen = { at: NOON + 2_000, step: stepAt(NOON) + 2 };
  expect(follow({ lowMs: 20_000, highMs: 25_000, at: NOON }, seen)).toEqual(driftOf(seen));
});

test("codes of other times are found up to five minutes away", () => {
  const seed = newSeed();
  for (const steps of [-10, -1, 0, 1, 10]) {
    const at = NOON + 3_000;
    const code = codeAt(seed, at + steps * STEP_MS);
    expect(stepNear({ seed, code, at, toleranceMs: MAX_DRIFT_MS })).toBe(stepAt(at) + steps);
  }
  const far = codeAt(seed, NOON + 14 * STEP_MS);
  expect(stepNear({ seed, code: far, at: NOON, toleranceMs: MAX_DRIFT_MS })).toBeUndefined();
});

test("near misses are kept for a minute, and not for more than a thousand people", () => {
  const misses = new NearMisses();
  expect(misses.swap("a", { step: 1, at: NOON })).toBeUndefined();
  expect(misses.swap("a", { step: 2, at: NOON + 30_000 })).toEqual({ step: 1, at: NOON });
  expect(misses.swap("a", { step: 9, at: NOON + 95_000 })).toBeUndefined();
  for (let i = 0; i < 3_000; i += 1) misses.swap(`p${i}`, { step: 1, at: NOON + 95_000 });
  expect(misses.size).toBeLessThanOrEqual(1_000);
});
