/** Text as Japanese Excel saves it when it is told "CSV": Node reads Shift_JIS and writes none. */
const CODES = new Map<string, readonly number[]>();

function learn(bytes: readonly number[]): void {
  try {
    const letter = new TextDecoder("shift_jis", { fatal: true }).decode(Uint8Array.from(bytes));
    // of several ways to write a letter the first one, as Windows does
    if ([...letter].length === 1 && !CODES.has(letter)) CODES.set(letter, bytes);
  } catch {
    // no letter
  }
}

for (let byte = 0; byte < 256; byte += 1) learn([byte]);
for (const [from, to] of [
  [0x81, 0x9f],
  [0xe0, 0xfc],
] as const)
  for (let lead = from; lead <= to; lead += 1) for (let trail = 0x40; trail <= 0xfc; trail += 1) learn([lead, trail]);

/** What has no letter in it becomes a question mark, as Excel has it. */
export const shiftJis = (text: string): Buffer =>
  Buffer.from([...text].flatMap((letter) => CODES.get(letter) ?? [0x3f]));
