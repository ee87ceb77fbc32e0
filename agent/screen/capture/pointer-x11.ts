/** Tells of the pointer's shape and position, cheaply: a still pointer costs nothing, a fast one 60 wake-ups a second. */
import { MAX_POINTER_PX } from "../../../signaling/protocol/limits.ts";
import { ARROW } from "../../desktop/arrow.ts";
import { PointerWatcher } from "../../native/x11/pointer.ts";
import type { XConnection } from "../../native/x11/x11.ts";
import { type CaptureHandlers, shapeReport } from "./capture.ts";

/** 60 positions a second. */
const POSITION_INTERVAL_MS = 16;

export class PointerFollower {
  readonly #watcher: PointerWatcher;
  readonly #handlers: Pick<CaptureHandlers, "report">;
  readonly shapeEventType: number;
  #timer: NodeJS.Timeout | undefined;
  #last = { x: -1, y: -1 };
  #stopped = false;

  constructor(connection: XConnection, handlers: Pick<CaptureHandlers, "report">) {
    this.#handlers = handlers;
    this.#watcher = new PointerWatcher(connection);
    this.shapeEventType = this.#watcher.shapeEventType;
  }

  start(): void {
    this.shapeChanged();
    this.#report();
    this.#watcher.reportMotion(true);
  }

  shapeChanged(): void {
    const shape = this.#watcher.shape();
    const tooLarge = shape && Math.max(shape.width, shape.height) > MAX_POINTER_PX;
    this.#handlers.report(shapeReport(tooLarge ? ARROW : shape));
  }

  /** The first motion is told at once; then motion is not asked for until the interval is over. */
  moved(): void {
    if (this.#timer || this.#stopped) return;
    this.#watcher.reportMotion(false);
    this.#report();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // asked for again first, so that a motion after the report is not missed
      this.#watcher.reportMotion(true);
      this.#report();
    }, POSITION_INTERVAL_MS);
  }

  #report(): void {
    const { x, y } = this.#watcher.position();
    if (x === this.#last.x && y === this.#last.y) return;
    this.#last = { x, y };
    this.#handlers.report({ type: "pointer-position", x, y });
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#watcher.close();
  }
}
