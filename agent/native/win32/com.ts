/** Calls methods of COM objects: an object is the address of a table of functions (MSDN, "The Component Object Model"). */
import koffi, { type TypeObject } from "koffi";
import type { Pointer } from "../library.ts";
import { allocate, viewOf } from "../memory.ts";
import { guid, METHODS } from "./dxgi-layouts.ts";

const POINTER_BYTES = 8;
const prototypes = new Map<string, TypeObject>();

/**
 * Calls the method at this place of the object's table. `parameters`: those after the object, as C writes them, e.g.
 * "uint32, void *". Returns its result (HRESULT) as an unsigned number.
 */
export function call(object: Pointer, place: number, parameters: string, ...values: readonly unknown[]): number {
  const table = wordAt(object);
  const method = wordAt(table + BigInt(place * POINTER_BYTES));
  return (koffi.call(method, prototype(parameters), object, ...values) as number) >>> 0;
}

function wordAt(address: Pointer): Pointer {
  return viewOf(address, POINTER_BYTES).getBigUint64(0, true);
}

function prototype(parameters: string): TypeObject {
  const known = prototypes.get(parameters);
  if (known) return known;
  const list = parameters ? `void *, ${parameters}` : "void *";
  const made = koffi.proto(`int32 __stdcall ComMethod${prototypes.size}(${list})`);
  prototypes.set(parameters, made);
  return made;
}

export const failed = (result: number): boolean => result >= 0x80000000;
export const inHex = (result: number): string => `0x${result.toString(16).padStart(8, "0")}`;

/** What `fill` writes into the place for a pointer that it is given. */
export function outPointer(fill: (place: Pointer) => number): { result: number; pointer: Pointer } {
  const place = allocate(POINTER_BYTES);
  const result = fill(place.pointer);
  const pointer = new DataView(place.bytes.buffer).getBigUint64(0, true);
  place.free();
  return { result, pointer };
}

/** The same object by another of its interfaces; undefined when it has none of this id. To be released. */
export function queryInterface(object: Pointer, id: string): Pointer | undefined {
  const bytes = allocate(16);
  bytes.bytes.set(guid(id));
  const place = METHODS.IUnknown.QueryInterface;
  const { result, pointer } = outPointer((out) => call(object, place, "void *, void *", bytes.pointer, out));
  bytes.free();
  return failed(result) ? undefined : pointer;
}

export function release(object: Pointer): void {
  call(object, METHODS.IUnknown.Release, "");
}
