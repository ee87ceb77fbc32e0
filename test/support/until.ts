/** Waits for something outside of our process that tells nobody when it happens: asked again until it is so. */
import { setTimeout as pause } from "node:timers/promises";

const EVERY_MS = 50;

/** The limit only ends a hopeless wait; no test's outcome depends on how fast the machine is. */
export async function until(
  what: string | (() => string),
  isSo: () => Promise<boolean> | boolean,
  limitMs = 30_000,
): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await isSo())) {
    if (performance.now() > end)
      throw new Error(`waited ${limitMs} ms in vain until ${typeof what === "string" ? what : what()}`);
    await pause(EVERY_MS);
  }
}
