import { describe, expect, test } from "vitest";
import { TextProgress } from "../../viewer/session/text-progress.ts";

describe("a text that is being typed at the office", () => {
  test("is told of as the agent says, from its own beginning", () => {
    const text = new TextProgress();
    for (const piece of [256, 256, 88]) text.sent(piece);
    text.typed(350);
    expect(text.typing).toEqual({ typed: 350, of: 600 });
    text.sent(400);
    expect(text.typing).toEqual({ typed: 350, of: 1000 });
    text.typed(1000);
    expect(text.typing).toBeUndefined();
    text.sent(100);
    text.typed(1050);
    expect(text.typing).toEqual({ typed: 50, of: 100 });
  });

  test("is not told of where the agent says nothing", () => {
    const text = new TextProgress();
    text.sent(2000);
    expect(text.typing).toBeUndefined();
  });

  test("is unfinished until its end, for the case that the line breaks", () => {
    const text = new TextProgress();
    text.sent(100);
    expect(text.isUnfinished).toBe(false); // an older agent types it to its end
    text.typed(10);
    expect(text.isUnfinished).toBe(true);
    text.typed(100);
    expect(text.isUnfinished).toBe(false);
  });

  test("does not go back, nor beyond its end", () => {
    const text = new TextProgress();
    text.sent(100);
    text.typed(80);
    text.typed(60);
    expect(text.typing).toEqual({ typed: 80, of: 100 });
    text.typed(500);
    expect(text.typing).toBeUndefined();
  });
});
