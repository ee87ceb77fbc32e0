/**
 * What happened and cannot be undone is written as soon as the store has room, in the order in which it happened: the end of a
 * session or a sign-in that ended while the disk was full belongs into the record as much as any other.
 *
 *   write() ──▶ written
 *      │ STORAGE_UNAVAILABLE, or others wait already
 *      ▼
 *   waiting ──tried again each few seconds, oldest first──▶ written
 */
import { MAX_SESSIONS } from "../edge/capacity.ts";
import type { Log } from "../log.ts";
import { RequestError } from "../protocol/errors.ts";

const RETRY_MS = 3_000;
/** As for any write of which there is no room. */
const RETRY_AFTER_S = 30;
/** A session of which nothing could be written does not open: so those wait that were open when the room ended, with two steps each. */
const MAX_WAITING = 2 * MAX_SESSIONS;

type Write = () => Promise<void>;

export class LateWrites {
  readonly #log: Log;
  readonly #waiting: Write[] = [];
  readonly #emptied: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #catchingUp: Promise<void> | undefined;
  #closed = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Fulfilled when it is written or waits for room. Rejects for any other reason. */
  async write(write: Write): Promise<void> {
    if (this.#waiting.length === 0) {
      try {
        return await write();
      } catch (error) {
        if (this.#closed || !isForWantOfRoom(error)) throw error;
      }
    }
    if (this.#waiting.length >= MAX_WAITING) throw noRoom("too much waits to be written");
    this.#waiting.push(write);
    this.#timer ??= setInterval(() => void this.#catchUp(), RETRY_MS).unref();
  }

  /** Tries once more what waits, if anything does. Rejects while there is no room for it: what follows would be refused for a reason that is none. */
  async settled(): Promise<void> {
    if (this.#waiting.length === 0) return;
    await this.#catchUp();
    if (this.#waiting.length > 0) throw noRoom("what happened before is not on record yet");
  }

  /** Fulfilled when nothing waits: what was written or waited until now is on record. Stays open where it never comes to that. */
  async emptied(): Promise<void> {
    if (this.#waiting.length === 0) return;
    await new Promise<void>((resolve) => this.#emptied.push(resolve));
  }

  /** Tries once more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#catchUp();
    clearInterval(this.#timer);
    const { length } = this.#waiting;
    if (length > 0) this.#log.error({ lost: length }, "the store has no room: steps of sessions were not written");
  }

  #catchUp(): Promise<void> {
    this.#catchingUp ??= this.#writeWaiting().finally(() => {
      this.#catchingUp = undefined;
    });
    return this.#catchingUp;
  }

  async #writeWaiting(): Promise<void> {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      try {
        await next();
      } catch (error) {
        if (isForWantOfRoom(error)) return;
        this.#log.error({ err: error }, "cannot write the record"); // it would fail again
      }
      this.#waiting.shift();
    }
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const resolve of this.#emptied.splice(0)) resolve();
  }
}

const noRoom = (why: string): RequestError =>
  new RequestError("STORAGE_UNAVAILABLE", why, { details: { retryAfterS: RETRY_AFTER_S } });

const isForWantOfRoom = (error: unknown): boolean =>
  error instanceof RequestError && error.code === "STORAGE_UNAVAILABLE";
