/** Which rows of two pictures differ. Whole rows: comparing them is one call each, and converting an equal pixel is cheap. */

/** From `top` to before `bottom`. */
export interface Rows {
  readonly top: number;
  readonly bottom: number;
}

/** Looked at together; most of a screen is the same as before. Even: 4:2:0 shares colour between two rows. */
const BAND_ROWS = 16;
const PAIR = 2;

/** In order, with even edges except at the end of the picture, never touching. `bytes` are two pictures of the same size. */
export function changedRows(newer: Uint8Array, older: Uint8Array, rowBytes: number): Rows[] {
  const height = newer.byteLength / rowBytes;
  const same = (top: number, bottom: number) =>
    Buffer.compare(
      newer.subarray(top * rowBytes, bottom * rowBytes),
      older.subarray(top * rowBytes, bottom * rowBytes),
    ) === 0;
  const found: Rows[] = [];
  for (let band = 0; band < height; band += BAND_ROWS) {
    const end = Math.min(band + BAND_ROWS, height);
    if (same(band, end)) continue;
    for (let top = band; top < end; top += PAIR) {
      const bottom = Math.min(top + PAIR, end);
      if (!same(top, bottom)) found.push({ top, bottom });
    }
  }
  return joinRows(found);
}

/** All rows of both, in order, never touching. */
export function joinRows(rows: readonly Rows[]): Rows[] {
  const joined: Rows[] = [];
  for (const next of rows.toSorted((a, b) => a.top - b.top)) {
    const last = joined.at(-1);
    if (last && next.top <= last.bottom)
      joined[joined.length - 1] = { top: last.top, bottom: Math.max(last.bottom, next.bottom) };
    else joined.push(next);
  }
  return joined;
}

export const countRows = (rows: readonly Rows[]): number =>
  rows.reduce((sum, { top, bottom }) => sum + bottom - top, 0);
