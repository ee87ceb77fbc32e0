import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openTestOffice, psnrY, type TestOffice } from "../support/office.ts";
import { until } from "../support/until.ts";

describe("the virtual office", () => {
  let office: TestOffice;
  const events: string[] = [];
  beforeAll(async () => {
    office = await openTestOffice({ onEvent: (event) => events.push(`${event.name} ${event.kind}`) });
  });
  afterAll(() => office?.close());

  test("has a screen of 1920 × 1080 whose picture can be read", async () => {
    const picture = await office.screenshot();
    expect([picture.width, picture.height]).toEqual([1920, 1080]);
    expect(psnrY(picture, picture)).toBe(99);
  });

  test("lets nobody in without the cookie", async () => {
    await expect(
      office.query("env", "XAUTHORITY=/dev/null", "setxkbmap", "-query"), // as root of the machine or as the clerk, no matter
    ).rejects.toThrow();
  });

  test("has a Japanese keyboard", async () => {
    expect(await office.query("setxkbmap", "-query")).toMatch(/model: +jp106\nlayout: +jp\n/);
  });

  test("turns romaji into kanji after 半角/全角, and back to letters after the next one", async () => {
    await office.xdotool("key", "Zenkaku_Hankaku");
    await until("Japanese is on", async () => (await office.inputMethod()) === "japanese");
    await office.xdotool("type", "--delay", "30", "nihongo");
    await office.xdotool("key", "space", "Return");
    await office.xdotool("key", "Zenkaku_Hankaku");
    await until("Japanese is off", async () => (await office.inputMethod()) === "direct");
    await office.xdotool("type", "--delay", "30", "abc");
    await office.xdotool("key", "ctrl+s");
    await until("the editor has saved", () => office.readFile() !== "");
    expect(office.readFile().trim()).toBe("日本語abc");
  });

  test("comes back on the same display when its screen has crashed", async () => {
    const { display } = office;
    office.kill("SIGKILL");
    await until("it is back", () => events.includes("xvfb back"));
    expect(events).toEqual(["xvfb crashed", "xvfb back"]);
    expect(await office.query("setxkbmap", "-query")).toMatch(/layout: +jp\n/);
    expect(office.display).toBe(display);
  });

  test("leaves no process and no socket behind", async () => {
    const other = await openTestOffice({ taskbar: false, editor: false });
    const program = await other.run("sleep", "1000");
    await other.close();
    await other.close();
    await program.ended();
    await expect(other.query("setxkbmap", "-query")).rejects.toThrow();
  });
});
