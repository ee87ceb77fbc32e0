/** Which rectangles of a change to fetch: few enough that asking for them does not cost more than their pixels. */

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What one fetch costs besides its pixels (a round trip to the X server), told in pixels converted meanwhile. */
const FETCH_COST_PX = 20_000;
export const MAX_RECTANGLES = 64;

/** Joins neighbours while that is cheaper, and until at most MAX_RECTANGLES are left. Covers all that was given. */
export function joinRectangles(rectangles: readonly Rectangle[]): Rectangle[] {
  let cost = FETCH_COST_PX;
  let joined = joinOnce(rectangles, cost);
  while (joined.length > MAX_RECTANGLES) {
    cost *= 4;
    joined = joinOnce(joined, cost);
  }
  return joined;
}

function joinOnce(rectangles: readonly Rectangle[], cost: number): Rectangle[] {
  const done: Rectangle[] = [];
  for (const next of rectangles) {
    let current = next;
    for (let last = done.at(-1); last && area(around(last, current)) <= area(last) + area(current) + cost; ) {
      current = around(last, current);
      done.pop();
      last = done.at(-1);
    }
    done.push(current);
  }
  return done;
}

const area = (rectangle: Rectangle) => rectangle.width * rectangle.height;

function around(a: Rectangle, b: Rectangle): Rectangle {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

/** The part inside a screen, widened to even edges where the screen allows (4:2:0 shares colour among 2×2 pixels). */
export function clip(
  { x, y, width, height }: Rectangle,
  screen: { width: number; height: number },
): Rectangle | undefined {
  const [left, top] = [Math.max(0, x), Math.max(0, y)];
  const [right, bottom] = [Math.min(screen.width, x + width), Math.min(screen.height, y + height)];
  if (right <= left || bottom <= top) return undefined;
  const [evenLeft, evenTop] = [left & ~1, top & ~1];
  return {
    x: evenLeft,
    y: evenTop,
    width: Math.min(screen.width, (right + 1) & ~1) - evenLeft,
    height: Math.min(screen.height, (bottom + 1) & ~1) - evenTop,
  };
}

/** The pixels of a rectangle, rows without a gap, out of rows of `rowPixels`: where they lie, or a copy when it is not as wide. */
export function cut(pixels: Int32Array, rowPixels: number, { x, y, width, height }: Rectangle): Int32Array {
  if (width === rowPixels) return pixels.subarray(y * rowPixels, (y + height) * rowPixels);
  const part = new Int32Array(width * height);
  for (let row = 0; row < height; row++) {
    const from = (y + row) * rowPixels + x;
    part.set(pixels.subarray(from, from + width), row * width);
  }
  return part;
}
