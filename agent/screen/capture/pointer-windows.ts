/** Tells of the pointer's shape and position on Windows, which has to be asked. */
import { MAX_POINTER_PX } from "../../../signaling/protocol/limits.ts";
import { ARROW } from "../../desktop/arrow.ts";
import type { PointerShape } from "../../desktop/reports.ts";
import type { Pointer } from "../../native/library.ts";
import { CursorReader } from "../../native/win32/pointer.ts";
import { type CaptureHandlers, shapeReport } from "./capture.ts";
import { cursorShape } from "./cursor.ts";

/** A shape that keeps its handle is read again this seldom: Windows may give the handle to another one. */
const READ_AGAIN_MS = 500;

export class PointerPoll {
  readonly #reader = new CursorReader();
  readonly #origin: { x: number; y: number };
  readonly #handlers: Pick<CaptureHandlers, "report">;
  #position: { x: number; y: number } | undefined;
  #shape:
    | { readonly handle: Pointer | undefined; readonly readAt: number; readonly shape: PointerShape | undefined }
    | undefined;

  /** `origin`: where the virtual screen begins, in Windows' coordinates. */
  constructor(origin: { x: number; y: number }, handlers: Pick<CaptureHandlers, "report">) {
    this.#origin = origin;
    this.#handlers = handlers;
  }

  /** Tells what changed. True when the pointer moved. */
  look(now: number): boolean {
    const state = this.#reader.state();
    if (!state) {
      this.#tellShape(undefined, undefined, now);
      return false;
    }
    const known = this.#shape;
    if (!known || known.handle !== state.handle || now - known.readAt >= READ_AGAIN_MS)
      this.#tellShape(state.handle, state.handle === undefined ? undefined : this.#read(state.handle), now);
    return this.#tellPosition(state.x - this.#origin.x, state.y - this.#origin.y);
  }

  #read(handle: Pointer): PointerShape | undefined {
    const bitmaps = this.#reader.bitmaps(handle);
    const shape = bitmaps ? cursorShape(bitmaps) : ARROW;
    return shape && Math.max(shape.width, shape.height) > MAX_POINTER_PX ? ARROW : shape;
  }

  #tellShape(handle: Pointer | undefined, shape: PointerShape | undefined, now: number): void {
    const known = this.#shape;
    this.#shape = { handle, shape, readAt: now };
    if (!known || !equal(known.shape, shape)) this.#handlers.report(shapeReport(shape));
  }

  #tellPosition(x: number, y: number): boolean {
    if (this.#position?.x === x && this.#position.y === y) return false;
    this.#position = { x, y };
    this.#handlers.report({ type: "pointer-position", x, y });
    return true;
  }

  close(): void {
    this.#reader.close();
  }
}

function equal(a: PointerShape | undefined, b: PointerShape | undefined): boolean {
  if (!a || !b) return a === b;
  const sameFrame = a.width === b.width && a.height === b.height && a.hotX === b.hotX && a.hotY === b.hotY;
  return sameFrame && Buffer.compare(a.rgba, b.rgba) === 0;
}
