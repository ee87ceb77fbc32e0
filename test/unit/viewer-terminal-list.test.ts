import { describe, expect, test } from "vitest";
import { listParts } from "../../signaling/hub/terminal-view.ts";
import { TerminalId } from "../../signaling/protocol/ids.ts";
import type { TerminalView } from "../../signaling/protocol/signal.ts";
import { TerminalList } from "../../viewer/terminal-list.ts";

const views = (count: number, name = "企画課 12"): TerminalView[] =>
  Array.from({ length: count }, (_, i) => ({
    id: TerminalId.parse(`0000-0000-${`${i}`.padStart(4, "0")}`),
    name,
    state: "online",
    since: i,
  }));
const part = (number: number, of: number, terminals: TerminalView[]) =>
  ({ type: "terminals", terminals, part: { number, of } }) as const;

describe("the list of terminals", () => {
  test("that comes whole is shown at once, an empty one too", () => {
    const list = new TerminalList();
    expect(list.take({ type: "terminals", terminals: views(3) })).toHaveLength(3);
    expect(list.take({ type: "terminals", terminals: [] })).toEqual([]);
  });

  test("that comes in parts is shown with its last", () => {
    const list = new TerminalList();
    const all = views(1_000);
    const parts = listParts(all);
    expect(parts.length).toBeGreaterThan(1);
    const shown = parts.map((terminals, i) => list.take(part(i + 1, parts.length, terminals)));
    expect(shown.slice(0, -1).every((each) => each === undefined)).toBe(true);
    expect(shown.at(-1)).toEqual(all);
  });

  test("begins anew with each first part, and never joins what does not belong together", () => {
    const list = new TerminalList();
    const [a, b] = [views(1, "A"), views(1, "B")] as const;
    expect(list.take(part(2, 2, a))).toBeUndefined();
    expect(list.take(part(1, 3, a))).toBeUndefined();
    expect(list.take(part(3, 3, a))).toBeUndefined();
    expect(list.take(part(1, 2, b))).toBeUndefined();
    expect(list.take(part(2, 2, b))).toEqual([...b, ...b]);
    expect(list.take({ type: "terminals", terminals: a })).toEqual(a);
  });
});
