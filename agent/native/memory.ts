/**
 * Memory outside the JavaScript heap: it never moves, so that a library may keep its address, and it is given back to
 * the system when freed, not when a collector comes by.
 */
import koffi from "koffi";
import { loadLibrary, type Pointer } from "./library.ts";

export interface NativeMemory {
  readonly pointer: Pointer;
  /** Must not be touched after free(). */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Idempotent. */
  free(): void;
}

const libc = loadLibrary(
  process.platform === "win32" ? { file: "msvcrt.dll" } : { file: "libc.so.6", debianPackage: "libc6" },
);
const calloc = libc.func("void *calloc(size_t count, size_t size)") as (count: number, size: number) => Pointer | null;
const release = libc.func("void free(void *memory)") as (memory: Pointer) => void;

/** Zeroed memory of this size. */
export function allocate(size: number): NativeMemory {
  const pointer = calloc(1, size);
  if (!pointer) throw new Error(`no memory for ${size} bytes`);
  let freed = false;
  return {
    pointer,
    bytes: new Uint8Array(koffi.view(pointer, size)),
    free() {
      if (!freed) release(pointer);
      freed = true;
    },
  };
}

/** A copy of memory that belongs to a library. */
export function copyOf(pointer: Pointer, size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(koffi.view(pointer, size)).slice();
}

/** A window into memory that belongs to a library; valid as long as the library says so. */
export function viewOf(pointer: Pointer, size: number): DataView {
  return new DataView(koffi.view(pointer, size));
}
