/**
 * Does the browser look for a way to the relay at all? Once in some hundred reloads Chromium (156) does not: the first
 * RTCPeerConnection of the page says that it gathers and opens no socket, for ever, without an error; the next one of the same page
 * works. Who has no candidate by then takes a new one instead of waiting for the end of the attempt.
 */

/**
 * A way over TLS takes six round trips (TCP, TLS 1.3, the proxy's CONNECT, two Allocates of RFC 8656 §7), a second each on the
 * slowest line we know of.
 */
const FIRST_CANDIDATE_MS = 6_000;

export class Gathering {
  readonly #stalled: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #found = false;

  constructor(stalled: () => void) {
    this.#stalled = stalled;
  }

  /** Our answer is there: from now on candidates may come. */
  begun(): void {
    if (!this.#found) this.#timer ??= setTimeout(this.#stalled, FIRST_CANDIDATE_MS);
  }

  found(): void {
    this.#found = true;
    clearTimeout(this.#timer);
  }

  close(): void {
    this.found();
  }
}
