/** What people write to the help desk about keys: real Chromium at home, a real X display at the office. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { psnrY } from "../support/office.ts";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

let product: TestProduct;
let staff: Staff;

beforeAll(async () => {
  product = await openTestProduct();
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
  await staff.connect();
  await staff.focus();
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
});

interface KeyEvent {
  readonly type: "keydown" | "keyup";
  readonly code: string;
  readonly key: string;
  readonly shiftKey?: boolean;
  readonly modifierCapsLock?: boolean;
  readonly modifierNumLock?: boolean;
}

/** Key events as a browser of another system, or with another state of the locks, makes them: at one moment. */
async function keyEvents(...events: readonly KeyEvent[]): Promise<void> {
  await staff.at("screen").evaluate((screen, events) => {
    for (const { type, ...rest } of events)
      screen.dispatchEvent(new KeyboardEvent(type, { ...rest, bubbles: true, cancelable: true }));
  }, events);
}

const press = (key: Omit<KeyEvent, "type">): KeyEvent[] => [
  { type: "keydown", ...key },
  { type: "keyup", ...key },
];

/** A new line, so that each test has its own. */
async function line(): Promise<void> {
  await staff.chord("ControlLeft", "End");
  await staff.press("Enter");
}

describe("keys at home", () => {
  test("one that is held repeats, and stops when it is let go", async () => {
    const { screen } = product;
    const typed = join(screen.home, "typed");
    const inFront = (name: string) =>
      until(`${name} has the keyboard`, async () =>
        (await screen.xdotool("getactivewindow", "getwindowname").catch(() => "")).includes(name),
      );
    // a terminal that writes down each letter as it comes
    await screen.run("xterm", "-T", "letters", "-e", "sh", "-c", `stty -icanon -echo; exec cat > ${typed}`);
    await inFront("letters");
    await staff.key("keyDown", "KeyX");
    const letters = () => (existsSync(typed) ? readFileSync(typed, "utf8") : "");
    await until("ten of them have come", () => letters().length >= 10);
    await staff.key("keyUp", "KeyX");
    await staff.press("KeyY");
    await until("the next letter has come", () => letters().endsWith("y"));
    expect(letters()).toMatch(/^x{10,}y$/);
    await staff.chord("ControlLeft", "KeyC"); // which ends it
    await inFront("memo.txt");
  });

  test("Alt+Tab away from the page sends no Alt, and the next letters are text", async () => {
    await line();
    await staff.page.evaluate(() => {
      const sent: string[] = [];
      Object.assign(globalThis, { sent });
      const { send } = RTCDataChannel.prototype;
      RTCDataChannel.prototype.send = function (this: RTCDataChannel, data: never) {
        sent.push(data);
        send.call(this, data);
      };
    });
    for (const key of ["AltLeft", "MetaLeft"]) {
      await staff.key("keyDown", key);
      await staff.page.evaluate(() => window.dispatchEvent(new Event("blur")));
      await staff.key("keyUp", key);
    }
    await staff.focus();
    await staff.type("abc");
    await staff.saves((text) => text.endsWith("\nabc"), "abc");
    const sent = await staff.page.evaluate(() => (globalThis as never as { sent: string[] }).sent);
    expect(sent.filter((message) => message.includes("release-all"))).not.toEqual([]);
    expect(sent.filter((message) => /AltLeft|MetaLeft/.test(message))).toEqual([]);
  });

  test("Alt with a key opens the menu it is for", async () => {
    await staff.chord("AltLeft", "KeyF");
    await staff.press("Escape", "Escape");
    const sent = await staff.page.evaluate(() => (globalThis as never as { sent: string[] }).sent);
    const keys = sent.filter((message) => message.includes('"key"')).map((message) => JSON.parse(message));
    const alt = keys.findIndex(({ code }) => code === "AltLeft");
    expect(keys.slice(alt, alt + 2)).toMatchObject([
      { code: "AltLeft", down: true },
      { code: "KeyF", down: true },
    ]);
  });

  test("CapsLock left on at the office is shown, and is off with the first letter", async () => {
    await staff.focus();
    await line();
    await product.screen.xdotool("key", "Caps_Lock");
    await until("the toolbar shows it", async () => (await staff.at("locks").innerText()).includes("大文字固定"));
    await staff.type("small");
    await staff.saves((text) => text.endsWith("\nsmall"), "small letters");
    await until(
      "the toolbar shows it no more",
      async () => !(await staff.at("locks").textContent())?.includes("大文字"),
    );
  });

  test("CapsLock that is on at home is on at the office", async () => {
    await line();
    await keyEvents(...press({ code: "KeyQ", key: "Q", modifierCapsLock: true }));
    await staff.type("q");
    await staff.saves((text) => text.endsWith("\nQq"), "a large and a small q");
  });

  test("the keypad's digits are digits, and Shift with its Home selects, as a browser on Windows tells it", async () => {
    await line();
    const numLock = { modifierNumLock: true };
    await keyEvents(...press({ ...numLock, code: "Numpad7", key: "7" }));
    await staff.saves((text) => text.endsWith("\n7"), "a 7");
    const shift = { ...numLock, code: "ShiftLeft", key: "Shift" };
    await keyEvents({ type: "keydown", ...shift, shiftKey: true });
    await keyEvents({ type: "keyup", ...shift }, ...press({ ...numLock, code: "Numpad7", key: "Home" }), {
      type: "keydown",
      ...shift,
      shiftKey: true,
    });
    await keyEvents({ type: "keyup", ...shift });
    await staff.type("z");
    await staff.saves((text) => text.endsWith("\nz"), "z in place of the 7");
  });

  test("半角/全角 works each time", async () => {
    const mode = async (wanted: string) =>
      until(`the input method is ${wanted}`, async () => (await product.screen.inputMethod()) === wanted);
    for (const wanted of ["japanese", "direct", "japanese", "direct"]) {
      await keyEvents({ type: "keydown", code: "Backquote", key: "Process" });
      await mode(wanted);
    }
  });
});

test("2,000 letters that are sent together: how far they are is shown, and they appear meanwhile", async () => {
  await line();
  // few different letters: the spare keys of the office's map suffice for them
  const text = "縁側から職場へ。".repeat(250);
  await staff.at("text").click();
  await staff.at("text-input").fill(text);
  await staff.at("text-input").press("Enter");
  const shown: string[] = [];
  await until("the page says how far it is", async () => {
    shown.push(await staff.at("banner").innerText());
    return /^入力しています… [\d,]+ \/ 2,000 文字$/.test(shown.at(-1) ?? "");
  });
  const early = await staff.picture();
  await until("it is far on", async () => /^入力しています… 1,\d+ /.test(await staff.at("banner").innerText()), 60_000);
  // hundreds of letters are on the screen before the last is typed
  expect(psnrY(early, await staff.picture())).toBeLessThan(30);
  await until("it is done", async () => !(await staff.at("banner").innerText()).includes("入力しています"), 60_000);
  await staff.focus();
  await staff.saves((file) => file.endsWith(`\n${text}`), "all 2,000 letters");
});

test("when the line breaks while a text is typed, the page says so once it is back", async () => {
  await line();
  await staff.at("text-input").fill("縁側から職場へ。".repeat(250));
  await staff.at("text-input").press("Enter");
  await until("it is being typed", async () => (await staff.at("banner").innerText()).includes("入力しています"));
  product.relay.kill("SIGSTOP");
  try {
    await staff.reach("interrupted");
  } finally {
    product.relay.kill("SIGCONT");
  }
  await until("the page says so", async () =>
    (await staff.at("banner").innerText()).includes("途中までかもしれません"),
  );
  await staff.settle("live");
  await staff.focus();
});

describe("an office whose screen changes its size", () => {
  test.each([
    [1366, 768],
    [1367, 769],
    [1920, 1080],
  ])("to %i × %i is shown, and clicked to its last pixel, in the same connection", async (width, height) => {
    const attempt = await staff.attempt();
    await product.screen.query("xrandr", "--output", "screen", "--off", "--fb", `${width}x${height}`);
    await until("the picture has its size", async () => {
      const shown = await staff.picture();
      return shown.width === width && shown.height === height;
    });
    await staff.sees(35);
    const box = await staff.at("screen-video").boundingBox();
    if (!box) throw new Error("no video");
    await staff.page.mouse.click(box.x + box.width - 0.1, box.y + box.height - 0.1);
    await until("the office's pointer is on its last pixel", async () => {
      const place = await product.screen.xdotool("getmouselocation", "--shell");
      const [x = 0, y = 0] = [...place.matchAll(/[XY]=(\d+)/g)].map(([, value]) => Number(value));
      // a pixel of the page is several of a larger office
      const [stepX, stepY] = [Math.ceil(width / box.width), Math.ceil(height / box.height)];
      return x < width && y < height && x >= width - stepX && y >= height - stepY;
    });
    expect(await staff.attempt()).toBe(attempt);
  });
});
