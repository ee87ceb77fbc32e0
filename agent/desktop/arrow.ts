/** The plain arrow, shown instead of pointers that are too large to send. */
import type { PointerShape } from "./reports.ts";

// # black edge, o white inside
const ROWS = [
  "#...........",
  "##..........",
  "#o#.........",
  "#oo#........",
  "#ooo#.......",
  "#oooo#......",
  "#ooooo#.....",
  "#oooooo#....",
  "#ooooooo#...",
  "#oooooooo#..",
  "#ooooooooo#.",
  "#oooooo#####",
  "#ooo#oo#....",
  "#oo##oo#....",
  "#o#..#oo#...",
  "##...#oo#...",
  "#.....#oo#..",
  "......#oo#..",
  ".......##...",
];
const PIXELS: Record<string, number[]> = { "#": [0, 0, 0, 255], o: [255, 255, 255, 255], ".": [0, 0, 0, 0] };

export const ARROW: PointerShape = {
  width: 12,
  height: ROWS.length,
  hotX: 0,
  hotY: 0,
  rgba: Uint8Array.from(ROWS.flatMap((row) => [...row].flatMap((mark) => PIXELS[mark] ?? []))),
};
