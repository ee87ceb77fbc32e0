/** The office pointer as messages for one viewer: each shape is sent once, positions only when somebody at the office moved it. */
import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import type { AgentControl } from "../../signaling/protocol/channels.ts";
import { MAX_POINTER_PX } from "../../signaling/protocol/limits.ts";
import { ARROW } from "../desktop/arrow.ts";
import type { PointerShape } from "../desktop/reports.ts";

/** How long an injected position may take to be reported back by the screen. */
const ECHO_MS = 1_000;
const POSITION_EVERY_MS = 100;
/** Programs that animate their pointer make many shapes; the oldest ids are used again. */
const MAX_SHAPES = 256;

export class PointerNotices {
  readonly #ids = new Map<string, number>();
  #nextId = 0;
  #injected: { x: number; y: number; at: number }[] = [];
  #toldAt = Number.NEGATIVE_INFINITY;

  shape(shape: PointerShape | undefined): AgentControl[] {
    if (!shape) return [{ type: "pointer-use", id: null }];
    const fitting = shape.width <= MAX_POINTER_PX && shape.height <= MAX_POINTER_PX ? shape : ARROW;
    const { width, height, hotX, hotY, rgba } = fitting;
    const key = createHash("sha1").update(`${width} ${height} ${hotX} ${hotY} `).update(rgba).digest("base64");
    const known = this.#ids.get(key);
    if (known !== undefined) return [{ type: "pointer-use", id: known }];
    const pixels = deflateRawSync(rgba).toString("base64");
    if (pixels.length > 60_000) return fitting === shape ? this.shape(ARROW) : [];
    const id = this.#newId(key);
    return [
      { type: "pointer-shape", id, width, height, hotX: Math.min(hotX, width), hotY: Math.min(hotY, height), pixels },
      { type: "pointer-use", id },
    ];
  }

  injected(x: number, y: number, now: number): void {
    this.#injected.push({ x, y, at: now });
    if (this.#injected.length > 600) this.#injected.splice(0, 100);
  }

  position(position: { x: number; y: number }, now: number): AgentControl[] {
    this.#injected = this.#injected.filter((move) => now - move.at < ECHO_MS);
    const echo = this.#injected.some(
      (move) => Math.abs(move.x - position.x) <= 1 && Math.abs(move.y - position.y) <= 1,
    );
    if (echo || now - this.#toldAt < POSITION_EVERY_MS) return [];
    this.#toldAt = now;
    return [{ type: "pointer-position", ...position }];
  }

  #newId(key: string): number {
    const id = this.#nextId;
    this.#nextId = (this.#nextId + 1) % MAX_SHAPES;
    for (const [old, used] of this.#ids) if (used === id) this.#ids.delete(old);
    this.#ids.set(key, id);
    return id;
  }
}
