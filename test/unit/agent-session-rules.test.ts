import { describe, expect, test } from "vitest";
import { ownRules, type SessionRules, stricter } from "../../agent/settings/session-rules.ts";
import type { AgentRules } from "../../signaling/protocol/policy.ts";
import { COVER, LOCK_BEFORE, LOCK_ON } from "../../signaling/protocol/protection.ts";

const own = (given: Partial<Parameters<typeof ownRules>[0]> = {}): SessionRules =>
  ownRules({
    lockOn: "never",
    lockBefore: "never",
    cover: "off",
    idle: { endMs: 15 * 60_000, warnMs: 60_000 },
    ...given,
  });

/** Own settings, policy, and what comes of the two, for each pair of words. */
const pairs = <T>(words: readonly T[]) =>
  words.flatMap((here, at) => words.map((named, from) => [here, named, words[Math.max(at, from)] as T] as const));

describe("the stricter of this PC's settings and a policy", () => {
  test.each(pairs(LOCK_ON))("lockOn %s, %s: %s", (here, named, both) =>
    expect(stricter(own({ lockOn: here }), { lockOn: named }).lockOn).toBe(both),
  );

  test.each(pairs(LOCK_BEFORE))("lockBefore %s, %s: %s", (here, named, both) =>
    expect(stricter(own({ lockBefore: here }), { lockBefore: named }).lockBefore).toBe(both),
  );

  test.each(pairs(COVER))("cover %s, %s: %s", (here, named, both) =>
    expect(stricter(own({ cover: here }), { cover: named }).cover).toBe(both),
  );

  test.each([
    [5, 5],
    [15, 15],
    [25, 15],
  ])("15 minutes without input and %i: %i, and the warning stays", (named, both) =>
    expect(stricter(own(), { idleMinutes: named }).idle).toEqual({ endMs: both * 60_000, warnMs: 60_000 }),
  );

  test("only a policy takes control away", () => {
    expect([own().viewOnly, stricter(own(), { viewOnly: false }).viewOnly]).toEqual([false, false]);
    expect(stricter(own(), { viewOnly: true }).viewOnly).toBe(true);
  });

  test("the line's contract is the policy's, and 100 kbit/s where it has none", () => {
    expect([
      stricter(own(), {}).kbps,
      stricter(own(), { kbps: 30 }).kbps,
      stricter(own(), { kbps: 5_000 }).kbps,
    ]).toEqual([100, 30, 5_000]);
  });

  test("a policy without rules changes nothing", () => {
    const all = own({ lockOn: "end", lockBefore: "required", cover: "when-possible" });
    expect(stricter(all, {})).toEqual(all);
  });

  test("one that asks for the laxest of all changes nothing of what protects this PC", () => {
    const laxest: AgentRules = {
      lockOn: "never",
      lockBefore: "never",
      cover: "off",
      idleMinutes: 25,
      viewOnly: false,
    };
    const strict = own({ lockOn: "end", lockBefore: "required", cover: "required" });
    expect(stricter(strict, laxest)).toEqual(strict);
  });
});
