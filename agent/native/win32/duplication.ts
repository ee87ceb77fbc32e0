/**
 * Desktop duplication (MSDN, "Desktop Duplication API", Windows 8 and later): each monitor's newest picture as a texture of
 * its graphics card, with the rectangles that changed. Costs almost nothing while nothing changes.
 *
 * Not run under Wine 8, which has the interfaces but not the duplication: it answers E_NOTIMPL, and so do
 * graphics drivers that cannot. The layouts are held against the headers by a test.
 */
import type { Rectangle } from "../../picture/rectangles.ts";
import { loadLibrary, type Pointer } from "../library.ts";
import { allocate } from "../memory.ts";
import { call, failed, inHex, outPointer, queryInterface, release } from "./com.ts";
import { CONSTANTS as C, changedAreas, guid, INTERFACES, LAYOUTS, METHODS, readRect } from "./dxgi-layouts.ts";
import { NoDuplication, TextureReader } from "./texture.ts";

/** One monitor. */
export interface Output {
  /** In Windows' coordinates. */
  readonly area: Rectangle;
  /**
   * Copies what changed since the last call into `pixels`, a picture of `stride` pixels a row in which this monitor begins at
   * `origin`; returns where, within the monitor. Waits at most `waitMs` for a change. "lost": open it anew.
   */
  next(pixels: Int32Array, stride: number, origin: number, waitMs: number): Rectangle[] | "lost";
  close(): void;
}

/** The frame information's fields. */
const F = LAYOUTS.DXGI_OUTDUPL_FRAME_INFO.fields;
const RECTS_BYTES_AT_FIRST = 4096;

/** All monitors that show the desktop, on all graphics cards. Throws NoDuplication, and leaves nothing open then. */
export function duplicateOutputs(): Output[] {
  const createFactory = loadLibrary({ file: "dxgi.dll" }).func(
    "int32 __stdcall CreateDXGIFactory1(void *id, void *factory)",
  );
  const id = allocate(16);
  id.bytes.set(guid(INTERFACES.IDXGIFactory1));
  const { result, pointer: factory } = outPointer((out) => (createFactory(id.pointer, out) as number) >>> 0);
  id.free();
  if (failed(result)) throw new NoDuplication(`CreateDXGIFactory1 answers ${inHex(result)}`);
  const outputs: Output[] = [];
  try {
    for (const adapter of listed(factory, METHODS.IDXGIFactory1.EnumAdapters1))
      withObject(adapter, () => {
        for (const output of listed(adapter, METHODS.IDXGIAdapter1.EnumOutputs))
          withObject(output, () => {
            const found = openOutput(adapter, output);
            if (found) outputs.push(found);
          });
      });
    if (outputs.length === 0) throw new NoDuplication("no monitor belongs to a graphics card");
    return outputs;
  } catch (error) {
    for (const output of outputs) output.close();
    throw error;
  } finally {
    release(factory);
  }
}

function* listed(parent: Pointer, method: number): Generator<Pointer> {
  for (let index = 0; ; index++) {
    const { result, pointer } = outPointer((out) => call(parent, method, "uint32, void *", index, out));
    if (failed(result)) return;
    yield pointer;
  }
}

function withObject(object: Pointer, use: () => void): void {
  try {
    use();
  } finally {
    release(object);
  }
}

function openOutput(adapter: Pointer, output: Pointer): Output | undefined {
  const output1 = queryInterface(output, INTERFACES.IDXGIOutput1);
  if (!output1) throw new NoDuplication("Windows is older than 8");
  try {
    const { size, fields } = LAYOUTS.DXGI_OUTPUT_DESC;
    const description = allocate(size);
    const result = call(output1, METHODS.IDXGIOutput1.GetDesc, "void *", description.pointer);
    const view = new DataView(description.bytes.slice().buffer);
    description.free();
    if (failed(result)) throw new NoDuplication(`IDXGIOutput::GetDesc answers ${inHex(result)}`);
    if (view.getUint32(fields.AttachedToDesktop, true) === 0) {
      release(output1);
      return undefined;
    }
    if (view.getUint32(fields.Rotation, true) > C.DXGI_MODE_ROTATION_IDENTITY)
      throw new NoDuplication("a monitor is turned");
    return new DuplicatedOutput(adapter, output1, readRect(view, fields.DesktopCoordinates));
  } catch (error) {
    release(output1);
    throw error;
  }
}

class DuplicatedOutput implements Output {
  readonly area: Rectangle;
  readonly #output: Pointer;
  readonly #reader: TextureReader;
  #duplication: Pointer | undefined;
  readonly #info = allocate(LAYOUTS.DXGI_OUTDUPL_FRAME_INFO.size);
  readonly #infoView = new DataView(this.#info.bytes.buffer);
  #rects = allocate(RECTS_BYTES_AT_FIRST);
  /** A frame is held until just before the next is asked for: meanwhile Windows gathers the changes. */
  #holdsFrame = false;
  /** Nothing has been copied since it was opened. */
  #isFresh = true;

  /** Takes `output` over if it returns; borrows the adapter. */
  constructor(adapter: Pointer, output: Pointer, area: Rectangle) {
    this.area = area;
    this.#output = output;
    this.#reader = new TextureReader(adapter, area);
    try {
      this.#duplicate();
    } catch (error) {
      this.#free();
      throw error;
    }
  }

  #duplicate(): void {
    const { result, pointer } = outPointer((out) =>
      call(this.#output, METHODS.IDXGIOutput1.DuplicateOutput, "void *, void *", this.#reader.device, out),
    );
    if (failed(result)) throw new NoDuplication(`DuplicateOutput answers ${inHex(result)}`);
    this.#duplication = pointer;
    this.#holdsFrame = false;
    this.#isFresh = true;
    const { size, fields } = LAYOUTS.DXGI_OUTDUPL_DESC;
    const description = allocate(size);
    call(pointer, METHODS.IDXGIOutputDuplication.GetDesc, "void *", description.pointer);
    const view = new DataView(description.bytes.slice().buffer);
    description.free();
    const { width, height } = this.area;
    if (
      view.getUint32(fields["ModeDesc.Width"], true) !== width ||
      view.getUint32(fields["ModeDesc.Height"], true) !== height
    )
      throw new NoDuplication("a monitor's picture has another size than the monitor");
  }

  next(pixels: Int32Array, stride: number, origin: number, waitMs: number): Rectangle[] | "lost" {
    const acquired = this.#acquire(waitMs);
    if (typeof acquired === "string") return acquired === "lost" && !this.#openedAnew() ? "lost" : [];
    try {
      // 0: only the pointer moved
      if (this.#infoView.getBigInt64(F.LastPresentTime, true) === 0n) return [];
      const areas = this.#changed();
      if (areas === "lost" || !this.#reader.read(acquired, areas, pixels, stride, origin)) return "lost";
      this.#isFresh = false;
      return areas;
    } finally {
      release(acquired);
    }
  }

  #acquire(waitMs: number): Pointer | "nothing" | "lost" {
    const duplication = this.#duplication;
    if (!duplication) return "lost";
    const { AcquireNextFrame, ReleaseFrame } = METHODS.IDXGIOutputDuplication;
    if (this.#holdsFrame && failed(call(duplication, ReleaseFrame, ""))) return "lost";
    this.#holdsFrame = false;
    const { result, pointer } = outPointer((out) =>
      call(duplication, AcquireNextFrame, "uint32, void *, void *", waitMs, this.#info.pointer, out),
    );
    if (result === C.DXGI_ERROR_WAIT_TIMEOUT) return "nothing";
    if (failed(result)) return "lost";
    this.#holdsFrame = true;
    return pointer;
  }

  /** A change of mode, a full-screen program or another desktop ends a duplication; the next one may work. */
  #openedAnew(): boolean {
    if (this.#duplication) release(this.#duplication);
    this.#duplication = undefined;
    try {
      this.#duplicate();
      return true;
    } catch {
      return false;
    }
  }

  #changed(): Rectangle[] | "lost" {
    const bytes = this.#infoView.getUint32(F.TotalMetadataBufferSize, true);
    const { width, height } = this.area;
    if (this.#isFresh || bytes === 0) return [{ x: 0, y: 0, width, height }];
    if (bytes > this.#rects.bytes.byteLength) {
      this.#rects.free();
      this.#rects = allocate(bytes);
    }
    const { GetFrameDirtyRects, GetFrameMoveRects } = METHODS.IDXGIOutputDuplication;
    const moves = this.#metadata(GetFrameMoveRects);
    const dirty = this.#metadata(GetFrameDirtyRects);
    return moves && dirty ? changedAreas(dirty, moves) : "lost";
  }

  #metadata(method: number): DataView | undefined {
    const needed = allocate(4);
    const { pointer, bytes } = this.#rects;
    const result = call(
      this.#duplication as Pointer,
      method,
      "uint32, void *, void *",
      bytes.byteLength,
      pointer,
      needed.pointer,
    );
    const length = new DataView(needed.bytes.buffer).getUint32(0, true);
    needed.free();
    return failed(result) ? undefined : new DataView(bytes.slice(0, length).buffer);
  }

  #free(): void {
    if (this.#duplication) release(this.#duplication);
    this.#duplication = undefined;
    this.#reader.close();
    this.#info.free();
    this.#rects.free();
  }

  close(): void {
    this.#free();
    release(this.#output);
  }
}
