/**
 * How fast the line to each device was when it was last used: people come back by the line they had in the morning. It spares a
 * good line the slow start, and a bad one the flood. Only a beginning: the estimate takes over with the first feedback.
 */

/** After this the device is likely to be somewhere else. */
const REMEMBER_MS = 24 * 3_600_000;
/** Devices that use one PC; the one not seen for longest is forgotten. */
const MAX_LINES = 64;

export class LineMemory {
  readonly #lines = new Map<string, { bps: number; at: number }>();

  remember(device: string, bps: number, now: number): void {
    this.#lines.delete(device);
    this.#lines.set(device, { bps, at: now });
    const [oldest] = this.#lines.keys();
    if (this.#lines.size > MAX_LINES && oldest !== undefined) this.#lines.delete(oldest);
  }

  recall(device: string, now: number): number | undefined {
    const line = this.#lines.get(device);
    return line && now - line.at < REMEMBER_MS ? line.bps : undefined;
  }
}
