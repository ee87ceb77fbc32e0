/**
 * Fixed binary layouts, told once: the type, the writer and the strict reader come from one description. Used on the
 * pipe between the network process and the desktop process, where a validation library would cost more memory than
 * everything else in the child.
 */

export interface Field<T> {
  size(value: T): number;
  write(view: DataView, at: number, value: T): number;
  /** Throws RangeError or Malformed. Returns the position after it. */
  read(view: DataView, at: number): [T, number];
}

export class Malformed extends Error {
  override readonly name = "Malformed";
}

function integer(
  size: number,
  get: (view: DataView, at: number) => number,
  set: (view: DataView, at: number, value: number) => void,
): Field<number> {
  return {
    size: () => size,
    write: (view, at, value) => {
      set(view, at, value);
      return at + size;
    },
    read: (view, at) => [get(view, at), at + size],
  };
}

export const u8 = integer(
  1,
  (v, at) => v.getUint8(at),
  (v, at, n) => v.setUint8(at, n),
);
export const u16 = integer(
  2,
  (v, at) => v.getUint16(at),
  (v, at, n) => v.setUint16(at, n),
);
export const i16 = integer(
  2,
  (v, at) => v.getInt16(at),
  (v, at, n) => v.setInt16(at, n),
);
export const u32 = integer(
  4,
  (v, at) => v.getUint32(at),
  (v, at, n) => v.setUint32(at, n),
);

/** A number that must be finite. */
export const f64: Field<number> = {
  size: () => 8,
  write: (view, at, value) => {
    view.setFloat64(at, value);
    return at + 8;
  },
  read: (view, at) => {
    const value = view.getFloat64(at);
    if (!Number.isFinite(value)) throw new Malformed("not a finite number");
    return [value, at + 8];
  },
};

export const bool: Field<boolean> = {
  size: () => 1,
  write: (view, at, value) => u8.write(view, at, value ? 1 : 0),
  read: (view, at) => {
    const value = view.getUint8(at);
    if (value > 1) throw new Malformed("neither true nor false");
    return [value === 1, at + 1];
  },
};

/** A truth value that may be unknown. */
export const boolOrNull: Field<boolean | null> = {
  size: () => 1,
  write: (view, at, value) => u8.write(view, at, value === null ? 2 : value ? 1 : 0),
  read: (view, at) => {
    const value = view.getUint8(at);
    if (value > 2) throw new Malformed("neither true nor false nor unknown");
    return [value === 2 ? null : value === 1, at + 1];
  },
};

/** One of at most 256 words, as its index. */
export function oneOf<const T extends string>(words: readonly T[]): Field<T> {
  return {
    size: () => 1,
    write: (view, at, value) => u8.write(view, at, words.indexOf(value)),
    read: (view, at) => {
      const word = words[view.getUint8(at)];
      if (word === undefined) throw new Malformed("no such word");
      return [word, at + 1];
    },
  };
}

/** Bytes with their length before them, at most `max`. Read without copying. */
export function bytes(max: number): Field<Uint8Array> {
  return {
    size: (value) => 4 + value.byteLength,
    write: (view, at, value) => {
      if (value.byteLength > max) throw new RangeError(`${value.byteLength} bytes where ${max} are allowed`);
      view.setUint32(at, value.byteLength);
      new Uint8Array(view.buffer, view.byteOffset + at + 4).set(value);
      return at + 4 + value.byteLength;
    },
    read: (view, at) => {
      const length = view.getUint32(at);
      if (length > max || at + 4 + length > view.byteLength) throw new Malformed("too many bytes");
      return [new Uint8Array(view.buffer, view.byteOffset + at + 4, length), at + 4 + length];
    },
  };
}

/** UTF-8 of at most `max` bytes; longer text is cut when written. */
export function text(max: number): Field<string> {
  const inner = bytes(max);
  const encode = (value: string) => {
    const target = new Uint8Array(max);
    return target.subarray(0, new TextEncoder().encodeInto(value, target).written);
  };
  return {
    size: (value) => 4 + encode(value).byteLength,
    write: (view, at, value) => inner.write(view, at, encode(value)),
    read: (view, at) => {
      const [value, after] = inner.read(view, at);
      try {
        return [new TextDecoder("utf-8", { fatal: true }).decode(value), after];
      } catch {
        throw new Malformed("not UTF-8");
      }
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a field of any type; the record's type keeps which is which
type Fields = Record<string, Field<any>>;
export type ValueOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };
/** Structures by name; their order is their number on a wire. */
export type Table = Record<string, Fields>;
/** One of them, with its name as `type`. */
export type MessageOf<T extends Table> = {
  [K in keyof T & string]: { readonly type: K } & ValueOf<T[K]>;
}[keyof T & string];

/** The fields one after another, in the order of the description, and nothing behind the last. */
export function writeFields<F extends Fields>(fields: F, value: ValueOf<F>, reserve: number): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(fields);
  const size = entries.reduce((sum, [name, field]) => sum + field.size(value[name]), reserve);
  const target = new Uint8Array(size);
  const view = new DataView(target.buffer);
  entries.reduce((at, [name, field]) => field.write(view, at, value[name]), reserve);
  return target;
}

/** Throws Malformed unless the bytes are exactly this structure. */
export function readFields<F extends Fields>(fields: F, source: Uint8Array): ValueOf<F> {
  const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  const value: Record<string, unknown> = {};
  let at = 0;
  try {
    for (const [name, field] of Object.entries(fields)) [value[name], at] = field.read(view, at);
  } catch (error) {
    throw error instanceof RangeError ? new Malformed("too short") : error;
  }
  if (at !== source.byteLength) throw new Malformed("too long");
  return value as ValueOf<F>;
}
