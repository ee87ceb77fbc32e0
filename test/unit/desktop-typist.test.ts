import { describe, expect, test } from "vitest";
import { keysymOf, type SpareKeys, Typist } from "../../agent/screen/input/typist.ts";

const QUIET = { typed: () => undefined, stop: new AbortController().signal };

/** A keyboard whose clock is the sum of what was slept; reads what a program would read at the time of each tap. */
function keyboard(count: number) {
  const map = new Map<number, number>();
  const tapped = new Map<number, number>();
  const state = { typed: "", now: 0, changes: 0, tooEarly: 0 };
  const keys: SpareKeys = {
    keycodes: Array.from({ length: count }, (_, i) => 100 + i),
    map(changes) {
      state.changes++;
      for (const [keycode, keysym] of changes) {
        if (state.now - (tapped.get(keycode) ?? Number.NEGATIVE_INFINITY) < 500) state.tooEarly++;
        map.set(keycode, keysym);
      }
    },
    tap(keycode) {
      tapped.set(keycode, state.now);
      const keysym = map.get(keycode) ?? 0;
      state.typed += keysym === 0xff0d ? "\n" : String.fromCodePoint(keysym & 0xffffff);
    },
    async sleep(ms) {
      state.now += ms;
    },
  };
  return { state, map, typist: new Typist(keys, () => state.now) };
}

describe("typing text that is on no key", () => {
  test("each character is a Unicode keysym, the letter a too", () => {
    expect(keysymOf("a")).toBe(0x01000061);
    expect(keysymOf("縁")).toBe(0x01007e01);
    expect(keysymOf("𠮷")).toBe(0x01020bb7);
    expect(keysymOf("\n")).toBe(0xff0d);
  });

  test("control characters and half surrogates are not typed", () =>
    expect(["\u0000", "\u001b", "\u007f", "\u0085", "\ud842"].map(keysymOf)).toEqual(Array(5).fill(undefined)));

  test("text longer than the spare keys comes out whole and in order", async () => {
    const { typist, state } = keyboard(5);
    const text = "縁側は、家の内でも外でもない場所です。𠮷野家で1234567890を食べる。";
    await typist.type(text, QUIET);
    expect(state.typed).toBe(text);
  });

  test("a keycode is not given another character while programs may not have seen the last", async () => {
    const { typist, state } = keyboard(3);
    await typist.type("あいうえおかきくけこさしすせそ", QUIET);
    await typist.type("たちつてと", QUIET);
    expect(state.tooEarly).toBe(0);
  });

  test("what is on a spare key already needs no change of the map", async () => {
    const { typist, state } = keyboard(10);
    await typist.type("はははは", QUIET);
    await typist.type("はは", QUIET);
    expect([state.typed, state.changes]).toEqual(["はははははは", 1]);
  });

  test("a long text comes in steps, so that a program can show it, and says how far it is", async () => {
    const { typist, state } = keyboard(10);
    const steps: number[] = [];
    await typist.type("あ".repeat(100), { ...QUIET, typed: (characters) => steps.push(characters) });
    expect(steps).toEqual(Array(25).fill(4));
    expect(state.typed.length).toBe(100);
    expect(state.now).toBe(40 + 24 * 20);
  });

  test("one that is stopped is not typed on", async () => {
    const { typist, state } = keyboard(3);
    const stopped = new AbortController();
    let typed = 0;
    const count = (characters: number) => {
      typed += characters;
      if (typed >= 6) stopped.abort();
    };
    await typist.type("あいうえおかきくけこさしすせそ", { typed: count, stop: stopped.signal });
    expect(state.typed).toBe("あいうえおか");
  });

  test("line ends of any kind are one Return", async () => {
    const { typist, state } = keyboard(10);
    await typist.type("a\r\nb\nc", QUIET);
    expect(state.typed).toBe("a\nb\nc");
  });

  test("the keycodes are given back", async () => {
    const { typist, map } = keyboard(10);
    await typist.type("abc", QUIET);
    typist.close();
    expect([...map.values()].every((keysym) => keysym === 0)).toBe(true);
  });

  test("without spare keys nothing is typed", async () => {
    const { typist, state } = keyboard(0);
    await typist.type("abc", QUIET);
    expect(state.typed).toBe("");
  });
});
