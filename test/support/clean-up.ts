/** Closing what a test has opened, so that a test file which could not start fails with the reason, not with what the clean-up says. */

/** A close() for several owners: who calls it again waits for the same end. */
export function closesOnce(close: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= close();
    return closing;
  };
}

/** After a start that failed: gives back what it had, all of it, and throws why it failed. What goes wrong meanwhile is only said. */
export async function giveUp(cause: unknown, ...cleanUps: readonly (() => unknown)[]): Promise<never> {
  for (const cleanUp of cleanUps)
    try {
      await cleanUp();
    } catch (error) {
      process.stderr.write(`while cleaning up: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
    }
  throw cause;
}
