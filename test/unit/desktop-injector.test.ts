import { describe, expect, test } from "vitest";
import type { InputEvent } from "../../agent/desktop/commands.ts";
import { Injector } from "../../agent/screen/input/injector.ts";
import { openRecordingInput } from "../../agent/screen/input/recording.ts";

const key = (down: boolean): InputEvent => ({ type: "key", code: "KeyA", down });

/** Text takes until `finish()` is called. */
function slowTyping() {
  const events: InputEvent[] = [];
  const typing: (() => void)[] = [];
  const raw = openRecordingInput((event) => events.push(event), { width: 100, height: 50 });
  const injector = new Injector({
    ...raw,
    type: (text) =>
      new Promise((resolve) =>
        typing.push(() => {
          events.push({ type: "text", text });
          resolve();
        }),
      ),
  });
  const finish = async () => {
    typing.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { injector, events, finish };
}

describe("the injector", () => {
  test("keys pressed after text come after it", async () => {
    const { injector, events, finish } = slowTyping();
    injector.inject({ type: "text", text: "あ" });
    injector.inject(key(true));
    injector.inject({ type: "text", text: "い" });
    injector.inject(key(false));
    expect(events).toEqual([]);
    await finish();
    await finish();
    expect(events).toEqual([{ type: "text", text: "あ" }, key(true), { type: "text", text: "い" }, key(false)]);
  });

  test("pointer moves that wait collapse into the newest", async () => {
    const { injector, events, finish } = slowTyping();
    injector.inject({ type: "text", text: "あ" });
    for (let x = 0; x < 50; x++) injector.inject({ type: "move", x, y: 1 });
    await finish();
    expect(events.filter((event) => event.type === "move")).toEqual([{ type: "move", x: 49, y: 1 }]);
  });

  test("what waits is bounded, but a release always finds room", async () => {
    const { injector, events, finish } = slowTyping();
    injector.inject(key(true));
    injector.inject({ type: "text", text: "あ" });
    for (let i = 0; i < 5000; i++) injector.inject({ type: "wheel", dx: 0, dy: 1 });
    injector.inject(key(false));
    await finish();
    expect(events.length).toBeLessThan(1100);
    expect(events.at(-1)).toEqual(key(false));
  });

  test("releasing everything does not wait for text, and nothing pressed comes after it", async () => {
    const { injector, events, finish } = slowTyping();
    injector.inject(key(true));
    injector.inject({ type: "text", text: "あ" });
    injector.inject({ type: "button", button: 0, down: true });
    injector.releaseAll();
    expect(events).toEqual([key(true), key(false)]);
    await finish();
    expect(events.filter((event) => event.type === "button")).toEqual([]);
  });

  test("text that waits is forgotten when it is to be, keys behind it are not", async () => {
    const { injector, events, finish } = slowTyping();
    injector.inject({ type: "text", text: "あ" });
    injector.inject({ type: "text", text: "い" });
    injector.inject(key(true));
    injector.forgetText();
    await finish();
    expect(events).toEqual([{ type: "text", text: "あ" }, key(true)]);
  });

  test("how much of a text is dealt with is told, what cannot be typed too, and what is forgotten as well", async () => {
    let typed = 0;
    let dropped = 0;
    const raw = openRecordingInput(() => undefined, { width: 100, height: 50 });
    const waits: (() => void)[] = [];
    const injector = new Injector(
      {
        ...raw,
        type: async (_, { typed: done }) => {
          done(2);
          await new Promise<void>((resolve) => waits.push(resolve));
        },
      },
      { typed: (characters) => (typed += characters), dropped: () => dropped++ },
    );
    injector.inject({ type: "text", text: "a\u001b𠮷" });
    expect(typed).toBe(2);
    waits.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(typed).toBe(3);
    injector.inject({ type: "text", text: "ab" });
    for (let i = 0; i < 1025; i++) injector.inject({ type: "text", text: "cd" });
    expect([typed, dropped]).toEqual([3 + 2 + 2, 1]);
  });

  test("positions are clipped to the screen", () => {
    const { injector, events } = slowTyping();
    injector.inject({ type: "move", x: -5, y: 999 });
    expect(events).toEqual([{ type: "move", x: 0, y: 49 }]);
  });
});
