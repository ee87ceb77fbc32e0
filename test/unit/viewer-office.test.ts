import { describe, expect, test } from "vitest";
import { IME_MODES } from "../../signaling/protocol/ime-modes.ts";
import { IME_SIGNS } from "../../viewer/ime.ts";
import { bannerText, lockText } from "../../viewer/pages/curtain.ts";
import { readAgentControl } from "../../viewer/session/wire.ts";
import { Words } from "../../viewer/words/strings.ts";

const words = new Words("ja");
const quiet = { ime: "unknown", operated: false, refusesInput: false } as const;
const live = {
  phase: "live",
  stalled: false,
  desktop: "running",
  secureDesktop: false,
  office: quiet,
  idleUntil: undefined,
  viewOnly: false,
  ending: undefined,
  locking: undefined,
  liveSince: undefined,
  online: true,
  typing: undefined,
} as const;
const NOTHING = { news: undefined, warning: undefined };

describe("what the page says of the office PC", () => {
  test("nothing, while all is well", () => expect(bannerText(words, live, NOTHING)).toBeUndefined());

  test("that the session is about to end for want of input, before all else", () => {
    const office = { ...quiet, refusesInput: true };
    const facts = {
      ...live,
      office,
      secureDesktop: true,
      idleUntil: 60_000,
      locking: { before: "locked", whenIdle: true },
    } as const;
    expect(bannerText(words, facts, NOTHING, 0)).toMatch(/あと 60 秒で、.*ロックして終わります/);
    expect(bannerText(words, facts, NOTHING, 17_001)).toContain("あと 43 秒で");
    expect(bannerText(words, facts, NOTHING, 90_000)).toContain("あと 0 秒で");
  });

  test("that it will not be locked then, where the policy never locks it", () => {
    const locking = { before: "unasked", whenIdle: false } as const;
    const text = bannerText(words, { ...live, idleUntil: 9_000, locking }, NOTHING, 0);
    expect(text).toMatch(/あと 9 秒で終わります（職場のパソコンは、ロックしない設定です）/);
    const idle = { kind: "reason", reason: "idle" } as const;
    expect(lockText({ unlocked: false, locking, cause: idle })).toBe("leftOpen");
    expect(lockText({ unlocked: false, locking: { ...locking, whenIdle: true }, cause: idle })).toBeUndefined();
    expect(lockText({ unlocked: false, locking, cause: { kind: "reason", reason: "viewer-left" } })).toBeUndefined();
    expect(lockText({ unlocked: true, locking, cause: idle })).toBe("notLocked");
  });

  describe("of the end that the clock gives the session", () => {
    const locking = { before: "unasked", whenIdle: true } as const;
    const ending = { at: 900_000, by: "hours", saidAt: 0 } as const;

    test("is said for a while at each mark, with what to do", () => {
      const text = bannerText(words, { ...live, ending, locking }, NOTHING, 1_000);
      expect(text).toBe("利用できる時間が、まもなく終わります。あと 15 分です。作業を保存してください。");
      expect(bannerText(words, { ...live, ending, locking }, NOTHING, 30_000)).toBeUndefined();
      const again = { ...ending, saidAt: 600_000 };
      expect(bannerText(words, { ...live, ending: again, locking }, NOTHING, 600_000)).toContain("あと 5 分です");
    });

    test("is said by the clock while nobody has to hurry", () => {
      const facts = { ...live, ending: { ...ending, at: 90 * 60_000 }, locking };
      const time = words.time(90 * 60_000, 0);
      expect(bannerText(words, facts, NOTHING, 0)).toBe(`使える時間は ${time} までです（あと 90 分）。`);
      expect(bannerText(words, facts, NOTHING, 20_000)).toBeUndefined();
    });

    test("counts its last minute down, and says whether the PC is locked then", () => {
      const facts = { ...live, ending, locking, secureDesktop: true };
      expect(bannerText(words, facts, NOTHING, 855_001)).toMatch(/あと 45 秒で、.*ロックして終わります/);
      expect(bannerText(words, facts, NOTHING, 999_999)).toContain("あと 0 秒で");
      const open = { ...facts, locking: { ...locking, whenIdle: false } };
      expect(bannerText(words, open, NOTHING, 855_001)).toContain("ロックしない設定です");
      expect(
        lockText({ unlocked: false, locking: open.locking, cause: { kind: "reason", reason: "hours-over" } }),
      ).toBe("leftOpen");
    });

    test("names the longest time of a session as that, and asks nobody to save who may look only", () => {
      const facts = { ...live, ending: { ...ending, by: "session-hours" as const }, locking, viewOnly: true };
      expect(bannerText(words, facts, NOTHING, 0)).toBe(
        "一度につないでいられる時間が、まもなく終わります。あと 15 分です。",
      );
    });
  });

  test("nothing of input that the office refuses, to who may look only", () => {
    const office = { ...quiet, refusesInput: true };
    expect(bannerText(words, { ...live, office, viewOnly: true }, NOTHING)).toBeUndefined();
  });

  test("for a while, that it is shown without having been locked, where nothing there locks", () => {
    const facts = { ...live, liveSince: 0, locking: { before: "impossible", whenIdle: true } } as const;
    expect(bannerText(words, facts, NOTHING, 1_000)).toContain("ロックする手段がない");
    // a server that is away is said at once: the other stands in the record as well
    expect(bannerText(words, { ...facts, online: false }, NOTHING, 1_000)).toContain("サーバーとの連絡");
    expect(bannerText(words, facts, NOTHING, 60_000)).toBeUndefined();
    expect(bannerText(words, { ...facts, locking: { before: "locked", whenIdle: true } }, NOTHING, 0)).toBeUndefined();
  });

  test("that somebody there operates it", () =>
    expect(bannerText(words, { ...live, office: { ...quiet, operated: true } }, NOTHING)).toBe(
      "職場で、このパソコンが操作されています。",
    ));

  test("how far a long text is typed, with what keeps people from working before it", () => {
    const typing = { typed: 350, of: 2000 };
    expect(bannerText(words, { ...live, typing }, NOTHING)).toBe("入力しています… 350 / 2,000 文字");
    const office = { ...quiet, operated: true, refusesInput: true };
    expect(bannerText(words, { ...live, typing, office }, NOTHING)).toContain("管理者として");
    expect(bannerText(words, { ...live, typing, office: { ...office, refusesInput: false } }, NOTHING)).toContain(
      "350",
    );
  });

  test("that it refuses input comes first, and a refusal of one's own before other people", () => {
    const office = { ...quiet, operated: true, refusesInput: true };
    const news = "操作が速すぎるため、一部が届いていません。";
    expect(bannerText(words, { ...live, office }, { ...NOTHING, news })).toContain("管理者として");
    expect(bannerText(words, { ...live, office: { ...office, refusesInput: false } }, { ...NOTHING, news })).toBe(news);
  });

  test("what moved the end is said with how near it is", () => {
    const news = "残業の承認が取り消されました。";
    const text = bannerText(
      words,
      { ...live, ending: { at: 600_000, by: "hours", saidAt: 0 } },
      { ...NOTHING, news },
      0,
    );
    expect(text).toMatch(/^残業の承認が取り消されました。 .*あと 10 分/);
  });

  test("a line that does not answer comes before everything; a broken one says so elsewhere", () => {
    const office = { ...quiet, operated: true, refusesInput: true };
    expect(bannerText(words, { ...live, stalled: true, office }, NOTHING)).toBe("応答を待っています…");
    expect(bannerText(words, { ...live, phase: "interrupted", office }, NOTHING)).toBeUndefined();
  });

  test("each mode of the input method has a sign of its own, an unknown one has none", () => {
    const signs = IME_MODES.map((mode) => IME_SIGNS[mode]?.sign);
    expect(signs).toEqual([undefined, "A", "あ", "カ", "ｶ", "Ａ"]);
    expect(words.text(IME_SIGNS.hiragana?.name ?? "imeOff")).toBe("ひらがな");
  });

  test("a state the page does not know is not taken", () => {
    const said = (ime: string) => JSON.stringify({ type: "office", ime, operated: false, refusesInput: false });
    expect(readAgentControl(said("hiragana")).ok).toBe(true);
    expect(readAgentControl(said("hangul")).ok).toBe(false);
  });
});
