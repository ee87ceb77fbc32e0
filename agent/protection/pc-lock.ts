/**
 * The lock that the policy demands of this PC: tried until it holds, whatever dies meanwhile.
 *
 *   settled ──demand──▶ trying ──locked: said──▶ settled
 *                        │  ▲
 *                 failed │  │ after growing waits; at the third failure said once, loudly
 *                        ▼  │
 *                       owed ──the same person is back──▶ settled
 *
 * While a lock is owed, what was open on this PC stands open: only the person who left it may come back to it.
 */
import type { Login, SessionId } from "../../signaling/protocol/ids.ts";
import type { LockCause } from "../../signaling/protocol/signal.ts";
import type { Log } from "../log.ts";

/** The desktop process is back within a second of a crash; a PC without any way to lock is not asked all the time. */
const RETRY_MS = [500, 1_500, 5_000, 15_000, 60_000] as const;
const SAID_AT_FAILURE = 3;

export interface Demand {
  readonly session: SessionId;
  readonly login: Login;
  readonly cause: LockCause;
}

export interface PcLockOptions {
  readonly lock: () => Promise<boolean>;
  readonly log: Log;
  /** `at`: epoch ms. */
  readonly tell: (demand: Demand, locked: boolean, at: number) => void;
  /** Epoch ms. */
  readonly clock: () => number;
}

export class PcLock {
  readonly #options: PcLockOptions;
  #owed: (Demand & { failures: number }) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #trying: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: PcLockOptions) {
    this.#options = options;
  }

  /** Who left this PC unlocked against the policy; undefined: nobody. */
  get owedBy(): Login | undefined {
    return this.#owed?.login;
  }

  /** Resolves after the first try, whatever came of it. */
  demand(demand: Demand): Promise<void> {
    clearTimeout(this.#timer);
    this.#owed = { ...demand, failures: 0 };
    this.#trying = this.#trying.then(() => this.#try());
    return this.#trying;
  }

  /** This person sees and operates the PC again; the end of that session demands a lock anew. */
  takenUp(login: Login): void {
    if (this.#owed?.login !== login) return;
    clearTimeout(this.#timer);
    this.#owed = undefined;
  }

  /** Waits for a try under way. No further one is made. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#trying;
    if (this.#owed) this.#options.log.error({ session: this.#owed.session }, "the agent ends and the PC is NOT locked");
  }

  async #try(): Promise<void> {
    const owed = this.#owed;
    if (!owed) return;
    const { lock, log, tell, clock } = this.#options;
    const locked = await lock().catch((error: unknown) => {
      log.error({ err: error, session: owed.session }, "the PC could not be locked");
      return false;
    });
    if (this.#owed !== owed) return; // taken up meanwhile
    if (locked) {
      this.#owed = undefined;
      log.info({ session: owed.session, cause: owed.cause }, "the PC was locked");
      tell(owed, true, clock());
      return;
    }
    owed.failures += 1;
    // an agent that ends has no third try
    if (owed.failures === SAID_AT_FAILURE || (this.#closed && owed.failures < SAID_AT_FAILURE)) {
      log.error({ session: owed.session, cause: owed.cause }, "the PC is NOT locked, though the policy demands it");
      tell(owed, false, clock());
    }
    if (this.#closed) return;
    const wait = RETRY_MS[Math.min(owed.failures, RETRY_MS.length) - 1];
    this.#timer = setTimeout(() => {
      this.#trying = this.#trying.then(() => this.#try());
    }, wait);
  }
}
