/**
 * As much of WebAssembly's binary format as one function over memory takes (W3C WebAssembly Core 2.0 §5; vector instructions: §5.4.8).
 * An instruction is its bytes; those of its operands come before it.
 */

export type Code = readonly number[];

/** LEB128 (§5.2.2), without sign. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
/** LEB128, with sign. */
function signed(value: number): Code {
  const [low, rest] = [value & 0x7f, value >> 7];
  const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return isLast ? [low] : [low | 0x80, ...signed(rest)];
}
const vector = (...items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const name = (text: string): Code => vector(...[...Buffer.from(text)].map((byte) => [byte]));

export const I32 = 0x7f;
export const V128 = 0x7b;
const [EMPTY, FUNCTION, END] = [0x40, 0x60, 0x0b];

const simd =
  (opcode: number) =>
  (...operands: readonly Code[]): Code => [...operands.flat(), 0xfd, ...unsigned(opcode)];
const plain =
  (opcode: number) =>
  (...operands: readonly Code[]): Code => [...operands.flat(), opcode];
/** Of any alignment. */
const memory = (offset: number): Code => [0, ...unsigned(offset)];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  add: plain(0x6a),
  sub: plain(0x6b),
  mul: plain(0x6c),
  equal: plain(0x46),
  less: plain(0x48),
  select: plain(0x1b),
  bitsSet: plain(0x69),
  or: plain(0x72),
  shiftRight: plain(0x76),
  load8: (address: Code): Code => [...plain(0x2d)(address), ...memory(0)],
  store8: (address: Code, value: Code): Code => [...plain(0x3a)(address, value), ...memory(0)],
};
/** Runs `body` until `isOver`, which is asked after it; then `next` before each further time. */
export const repeat = (body: Code, isOver: Code, next: Code): Code => [
  ...[0x02, EMPTY, 0x03, EMPTY],
  ...[...body, ...isOver, 0x0d, 1, ...next, 0x0c, 0],
  ...[END, END],
];

export const v128 = {
  load: (address: Code, offset = 0): Code => [...simd(0x00)(address), ...memory(offset)],
  store: (address: Code, value: Code): Code => [...simd(0x0b)(address, value), ...memory(0)],
  or: simd(0x50),
  anyTrue: simd(0x53),
};
export const i8x16 = {
  /** An index beyond 15 gives 0. */
  swizzle: simd(0x0e),
  notEqual: simd(0x24),
  bitmask: simd(0x64),
  /** Two times eight 16-bit lanes become sixteen of 8 bits, 0 to 255. */
  narrowUnsigned: simd(0x66),
};
export const i32x4 = {
  /** Products of eight 16-bit lanes, added in pairs. */
  dot: simd(0xba),
  add: simd(0xae),
  shiftRight: simd(0xac),
  /** Two times four 32-bit lanes become eight of 16 bits, with sign. */
  narrow: simd(0x85),
};

/** A module with one function `run` over an imported memory `env.memory`: `parameters` numbers in, a number out. */
export function moduleOf(o: {
  parameters: number;
  locals: readonly (readonly [count: number, type: number])[];
  pages: number;
  body: Code;
}): Uint8Array<ArrayBuffer> {
  const numbers = vector(...Array.from({ length: o.parameters }, () => [I32]));
  const locals = vector(...o.locals.map(([count, type]) => [...unsigned(count), type]));
  const code = [...locals, ...o.body, END];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([FUNCTION, ...numbers, ...vector([I32])])),
    ...section(2, vector([...name("env"), ...name("memory"), 0x02, 0x00, ...unsigned(o.pages)])),
    ...section(3, vector([0])),
    ...section(7, vector([...name("run"), 0x00, 0])),
    ...section(10, vector([...unsigned(code.length), ...code])),
  ]);
}

interface Engine {
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
}
/** Node's types leave it to those of the browser. */
const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

/** `run`: the function of a module of moduleOf(), over `memory`, which never moves. */
export function instantiate(module: Uint8Array<ArrayBuffer>, pages: number) {
  const memory = new Memory({ initial: pages, maximum: pages });
  const { exports } = new Instance(new Module(module), { env: { memory } });
  return { memory: memory.buffer, run: exports["run"] as (...parameters: readonly number[]) => number };
}
