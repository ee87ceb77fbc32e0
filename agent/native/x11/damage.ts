/** XDamage on the root window: which rectangles changed since they were last asked for. */
import type { Rectangle } from "../../picture/rectangles.ts";
import { loadLibrary, type Pointer } from "../library.ts";
import { viewOf } from "../memory.ts";
import { createEmptyRegion, libXfixes, openFixes } from "./fixes.ts";
import type { XConnection } from "./x11.ts";

const libX11 = loadLibrary({ file: "libX11.so.6", debianPackage: "libx11-6" });
const libXdamage = loadLibrary({ file: "libXdamage.so.1", debianPackage: "libxdamage1" });

const x = {
  free: libX11.func("int XFree(void *data)") as (data: Pointer) => number,
  queryDamage: libXdamage.func("int XDamageQueryVersion(void *display, _Out_ int *major, _Out_ int *minor)") as (
    display: Pointer,
    major: number[],
    minor: number[],
  ) => number,
  createDamage: libXdamage.func("unsigned long XDamageCreate(void *display, unsigned long drawable, int level)") as (
    display: Pointer,
    drawable: number,
    level: number,
  ) => number,
  subtract: libXdamage.func(
    "void XDamageSubtract(void *display, unsigned long damage, unsigned long repair, unsigned long parts)",
  ) as (display: Pointer, damage: number, repair: number, parts: number) => void,
  destroyDamage: libXdamage.func("void XDamageDestroy(void *display, unsigned long damage)") as (
    display: Pointer,
    damage: number,
  ) => void,
  fetchRegion: libXfixes.func("void *XFixesFetchRegion(void *display, unsigned long region, _Out_ int *count)") as (
    display: Pointer,
    region: number,
    count: number[],
  ) => Pointer | null,
};

/** XDamageReportNonEmpty: one event when something becomes damaged, the next one only after it was taken. */
const REPORT_NON_EMPTY = 3;
const BYTES_PER_RECTANGLE = 8;

export class DamageTracker {
  readonly #connection: XConnection;
  readonly #damage: number;
  readonly #region: number;
  /** The type of the event that says there is something to take. */
  readonly eventType: number;

  constructor(connection: XConnection) {
    this.#connection = connection;
    this.eventType = connection.extension("DAMAGE").firstEvent;
    // as with XFixes
    x.queryDamage(connection.display, [0], [0]);
    openFixes(connection);
    this.#damage = x.createDamage(connection.display, connection.root, REPORT_NON_EMPTY);
    this.#region = createEmptyRegion(connection);
  }

  /** What changed since the last call. Changes from now on are reported again. */
  take(): Rectangle[] {
    const { display } = this.#connection;
    x.subtract(display, this.#damage, 0, this.#region);
    const count = [0];
    const list = x.fetchRegion(display, this.#region, count);
    if (!list) return [];
    const rectangles = readRectangles(list, count[0] ?? 0);
    x.free(list);
    return rectangles;
  }

  close(): void {
    if (!this.#connection.lost) x.destroyDamage(this.#connection.display, this.#damage);
  }
}

/** XRectangle: short x, y; unsigned short width, height. */
function readRectangles(list: Pointer, count: number): Rectangle[] {
  if (count === 0) return [];
  const view = viewOf(list, count * BYTES_PER_RECTANGLE);
  return Array.from({ length: count }, (_, index) => {
    const at = index * BYTES_PER_RECTANGLE;
    return {
      x: view.getInt16(at, true),
      y: view.getInt16(at + 2, true),
      width: view.getUint16(at + 4, true),
      height: view.getUint16(at + 6, true),
    };
  });
}
