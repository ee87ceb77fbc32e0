/**
 * What we use of the binary interface of DXGI and Direct3D 11: where methods stand in their interfaces' tables, where fields
 * lie in their structures (64 bits), in the names of dxgi1_2.h and d3d11.h. It is data, so that a test can hold it against
 * those headers on any system.
 */
import type { Rectangle } from "../../picture/rectangles.ts";

/** Interface → method → its place in the table. */
export const METHODS = {
  IUnknown: { QueryInterface: 0, Release: 2 },
  IDXGIFactory1: { EnumAdapters1: 12 },
  IDXGIAdapter1: { EnumOutputs: 7 },
  IDXGIOutput1: { GetDesc: 7, DuplicateOutput: 22 },
  IDXGIOutputDuplication: {
    GetDesc: 7,
    AcquireNextFrame: 8,
    GetFrameDirtyRects: 9,
    GetFrameMoveRects: 10,
    ReleaseFrame: 14,
  },
  ID3D11Device: { CreateTexture2D: 5 },
  ID3D11DeviceContext: { Map: 14, Unmap: 15, CopySubresourceRegion: 46 },
} as const;

/** Structure → its size, and the places of its fields, in bytes. */
export const LAYOUTS = {
  RECT: { size: 16, fields: { left: 0, top: 4, right: 8, bottom: 12 } },
  DXGI_OUTPUT_DESC: { size: 96, fields: { DesktopCoordinates: 64, AttachedToDesktop: 80, Rotation: 84 } },
  DXGI_OUTDUPL_DESC: { size: 36, fields: { "ModeDesc.Width": 0, "ModeDesc.Height": 4, Rotation: 28 } },
  DXGI_OUTDUPL_FRAME_INFO: { size: 48, fields: { LastPresentTime: 0, TotalMetadataBufferSize: 40 } },
  DXGI_OUTDUPL_MOVE_RECT: { size: 24, fields: { SourcePoint: 0, DestinationRect: 8 } },
  D3D11_TEXTURE2D_DESC: {
    size: 44,
    fields: {
      Width: 0,
      Height: 4,
      MipLevels: 8,
      ArraySize: 12,
      Format: 16,
      "SampleDesc.Count": 20,
      Usage: 28,
      CPUAccessFlags: 36,
    },
  },
  D3D11_MAPPED_SUBRESOURCE: { size: 16, fields: { pData: 0, RowPitch: 8 } },
  D3D11_BOX: { size: 24, fields: { left: 0, top: 4, front: 8, right: 12, bottom: 16, back: 20 } },
} as const;

/** Constants of the same headers, and results (HRESULT) as unsigned numbers. */
export const CONSTANTS = {
  DXGI_MODE_ROTATION_IDENTITY: 1,
  DXGI_FORMAT_B8G8R8A8_UNORM: 87,
  D3D11_USAGE_STAGING: 3,
  D3D11_CPU_ACCESS_READ: 0x20000,
  D3D11_MAP_READ: 1,
  D3D11_CREATE_DEVICE_BGRA_SUPPORT: 0x20,
  D3D11_SDK_VERSION: 7,
  DXGI_ERROR_NOT_FOUND: 0x887a0002,
  DXGI_ERROR_ACCESS_LOST: 0x887a0026,
  DXGI_ERROR_WAIT_TIMEOUT: 0x887a0027,
} as const;

export const INTERFACES = {
  IDXGIFactory1: "770aae78-f26f-4dba-a829-253c83d1b387",
  IDXGIOutput1: "00cddea8-939b-4b83-a340-a685226666cc",
  ID3D11Texture2D: "6f15aaf2-d208-4e89-9ab4-489535d34f9c",
} as const;

/** A GUID as it lies in memory: three little-endian numbers, then eight bytes as written. */
export function guid(text: string): Uint8Array {
  const hex = Buffer.from(text.replaceAll("-", ""), "hex");
  return Buffer.concat([
    hex.subarray(0, 4).reverse(),
    hex.subarray(4, 6).reverse(),
    hex.subarray(6, 8).reverse(),
    hex.subarray(8),
  ]);
}

/**
 * Where a frame differs from the one before: the dirty rectangles, and the places that something was moved to. The new frame
 * holds what was moved, so where it came from does not matter to someone who reads the pixels.
 */
export function changedAreas(dirtyRects: DataView, moveRects: DataView): Rectangle[] {
  const { RECT, DXGI_OUTDUPL_MOVE_RECT: MOVE } = LAYOUTS;
  const areas: Rectangle[] = [];
  for (let at = 0; at + RECT.size <= dirtyRects.byteLength; at += RECT.size) areas.push(readRect(dirtyRects, at));
  for (let at = 0; at + MOVE.size <= moveRects.byteLength; at += MOVE.size)
    areas.push(readRect(moveRects, at + MOVE.fields.DestinationRect));
  return areas;
}

export function readRect(view: DataView, at: number): Rectangle {
  const [x, y] = [view.getInt32(at, true), view.getInt32(at + 4, true)];
  return { x, y, width: view.getInt32(at + 8, true) - x, height: view.getInt32(at + 12, true) - y };
}
