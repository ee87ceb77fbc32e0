/** The end of hours at the office PC itself: word to who sits there, and the PC goes off where that is wanted. */
import type { AgentMessage } from "../../signaling/protocol/signal.ts";
import type { Desktop } from "../desktop/desktop.ts";
import type { Log } from "../log.ts";
import { endWords } from "../protection/notice-words.ts";
import { PowerOff } from "../protection/power-off.ts";
import type { NearEnd } from "./ending.ts";
import type { RemoteSession } from "./remote-session.ts";

export interface DayEndOptions {
  readonly desktop: Desktop;
  readonly log: Log;
  readonly now: () => number;
  readonly send: (message: AgentMessage) => void;
}

type Ended = Pick<RemoteSession, "id" | "rules" | "wasLive" | "state">;

export class DayEnd {
  readonly #desktop: Desktop;
  readonly #powerOff: PowerOff;
  #words = "";

  constructor({ desktop, log, now, send }: DayEndOptions) {
    this.#desktop = desktop;
    const tell = (session: RemoteSession["id"], why: string | undefined): void => {
      const event = why === undefined ? "power-off" : "stays-on";
      send({ type: "protection", session, event, at: Date.now(), reason: (why ?? "hours-over").slice(0, 300) });
    };
    this.#powerOff = new PowerOff({ desktop, log, now, tell });
  }

  /** Somebody controls this PC. */
  begins(): void {
    this.#powerOff.cancel();
    this.#say("");
  }

  /** Of the session that controls this PC, twice a second. The longest time of a session is no end of the day. */
  near({ rules }: Pick<RemoteSession, "rules">, end: NearEnd | undefined): void {
    const { lockOn, shutDown } = rules;
    this.#say(end?.by === "hours" ? endWords({ ...end, locks: lockOn !== "never", shutDown }) : "");
  }

  /** It was locked, where that is demanded, and the office has its PC back. */
  ended({ id, rules, wasLive, state }: Ended): void {
    this.#say("");
    if (wasLive && rules.shutDown && state.kind === "ended" && state.reason === "hours-over")
      void this.#powerOff.begin(id);
  }

  close(): void {
    this.#powerOff.cancel();
    this.#say("");
  }

  #say(words: string): void {
    if (words === this.#words) return;
    this.#words = words;
    this.#desktop.notice(words);
  }
}
