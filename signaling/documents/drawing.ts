/** Zones side by side with pieces in them, and who goes to whom across their borders. */
import type { Drawing } from "../protocol/console-documents.ts";

export interface Zone {
  readonly name: readonly string[];
  /** By their names; undefined: a row that stays free, so that the next piece stands beside its partner. */
  readonly pieces: readonly (Piece | undefined)[];
}

export interface Piece {
  readonly id: string;
  readonly lines: readonly string[];
  /** None of this product's. */
  readonly isOther?: boolean;
}

export interface Way {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

const MARGIN = 8;
const ZONE_WIDTH = 196;
const GAP = 92;
const PIECE = { width: 164, height: 46, gap: 22 } as const;
const HEAD = 48;

export function drawingOf(words: string, zones: readonly Zone[], ways: readonly Way[]): Drawing {
  const rows = Math.max(...zones.map(({ pieces }) => pieces.length));
  const zoneHeight = HEAD + rows * (PIECE.height + PIECE.gap);
  const placed = new Map<string, { x: number; y: number }>();
  const boxes: Drawing["boxes"] = [];
  for (const [column, { name, pieces }] of zones.entries()) {
    const x = MARGIN + column * (ZONE_WIDTH + GAP);
    boxes.push({ x, y: MARGIN, width: ZONE_WIDTH, height: zoneHeight, kind: "zone", lines: [...name] });
    for (const [row, piece] of pieces.entries()) {
      if (!piece) continue;
      const at = { x: x + (ZONE_WIDTH - PIECE.width) / 2, y: MARGIN + HEAD + row * (PIECE.height + PIECE.gap) };
      placed.set(piece.id, at);
      const { width, height } = PIECE;
      boxes.push({ ...at, width, height, kind: piece.isOther ? "other" : "piece", lines: [...piece.lines] });
    }
  }
  const arrows = ways.map(({ from, to, label }) => {
    const [a, b] = [placed.get(from), placed.get(to)];
    if (!a || !b) throw new Error(`no such piece: ${from} or ${to}`);
    const goesRight = a.x < b.x;
    const middle = PIECE.height / 2;
    return {
      from: { x: goesRight ? a.x + PIECE.width : a.x, y: a.y + middle },
      to: { x: goesRight ? b.x : b.x + PIECE.width, y: b.y + middle },
      label,
    };
  });
  const width = 2 * MARGIN + zones.length * ZONE_WIDTH + (zones.length - 1) * GAP;
  return { width, height: 2 * MARGIN + zoneHeight, words, boxes, arrows };
}
