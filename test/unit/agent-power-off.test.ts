/** The end of hours at the office PC: what it says to who sits there, and how it goes off. */
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openLog } from "../../agent/log.ts";
import { endWords, powerWords } from "../../agent/protection/notice-words.ts";
import { PowerOff, WARNING_S } from "../../agent/protection/power-off.ts";
import { SessionId } from "../../signaling/protocol/ids.ts";
import { DesktopTwin } from "../support/desktop-twin.ts";

const MIN = 60_000;

describe("what is said at the office PC", () => {
  const words = (leftMs: number, mark: number) => endWords({ leftMs, mark, locks: true, shutDown: false });

  test("is said for a while at each mark", () => {
    expect(words(10 * MIN, 10 * MIN)).toBe(
      "遠隔での利用は、あと 10 分で終わります。\n作業を保存してください。終わると、このパソコンをロックします。",
    );
    expect(words(10 * MIN - 19_000, 10 * MIN)).toContain("あと 10 分で");
    expect(words(10 * MIN - 20_000, 10 * MIN)).toBe("");
  });

  test("is said twice in the last minute, in steps, and lets people save between", () => {
    const said = Array.from({ length: 120 }, (_, half) => /(\d+) 秒以内/.exec(words(MIN - half * 500, MIN))?.[1] ?? "");
    expect(said.filter((text, at) => text !== said[at - 1])).toEqual(["60", "50", "", "20", "10"]);
  });

  test("names what comes then, and nothing that does not", () => {
    const then = (locks: boolean, shutDown: boolean) => endWords({ leftMs: MIN, mark: MIN, locks, shutDown });
    expect(then(true, true)).toContain("ロックして、電源を切ります。");
    expect(then(true, false)).not.toContain("電源");
    expect(then(false, false)).toContain("ロックしません");
  });
});

describe("a PC that is to go off", () => {
  const session = SessionId.parse(randomUUID());
  let desktop: DesktopTwin;
  let told: (string | undefined)[];
  let power: PowerOff;
  const calls = (kind: string) => desktop.calls.filter((call) => call.kind === kind);
  const noticed = () => desktop.calls.flatMap((call) => (call.kind === "notice" ? [call.words] : []));

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
    desktop = new DesktopTwin(() => undefined);
    told = [];
    power = new PowerOff({
      desktop,
      log: openLog("info", { write: () => undefined }),
      now: Date.now,
      tell: (_session, why) => told.push(why),
    });
  });
  afterEach(() => vi.useRealTimers());

  test("is locked first, says so for a minute, and is heard of", async () => {
    await power.begin(session);
    expect(desktop.calls.map(({ kind }) => kind)).toEqual(["lock", "power-off", "notice"]);
    expect(calls("power-off")).toMatchObject([{ inS: WARNING_S, words: powerWords(60) }]);
    expect(told).toEqual([undefined]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(noticed().at(-1)).toBe(powerWords(30));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(noticed().at(-1)).toBe("");
    expect(calls("stay-on")).toEqual([]);
  });

  test("that somebody there unlocks stays on", async () => {
    await power.begin(session);
    await vi.advanceTimersByTimeAsync(20_000);
    desktop.lockStates.push("open");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(calls("stay-on")).toHaveLength(1);
    expect(told).toEqual([undefined, "it was unlocked"]);
    await vi.advanceTimersByTimeAsync(10 * MIN);
    expect([told.length, noticed().at(-1)]).toEqual([2, ""]);
  });

  test("goes off where its lock does not tell, or nothing there locks", async () => {
    desktop.lockOutcome = "impossible";
    desktop.lockStates.push(...Array(90).fill("open"));
    await power.begin(session);
    await vi.advanceTimersByTimeAsync(59_000);
    expect([calls("stay-on"), told]).toEqual([[], [undefined]]);
  });

  test.each(["not-locked", "no-desktop"] as const)("that is %s stays on, and that is said", async (outcome) => {
    desktop.lockOutcome = outcome;
    await power.begin(session);
    expect([calls("power-off"), told]).toEqual([[], ["it is not locked"]]);
  });

  test("whose system refuses stays on, and that is said", async () => {
    desktop.powerRefusal = "others are signed in";
    await power.begin(session);
    await vi.advanceTimersByTimeAsync(10 * MIN);
    expect([told, noticed()]).toEqual([["others are signed in"], []]);
  });

  test("in which a session begins stays on, before its time and while it is asked for", async () => {
    await power.begin(session);
    await vi.advanceTimersByTimeAsync(20_000);
    power.cancel();
    expect([calls("stay-on").length, noticed().at(-1)]).toEqual([1, ""]);
    await vi.advanceTimersByTimeAsync(10 * MIN);
    const beginning = power.begin(session);
    power.cancel();
    await beginning;
    expect([calls("power-off").length, told]).toEqual([1, [undefined]]);
  });

  test("that is still on long after is said to be", async () => {
    await power.begin(session);
    await vi.advanceTimersByTimeAsync(5 * MIN);
    expect(told).toEqual([undefined]);
    await vi.advanceTimersByTimeAsync(2 * MIN);
    expect(told).toEqual([undefined, "the system did not go off"]);
    power.cancel();
    expect(calls("stay-on")).toEqual([]);
  });
});
