/** The last lines of each product that a test file has open. */
export const openProducts = new Set<() => string>();
