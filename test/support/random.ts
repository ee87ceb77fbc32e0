/** Random numbers that come again: a failing property test prints its seed. (xorshift32: Marsaglia, 2003) */
export function seeded(seed: number) {
  let state = (seed + 1) * 2_654_435_761 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  /** A whole number, 0 … limit − 1. */
  const below = (limit: number) => Math.floor(next() * limit);
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => below(256)));
  return { below, bytes };
}
export type Seeded = ReturnType<typeof seeded>;
