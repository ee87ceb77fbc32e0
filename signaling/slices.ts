/** Work on many in pieces, so that nothing else of this process has to wait for the whole of it. */

/** Some milliseconds of work on rows of the store: pictures pass through the same loop. */
const SLICE = 100;

export function* slices<T>(all: readonly T[], size = SLICE): Iterable<readonly T[]> {
  for (let i = 0; i < all.length; i += size) yield all.slice(i, i + size);
}
