/**
 * Switches this PC off once the end of hours has ended a session on it, where its own settings and the policy want it. The last
 * step of the day: told, covered, locked, ended, off.
 *
 *   on ──begin──▶ locking ──locked──▶ counting ──WARNING_S──▶ the system goes off
 *                    │                  │  └─▶ still here after a while: said
 *                    │ not locked       └─unlocked at the PC, or a session begins──▶ on
 *                    └──▶ on, and said
 *
 * Nobody's work at the PC is cut off by it: who sits there unlocks the PC within the time, and it stays on; where others are signed in
 * to it, it stays on too (screen/power). What is open in the session that has ended is lost if it was not saved: it was said
 * from the first notice on.
 */
import type { SessionId } from "../../signaling/protocol/ids.ts";
import type { Desktop } from "../desktop/desktop.ts";
import type { Log } from "../log.ts";
import { powerWords } from "./notice-words.ts";

/** Long enough for who sits there to read it and type a password. */
export const WARNING_S = 60;
const LOOK_EVERY_MS = 1_000;
/** A system that takes longer than this to end was kept from it. */
const GOES_WITHIN_MS = 5 * 60_000;

export interface PowerOffOptions {
  readonly desktop: Pick<Desktop, "lock" | "lockState" | "powerOff" | "stayOn" | "notice">;
  readonly log: Log;
  /** Monotonic, ms. */
  readonly now: () => number;
  /** `why`: it stays on; undefined: it is going off. */
  readonly tell: (session: SessionId, why: string | undefined) => void;
}

interface Going {
  readonly session: SessionId;
  readonly offAt: number;
  /** Whether its lock says when somebody opens it. */
  readonly tells: boolean;
}

export class PowerOff {
  readonly #options: PowerOffOptions;
  #going: Going | undefined;
  #begun: SessionId | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(options: PowerOffOptions) {
    this.#options = options;
  }

  async begin(session: SessionId): Promise<void> {
    const { desktop, log, now, tell } = this.#options;
    this.cancel();
    this.#begun = session;
    const lock = await desktop.lock();
    if (this.#begun !== session) return;
    if (lock === "not-locked" || lock === "no-desktop") return this.#staysOn(session, "it is not locked");
    const why = await desktop.powerOff({ inS: WARNING_S, words: powerWords(WARNING_S) });
    if (why !== "") return this.#begun === session ? this.#staysOn(session, why) : undefined;
    // a session has begun meanwhile
    if (this.#begun !== session) return desktop.stayOn();
    log.info({ session }, `hours are over: this PC goes off in ${WARNING_S} s`);
    tell(session, undefined);
    this.#going = { session, offAt: now() + WARNING_S * 1_000, tells: lock === "locked" };
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
    this.#say();
  }

  /** Somebody works here again. */
  cancel(): void {
    this.#begun = undefined;
    if (!this.#going) return;
    const { session, offAt } = this.#going;
    this.#forget();
    if (this.#options.now() >= offAt) return;
    this.#options.desktop.stayOn();
    this.#options.log.info({ session }, "this PC stays on: it is used again");
  }

  async #look(): Promise<void> {
    const going = this.#going;
    if (!going || this.#looking) return;
    const { desktop, now } = this.#options;
    if (now() >= going.offAt + GOES_WITHIN_MS) {
      this.#forget();
      this.#staysOn(going.session, "the system did not go off");
      return;
    }
    this.#say();
    if (!going.tells || now() >= going.offAt) return;
    this.#looking = true;
    const state = await desktop.lockState().finally(() => {
      this.#looking = false;
    });
    if (state !== "open" || this.#going !== going || now() >= going.offAt) return;
    this.#forget();
    desktop.stayOn();
    this.#staysOn(going.session, "it was unlocked");
  }

  #say(): void {
    const leftS = Math.ceil(((this.#going?.offAt ?? 0) - this.#options.now()) / 1_000);
    this.#options.desktop.notice(leftS > 0 ? powerWords(leftS) : "");
  }

  #forget(): void {
    clearInterval(this.#timer);
    this.#going = undefined;
    this.#begun = undefined;
    this.#options.desktop.notice("");
  }

  #staysOn(session: SessionId, why: string): void {
    this.#options.log.warn({ session, why }, "this PC is NOT switched off at the end of hours");
    this.#options.tell(session, why);
  }
}
