/** Random numbers that come again: a failing property test prints its seed. (mulberry32, public domain) */
export function seeded(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  /** A whole number, 0 … limit − 1. */
  const below = (limit: number) => Math.floor(next() * limit);
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => below(256)));
  return { below, bytes };
}
export type Seeded = ReturnType<typeof seeded>;
