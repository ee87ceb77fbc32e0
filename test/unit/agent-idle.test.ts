import { describe, expect, test } from "vitest";
import { Idle } from "../../agent/session/idle.ts";
import { IdleMinutes } from "../../agent/settings/config.ts";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";

const MIN = 60_000;

describe("a session without input", () => {
  const idle = () => new Idle({ endMs: 15 * MIN, warnMs: MIN }, 1_000);

  test("is warned of a minute before its end, and is over at its end", () => {
    const at = (ms: number) => idle().endsIn(1_000 + ms);
    expect([at(0), at(14 * MIN - 1), at(14 * MIN), at(15 * MIN - 1), at(15 * MIN), at(60 * MIN)]).toEqual([
      undefined,
      undefined,
      MIN,
      1,
      0,
      0,
    ]);
  });

  test("begins anew with each input, also in its last moment", () => {
    const one = idle();
    one.input(1_000 + 15 * MIN - 1);
    expect(one.endsIn(1_000 + 15 * MIN)).toBeUndefined();
    expect(one.endsIn(1_000 + 30 * MIN - 1)).toBe(0);
  });
});

describe("a limit that becomes another one", () => {
  test("holds at once, and nobody is over without the warning", () => {
    const one = new Idle({ endMs: 25 * MIN, warnMs: MIN }, 0);
    one.follow({ endMs: 5 * MIN, warnMs: MIN }, 20 * MIN);
    expect(one.endsIn(20 * MIN)).toBe(MIN);
    expect(one.endsIn(21 * MIN)).toBe(0);
  });

  test("said again and again puts the end off by nothing, and nobody has typed meanwhile", () => {
    const [own, short] = [
      { endMs: 25 * MIN, warnMs: MIN },
      { endMs: 5 * MIN, warnMs: MIN },
    ];
    const one = new Idle(own, 0);
    for (let now = 0; now < 24 * MIN; now += 1_000) one.follow(own, now);
    expect(one.endsIn(24 * MIN)).toBe(MIN);
    for (let now = 24 * MIN; now < 25 * MIN; now += 50) one.follow(now % 100 === 0 ? short : own, now);
    expect(one.endsIn(25 * MIN)).toBe(0);
    const other = new Idle(own, 0);
    other.follow(short, 10 * MIN);
    other.follow(own, 10 * MIN + 1);
    expect(other.endsIn(25 * MIN)).toBe(0);
  });

  test("gives no time to who was working a moment ago, and none back to who was not", () => {
    const one = new Idle({ endMs: 25 * MIN, warnMs: MIN }, 0);
    one.input(9 * MIN);
    one.follow({ endMs: 10 * MIN, warnMs: MIN }, 10 * MIN);
    expect(one.endsIn(18 * MIN - 1)).toBeUndefined();
    expect(one.endsIn(19 * MIN)).toBe(0);
  });
});

test("the server hears of input at once, and then at most once a minute", () => {
  const idle = new Idle({ endMs: 15 * MIN, warnMs: MIN }, 0);
  const told = Array.from({ length: 181 }, (_, second) => idle.input(second * 1_000));
  expect(told.flatMap((is, second) => (is ? [second] : []))).toEqual([0, 60, 120, 180]);
});

test("every setting ends a session before the server, which hears of input up to two minutes late, ends its sign-in", () => {
  for (const minutes of IdleMinutes.options)
    expect(Number(minutes) * MIN + 2 * MIN).toBeLessThan(DEFAULT_SIGN_IN_LIMITS.idleMs);
});
