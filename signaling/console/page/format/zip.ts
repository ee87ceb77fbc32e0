/** Several small files as one: a ZIP archive without compression (APPNOTE.TXT 4.3). Names are UTF-8, as Windows 8 and later read them. */

export interface Entry {
  /** With folders: `総務-01/engawa-token.txt`. */
  readonly name: string;
  readonly text: string;
}

const UTF8_NAMES = 0x0800;
/** 2.0: folders. */
const VERSION = 20;
/** 1980-01-01, the first day there is: when a file was made says nothing here. */
const DAY = 0x21;

export function zip(entries: readonly Entry[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const local: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  for (const { name, text } of entries) {
    const [called, bytes] = [encoder.encode(name), encoder.encode(text)];
    const facts = [VERSION, UTF8_NAMES, 0, 0, DAY] as const;
    const sizes = [crc32(bytes), bytes.length, bytes.length] as const;
    const head = fields([4, 0x04034b50], ...words(facts), ...longs(sizes), [2, called.length], [2, 0]);
    local.push(head, called, bytes);
    central.push(
      fields(
        ...[
          [4, 0x02014b50] as const,
          [2, VERSION] as const,
          ...words(facts),
          ...longs(sizes),
          [2, called.length] as const,
        ],
        ...words([0, 0, 0, 0]),
        ...longs([0, at]),
      ),
      called,
    );
    at += head.length + called.length + bytes.length;
  }
  const size = central.reduce((sum, { length }) => sum + length, 0);
  const count = entries.length;
  const end = fields([4, 0x06054b50], ...words([0, 0, count, count]), ...longs([size, at]), [2, 0]);
  return joined([...local, ...central, end]);
}

type Field = readonly [bytes: 2 | 4, value: number];
const words = (values: readonly number[]): Field[] => values.map((value) => [2, value]);
const longs = (values: readonly number[]): Field[] => values.map((value) => [4, value]);

/** Little-endian. */
function fields(...all: readonly Field[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(all.reduce((sum, [size]) => sum + size, 0)));
  let at = 0;
  for (const [size, value] of all) {
    if (size === 2) bytes.setUint16(at, value, true);
    else bytes.setUint32(at, value, true);
    at += size;
  }
  return new Uint8Array(bytes.buffer);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** ISO 3309, bit by bit: tokens are short. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
