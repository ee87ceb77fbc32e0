/**
 * On X11 a monitor is covered by a gamma ramp that makes every colour black: the picture in memory, which is what we capture,
 * stays as it is. (A window over everything would be in the capture too.) Nothing can be written on a black monitor.
 *
 * The ramps as they were are noted on the root window before the first is changed, so that a successor can put them back
 * when this process dies. While it lives it owns the selection of the same name.
 */

import { DesktopFailure } from "../../desktop/problem.ts";
import { activeCrtcs, type Ramp, RootNote, readRamp, selectMonitorChanges, writeRamp } from "../../native/x11/gamma.ts";
import { Grabber } from "../../native/x11/shm.ts";
import type { XConnection } from "../../native/x11/x11.ts";
import type { Cover, CoverHandlers } from "./cover.ts";

const NOTE = "_ENGAWA_COVER";
/** So many rows of the screen are compared, to see that the capture does not go dark too. */
const SAMPLED_ROWS = 16;

/** Takes the connection over: close() closes it, and so does a failure to open. Throws DesktopFailure "no-cover". */
export function openX11Cover(connection: XConnection, handlers: CoverHandlers): Cover {
  try {
    return new X11Cover(connection, handlers);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Why the monitors could not be covered; undefined: they could. Covers nothing. Closes the connection. */
export function examineX11Cover(connection: XConnection): string | undefined {
  try {
    selectMonitorChanges(connection);
    if (new RootNote(connection, NOTE).isOwned) return undefined; // somebody does it just now
    return activeCrtcs(connection)
      .map((crtc) => rampProblem(readRamp(connection, crtc)))
      .find((problem) => problem !== undefined);
  } finally {
    connection.close();
  }
}

/** Puts back what a process that died left behind. Closes the connection. */
export function removeLeftX11Cover(connection: XConnection): void {
  const note = new RootNote(connection, NOTE);
  if (!note.isOwned) putBack(connection, note);
  connection.close();
}

function putBack(connection: XConnection, note: RootNote): void {
  const left = note.read();
  if (!left) return;
  for (const [crtc, ramp] of readRamps(left)) writeRamp(connection, crtc, ramp);
  note.remove();
}

class X11Cover implements Cover {
  readonly #connection: XConnection;
  readonly #note: RootNote;
  /** As they were, by CRTC. */
  readonly #before = new Map<number, Ramp>();
  #closed = false;

  constructor(connection: XConnection, handlers: CoverHandlers) {
    this.#connection = connection;
    this.#note = new RootNote(connection, NOTE);
    if (this.#note.isOwned) throw new DesktopFailure("no-cover", "Another agent covers this display already.");
    this.#note.own();
    putBack(connection, this.#note);
    selectMonitorChanges(connection);
    connection.watch({
      event: () => undefined,
      drained: () => handlers.changed(),
      lost: () => handlers.changed(),
    });
  }

  async verify(): Promise<string | undefined> {
    if (this.#closed || this.#connection.lost) return "The display went away.";
    for (const crtc of activeCrtcs(this.#connection)) {
      const problem = this.#darken(crtc);
      if (problem) return problem;
    }
    return undefined;
  }

  #darken(crtc: number): string | undefined {
    const ramp = readRamp(this.#connection, crtc);
    const isNew = !this.#before.has(crtc);
    if (isNew) {
      const problem = rampProblem(ramp);
      if (problem) return problem;
      this.#before.set(crtc, ramp);
      this.#note.write(writeRamps(this.#before));
    } else if (isDark(ramp)) return undefined;
    const wasBlack = !isNew || isBlack(this.#connection);
    writeRamp(this.#connection, crtc, new Uint16Array(ramp.length));
    if (!isDark(readRamp(this.#connection, crtc))) return "A monitor does not take a black gamma ramp.";
    if (!wasBlack && isBlack(this.#connection)) return "The cover would be seen in our own picture too.";
    return undefined;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#connection.lost) {
      for (const [crtc, ramp] of this.#before) writeRamp(this.#connection, crtc, ramp);
      this.#note.remove();
    }
    this.#connection.close();
  }
}

/** Of a monitor that nobody covers. */
function rampProblem(ramp: Ramp): string | undefined {
  if (ramp.length === 0) return "A monitor has no gamma ramp that could be made black.";
  // Xvfb, for one, begins with a ramp of zeros: what is set there darkens nothing
  if (isDark(ramp)) return "The X server keeps no true gamma ramp of a monitor, so none can be made black.";
  return undefined;
}

const isDark = (ramp: Ramp): boolean => ramp.every((value) => value === 0);

/** What our capture would bring, in some rows. */
function isBlack(connection: XConnection): boolean {
  const { width, height } = connection.size;
  const grabber = new Grabber(connection, { width, height: 1 });
  try {
    for (let row = 0; row < SAMPLED_ROWS; row++) {
      if (!grabber.fetch(0, Math.floor((row * height) / SAMPLED_ROWS), width, 1)) continue;
      if (grabber.pixels.subarray(0, width).some((pixel) => (pixel & 0xffffff) !== 0)) return false;
    }
    return true;
  } finally {
    grabber.close();
  }
}

/** For each ramp: CRTC u32, samples u32, the samples u16; little endian. */
function writeRamps(ramps: ReadonlyMap<number, Ramp>): Uint8Array {
  return Buffer.concat(
    [...ramps].map(([crtc, ramp]) => {
      const head = Buffer.alloc(8);
      head.writeUInt32LE(crtc, 0);
      head.writeUInt32LE(ramp.length, 4);
      return Buffer.concat([head, Buffer.from(ramp.buffer)]);
    }),
  );
}

/** Whatever is not understood is left out: any program can write such a note. */
function readRamps(bytes: Uint8Array<ArrayBuffer>): Map<number, Ramp> {
  const ramps = new Map<number, Ramp>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length; ) {
    const [crtc, length] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    const end = at + 8 + length * 2;
    if (end > bytes.length || length % 3 !== 0) break;
    ramps.set(crtc, new Uint16Array(bytes.slice(at + 8, end).buffer));
    at = end;
  }
  return ramps;
}
