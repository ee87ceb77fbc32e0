/** Reads textures of a graphics card (Direct3D 11): copies them into one that programs may read, and from there. */
import type { Rectangle } from "../../picture/rectangles.ts";
import { loadLibrary, type Pointer } from "../library.ts";
import { allocate, viewOf } from "../memory.ts";
import { call, failed, inHex, outPointer, queryInterface, release } from "./com.ts";
import { CONSTANTS as C, INTERFACES, LAYOUTS, METHODS } from "./dxgi-layouts.ts";

/** Why desktop duplication cannot be used here, in words. */
export class NoDuplication extends Error {
  override readonly name = "NoDuplication";
}

export class TextureReader {
  readonly #area: Rectangle;
  /** ID3D11Device of the card. */
  readonly device: Pointer;
  readonly #context: Pointer;
  readonly #staging: Pointer;

  /** Borrows the adapter. Throws NoDuplication. `area`: whose size all textures have. */
  constructor(adapter: Pointer, area: Rectangle) {
    this.#area = area;
    [this.device, this.#context] = createDevice(adapter);
    try {
      this.#staging = createStaging(this.device, area);
    } catch (error) {
      for (const object of [this.#context, this.device]) release(object);
      throw error;
    }
  }

  /** From the card's texture to one that may be read, and from there into `pixels`; see Output. False: it failed. */
  read(frame: Pointer, areas: readonly Rectangle[], pixels: Int32Array, stride: number, origin: number): boolean {
    const inside = areas.map((area) => within(area, this.#area)).filter(({ width, height }) => width > 0 && height > 0);
    const mapped = this.#stage(frame, inside) ? this.#map() : undefined;
    if (!mapped) return false;
    for (const { x, y, width, height } of inside)
      for (let row = y; row < y + height; row++)
        pixels.set(new Int32Array(mapped.bytes, row * mapped.pitch + x * 4, width), origin + row * stride + x);
    call(this.#context, METHODS.ID3D11DeviceContext.Unmap, "void *, uint32", this.#staging, 0);
    return true;
  }

  #stage(frame: Pointer, areas: readonly Rectangle[]): boolean {
    const texture = queryInterface(frame, INTERFACES.ID3D11Texture2D);
    if (!texture) return false;
    const box = allocate(LAYOUTS.D3D11_BOX.size);
    const place = METHODS.ID3D11DeviceContext.CopySubresourceRegion;
    const parameters = "void *, uint32, uint32, uint32, uint32, void *, uint32, void *";
    for (const { x, y, width, height } of areas) {
      new Uint32Array(box.bytes.buffer).set([x, y, 0, x + width, y + height, 1]);
      call(this.#context, place, parameters, this.#staging, 0, x, y, 0, texture, 0, box.pointer);
    }
    box.free();
    release(texture);
    return true;
  }

  /** Waits for the card. To be unmapped. */
  #map(): { bytes: ArrayBuffer; pitch: number } | undefined {
    const mapped = allocate(LAYOUTS.D3D11_MAPPED_SUBRESOURCE.size);
    const parameters = "void *, uint32, uint32, uint32, void *";
    const place = METHODS.ID3D11DeviceContext.Map;
    const result = call(this.#context, place, parameters, this.#staging, 0, C.D3D11_MAP_READ, 0, mapped.pointer);
    const view = new DataView(mapped.bytes.slice().buffer);
    mapped.free();
    if (failed(result)) return undefined;
    const { pData, RowPitch } = LAYOUTS.D3D11_MAPPED_SUBRESOURCE.fields;
    const pitch = view.getUint32(RowPitch, true);
    const bytes = viewOf(view.getBigUint64(pData, true), pitch * this.#area.height).buffer as ArrayBuffer;
    return { bytes, pitch };
  }

  close(): void {
    for (const object of [this.#staging, this.#context, this.device]) release(object);
  }
}

function within({ x, y, width, height }: Rectangle, frame: Rectangle): Rectangle {
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  return {
    x: left,
    y: top,
    width: Math.min(frame.width, x + width) - left,
    height: Math.min(frame.height, y + height) - top,
  };
}

function createDevice(adapter: Pointer): [device: Pointer, context: Pointer] {
  const create = loadLibrary({ file: "d3d11.dll" }).func(
    "int32 __stdcall D3D11CreateDevice(void *adapter, int kind, void *software, uint flags, void *levels, uint levelCount, uint sdk, void *device, void *level, void *context)",
  );
  const context = allocate(8);
  const { result, pointer: device } = outPointer(
    (out) =>
      (create(
        adapter,
        0, // D3D_DRIVER_TYPE_UNKNOWN: the adapter's own
        null,
        C.D3D11_CREATE_DEVICE_BGRA_SUPPORT,
        null,
        0,
        C.D3D11_SDK_VERSION,
        out,
        null,
        context.pointer,
      ) as number) >>> 0,
  );
  const contextPointer = new DataView(context.bytes.buffer).getBigUint64(0, true);
  context.free();
  if (failed(result)) throw new NoDuplication(`D3D11CreateDevice answers ${inHex(result)}`);
  return [device, contextPointer];
}

function createStaging(device: Pointer, { width, height }: Rectangle): Pointer {
  const { size, fields } = LAYOUTS.D3D11_TEXTURE2D_DESC;
  const description = allocate(size);
  const view = new DataView(description.bytes.buffer);
  const set = (at: number, value: number) => view.setUint32(at, value, true);
  set(fields.Width, width);
  set(fields.Height, height);
  set(fields.MipLevels, 1);
  set(fields.ArraySize, 1);
  set(fields.Format, C.DXGI_FORMAT_B8G8R8A8_UNORM);
  set(fields["SampleDesc.Count"], 1);
  set(fields.Usage, C.D3D11_USAGE_STAGING);
  set(fields.CPUAccessFlags, C.D3D11_CPU_ACCESS_READ);
  const { result, pointer } = outPointer((out) =>
    call(device, METHODS.ID3D11Device.CreateTexture2D, "void *, void *, void *", description.pointer, null, out),
  );
  description.free();
  if (failed(result)) throw new NoDuplication(`CreateTexture2D answers ${inHex(result)}`);
  return pointer;
}
