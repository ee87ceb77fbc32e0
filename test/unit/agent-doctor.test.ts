/** What the doctor says of lock, cover, Wake-on-LAN and the screens of Windows. Nothing of this PC is asked. */
import type { NetworkInterfaceInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { examineProtection, type ProtectionOptions } from "../../agent/cli/protection-doctor.ts";
import { monitorFindings, readingFindings } from "../../agent/cli/screen-doctor.ts";
import { READ_BY_DUPLICATION, READ_BY_GDI } from "../../agent/picture/pixels.ts";

const card = (mac: string, address: string, family = "IPv4") =>
  ({ mac, address, family, internal: false, netmask: "", cidr: `${address}/24` }) as NetworkInterfaceInfo;
const WIRED = { eth0: [card("00:11:22:33:44:55", "10.1.2.7")] };
const DEFAULTS = {
  lockOn: "end",
  shutDown: "never",
  lockBefore: "when-possible",
  cover: "off",
  idle: { endMs: 900_000, warnMs: 60_000 },
  wake: "allow",
} as const;

async function examine(settings: Partial<Parameters<typeof examineProtection>[0]>, more: Partial<ProtectionOptions>) {
  const findings = await examineProtection(
    { ...DEFAULTS, ...settings },
    {
      findWaysToLock: async () => ({ lockers: [], session: undefined }),
      examineCover: async () => undefined,
      cards: WIRED,
      platform: "linux",
      ...more,
    },
  );
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]));
}
const unasked = () => Promise.reject(new Error("must not be asked"));

describe("the lock", () => {
  test("is not looked for where nothing is ever locked", async () => {
    const { ロック: lock } = await examine({ lockOn: "never", lockBefore: "never" }, { findWaysToLock: unasked });
    expect(lock).toMatchObject({ ok: true, hint: true, words: expect.stringContaining("never") });
  });

  test("that leaves the PC open after a chosen end is a hint", async () => {
    const { ロック: lock } = await examine({ lockOn: "interrupted", lockBefore: "never" }, { findWaysToLock: unasked });
    expect(lock).toMatchObject({ ok: true, hint: true, words: expect.stringContaining("開いたまま") });
  });

  test("is said on Windows to be tried only when it is needed", async () => {
    const { ロック: lock } = await examine({}, { platform: "win32", findWaysToLock: unasked });
    expect(lock).toMatchObject({ ok: true, words: expect.stringContaining("要るときにだけ") });
    expect(lock).not.toHaveProperty("hint");
  });

  test("is there when a program that locks answers", async () => {
    const findWaysToLock = async () => ({ lockers: ["xscreensaver-command"], session: "2" });
    const { ロック: lock } = await examine({}, { findWaysToLock });
    expect(lock).toMatchObject({ ok: true, words: expect.stringContaining("xscreensaver-command でロックできます") });
    expect(lock).not.toHaveProperty("hint");
  });

  test.each([
    ["2", "セッション 2"],
    [undefined, "方法が見つかりません"],
  ])("is a hint when there is no such program, with logind's session %s", async (session, words) => {
    const { ロック: lock } = await examine({}, { findWaysToLock: async () => ({ lockers: [], session }) });
    expect(lock).toMatchObject({ ok: true, hint: true, words: expect.stringContaining(words) });
  });
});

test("what a server's policy cannot make laxer is said with this PC's own settings", async () => {
  const found = (await examine({ lockBefore: "required", cover: "required" }, {}))["サーバーの決まり"];
  expect(found).toMatchObject({ ok: true, words: expect.stringContaining("緩めることはありません") });
  expect(found?.words).toContain('lockOn "end"、lockBefore "required"、cover "required"、操作がないとき 15 分');
});

describe("the lock before a session", () => {
  const CHECK = "使う前のロック";
  const none = async () => ({ lockers: [], session: undefined });

  test("that is not wished for is a hint, and nothing is looked for", async () => {
    const found = (await examine({ lockBefore: "never", lockOn: "never" }, { findWaysToLock: unasked }))[CHECK];
    expect(found).toMatchObject({ ok: true, hint: true, words: expect.stringContaining("never") });
  });

  test("that is required where nothing locks refuses every session: an error", async () => {
    const found = (await examine({ lockBefore: "required" }, { findWaysToLock: none }))[CHECK];
    expect(found).toMatchObject({ ok: false, words: expect.stringContaining("すべて断られます") });
  });

  test("that is wished for where nothing locks is a hint: the screen is shown as it is", async () => {
    const found = (await examine({}, { findWaysToLock: none }))[CHECK];
    expect(found).toMatchObject({ ok: true, hint: true, words: expect.stringContaining("ロックせずに") });
  });

  test("that only logind can be asked for has to be tried", async () => {
    const findWaysToLock = async () => ({ lockers: [], session: "2" });
    const found = (await examine({ lockBefore: "required" }, { findWaysToLock }))[CHECK];
    expect(found).toMatchObject({ ok: true, hint: true, words: expect.stringContaining("セッション 2") });
  });

  test.each(["linux", "win32"] as const)("that can be done is well, on %s", async (platform) => {
    const findWaysToLock = async () => ({ lockers: ["light-locker-command"], session: "2" });
    const found = (await examine({}, { findWaysToLock, platform }))[CHECK];
    expect(found).toMatchObject({ ok: true, words: expect.stringContaining("利用を断ります") });
    expect(found).not.toHaveProperty("hint");
  });
});

describe("the cover", () => {
  test("is not looked at where it is off", async () => {
    const { 画面隠し: cover } = await examine({}, { examineCover: unasked });
    expect(cover).toMatchObject({ ok: true, words: expect.stringContaining("off") });
  });

  test.each(["when-possible", "required"] as const)("%s, and it can be", async (cover) => {
    const found = (await examine({ cover }, {}))["画面隠し"];
    expect(found).toMatchObject({ ok: true, words: expect.stringContaining("診断では隠していません") });
    expect(found).not.toHaveProperty("hint");
  });

  test("that cannot be matters where it is required, and is a hint where it is not", async () => {
    const examineCover = async () => "no ramp";
    expect((await examine({ cover: "required" }, { examineCover }))["画面隠し"]).toMatchObject({
      ok: false,
      words: expect.stringMatching(/利用できません.*no ramp/),
    });
    expect((await examine({ cover: "when-possible" }, { examineCover }))["画面隠し"]).toMatchObject({
      ok: true,
      hint: true,
      words: expect.stringContaining("no ramp"),
    });
  });
});

describe("Wake-on-LAN", () => {
  test("names the wired card, and says whether neighbours are woken", async () => {
    const found = (await examine({}, {}))["Wake-on-LAN"];
    expect(found).toMatchObject({ ok: true, words: expect.stringMatching(/00:11:22:33:44:55（10\.1\.2\.7\/24）/) });
    expect(found?.words).toContain("隣の PC を起こせます");
    expect(found).not.toHaveProperty("hint");
    expect((await examine({ wake: "never" }, {}))["Wake-on-LAN"]?.words).toContain("隣の PC は起こしません");
  });

  test("says of each other card why it does not count", async () => {
    const cards = {
      lo: [{ ...card("00:00:00:00:00:00", "127.0.0.1"), internal: true }] as NetworkInterfaceInfo[],
      "Wi-Fi": [card("00:11:22:33:44:55", "10.1.2.7")],
      veth1: [card("02:42:ac:11:00:02", "172.17.0.1")],
      eth0: [card("00:11:22:33:44:66", "fd00::2", "IPv6"), card("00:11:22:33:44:66", "169.254.9.9")],
    };
    const found = (await examine({}, { cards }))["Wake-on-LAN"];
    expect(found).toMatchObject({ ok: true, hint: true });
    expect(found?.words).toContain("（Wi-Fi は有線でない、veth1 は仮想のカード、eth0 は IPv4 アドレスがない）");
  });
});

describe("the screens of Windows", () => {
  const read = (...notes: string[]) =>
    readingFindings({ kind: "works", width: 1, height: 1, codecs: [], problems: [], notes });

  test("are named one by one", () => {
    const monitors = [
      { x: 0, y: 0, width: 1920, height: 1080 },
      { x: 1920, y: 120, width: 1280, height: 1024 },
    ];
    expect(monitorFindings(monitors)).toEqual([
      { check: "モニター 1", ok: true, words: "1920×1080、位置 (0, 0)。" },
      { check: "モニター 2", ok: true, words: "1280×1024、位置 (1920, 120)。" },
    ]);
  });

  test("are read by desktop duplication, or with GDI for a reason", () => {
    expect(read("something else", READ_BY_DUPLICATION)).toEqual([
      { check: "画面の読み方", ok: true, words: "Desktop Duplication で読みます。" },
    ]);
    expect(read(`${READ_BY_GDI}no driver.`)).toMatchObject([
      { ok: true, hint: true, words: expect.stringMatching(/^GDI で読みます.*: no driver\.$/) },
    ]);
    expect(readingFindings({ kind: "problem", problem: { code: "internal", message: "" } })).toEqual([]);
  });
});
