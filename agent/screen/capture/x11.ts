/** The screen of an X display: XDamage says what changed, MIT-SHM brings it, XFixes and XInput tell of the pointer. */

import { DamageTracker } from "../../native/x11/damage.ts";
import { Grabber } from "../../native/x11/shm.ts";
import { CONFIGURE_NOTIFY, GENERIC_EVENT, type XConnection } from "../../native/x11/x11.ts";
import { convert } from "../../picture/convert.ts";
import type { Planes } from "../../picture/planes.ts";
import { clip, joinRectangles, type Rectangle } from "../../picture/rectangles.ts";
import { type CaptureHandlers, EVERYTHING, type ScreenCapture, type Wish, wanted } from "./capture.ts";
import { PointerFollower } from "./pointer-x11.ts";

/** Takes the connection over: close() closes it, and so does a failure to open. */
export function openX11Capture(connection: XConnection, handlers: CaptureHandlers): ScreenCapture {
  try {
    return new X11Capture(connection, handlers);
  } catch (error) {
    connection.close();
    throw error;
  }
}

class X11Capture implements ScreenCapture {
  readonly width: number;
  readonly height: number;
  readonly #connection: XConnection;
  readonly #handlers: CaptureHandlers;
  readonly #damage: DamageTracker;
  readonly #grabber: Grabber;
  readonly #pointer: PointerFollower;
  /** The planes that hold all that was taken so far. */
  #filled: Planes | undefined;
  #ended = false;
  #closed = false;

  constructor(connection: XConnection, handlers: CaptureHandlers) {
    this.#connection = connection;
    this.#handlers = handlers;
    // before the size is read: a change after it is reported
    connection.selectScreenSize();
    connection.sync();
    ({ width: this.width, height: this.height } = connection.size);
    this.#damage = new DamageTracker(connection);
    this.#pointer = new PointerFollower(connection, handlers);
    this.#grabber = new Grabber(connection, this);
    connection.watch({
      event: (type) => this.#event(type),
      drained: () => connection.flush(),
      lost: () => this.#end(() => handlers.lost({ code: "capture-lost", message: "The display went away." })),
    });
    this.#pointer.start();
  }

  #event(type: number): void {
    if (this.#ended) return;
    if (type === this.#damage.eventType) this.#handlers.damaged(Date.now());
    else if (type === this.#pointer.shapeEventType) this.#pointer.shapeChanged();
    else if (type === GENERIC_EVENT) this.#input();
    else if (type === CONFIGURE_NOTIFY) this.#configured();
  }

  #input(): void {
    this.#handlers.input();
    this.#pointer.moved();
  }

  #configured(): void {
    const { width, height } = this.#connection.size;
    if (width !== this.width || height !== this.height) this.#end(() => this.#handlers.resized());
  }

  #end(say: () => void): void {
    if (this.#ended || this.#closed) return;
    this.#ended = true;
    this.#pointer.stop();
    say();
  }

  take(planes: Planes, wish: Wish = EVERYTHING): number {
    if (this.#ended || this.#closed) return 0;
    const isNew = this.#filled !== planes;
    this.#filled = planes;
    let changed = 0;
    for (const { x, y, width, height } of wanted(this, isNew, wish, () => this.#damaged()))
      if (this.#grabber.fetch(x, y, width, height))
        changed += convert(this.#grabber.pixels, planes, x, y, width, height);
    return changed;
  }

  #damaged(): Rectangle[] {
    return joinRectangles(this.#damage.take()).flatMap((rectangle) => clip(rectangle, this) ?? []);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#pointer.stop();
    this.#damage.close();
    this.#grabber.close();
    this.#connection.close();
  }
}
