/**
 * The one gate between what a viewer sends and what happens to the PC. Everything behind it trusts what comes out of it.
 *
 *   text ──schema──▶ rate ──▶ sequence ──▶ permission ──▶ position ──▶ verdict
 *
 * One gate per peer: sequences begin at 1 on each new pair of channels. Knows what is held, so that a release always passes.
 * A control message may come twice, on its own channel and repeated on the other: the copy that comes first, in order, counts.
 */
import { ViewerControl, type ViewerPointer, ViewerUnordered } from "../../signaling/protocol/channels.ts";
import { MAX_INPUT_EVENTS_PER_S } from "../../signaling/protocol/limits.ts";
import { parseMessage } from "../../signaling/protocol/signal.ts";
import { countCharacters } from "../desktop/characters.ts";
import type { InputEvent } from "../desktop/commands.ts";

export type Verdict =
  | { kind: "inject"; events: readonly InputEvent[] }
  | { kind: "release-all" }
  | { kind: "heartbeat"; at: number }
  /** Who may look only is there. */
  | { kind: "here" }
  /** `characters`: of the text that was in it. */
  | { kind: "refuse"; why: "too-many" | "not-allowed" | "bad-message"; problem?: string; characters?: number }
  /** Of several messages in one, in order. */
  | { kind: "several"; verdicts: readonly Verdict[] }
  /** Late or repeated: nothing to say about it. */
  | { kind: "ignore" };

/** What this viewer may do beyond looking: a policy may let them look only. */
export interface Permissions {
  readonly control: boolean;
}

/** What does something to this PC. */
type Act = Exclude<ViewerControl, { type: "heartbeat" | "here" }>;

const IGNORE: Verdict = { kind: "ignore" };

export class Gate {
  /** May change while somebody is here. */
  permissions: Permissions;
  readonly #held = new Set<string>();
  readonly #recent = new RecentEvents(MAX_INPUT_EVENTS_PER_S);
  #screen: { readonly width: number; readonly height: number } | undefined;
  #controlSeq = 0;
  #pointerSeq = 0;

  constructor(permissions: Permissions) {
    this.permissions = permissions;
  }

  /** Positions outside are moved to the edge. Before the size is known no position passes. */
  set screen(size: { readonly width: number; readonly height: number } | undefined) {
    this.#screen = size;
  }

  /** Keys or buttons are down because of this viewer. */
  get holdsSomething(): boolean {
    return this.#held.size > 0;
  }

  /** Everything was released by other means. */
  forgetHeld(): void {
    this.#held.clear();
  }

  control(text: string, now: number): Verdict {
    const parsed = parseMessage(ViewerControl, text);
    if (!parsed.ok)
      return this.#recent.add(now) ? { kind: "refuse", why: "bad-message", problem: parsed.problem } : IGNORE;
    return this.#accept(parsed.message, now);
  }

  #accept(message: ViewerControl, now: number): Verdict {
    if (!this.#recent.add(now) && !this.#isRelease(message)) {
      return message.type === "heartbeat" ? IGNORE : { kind: "refuse", why: "too-many", ...textOf(message) };
    }
    if (message.seq <= this.#controlSeq) return IGNORE;
    this.#controlSeq = message.seq;
    switch (message.type) {
      case "heartbeat":
        return { kind: "heartbeat", at: message.at };
      case "here":
        return this.permissions.control ? IGNORE : { kind: "here" };
      default:
        return this.permissions.control ? this.#act(message) : this.#refuse(message);
    }
  }

  pointer(text: string, now: number): Verdict {
    const parsed = parseMessage(ViewerUnordered, text);
    if (!this.#recent.add(now)) return parsed.ok ? { kind: "refuse", why: "too-many" } : IGNORE;
    if (!parsed.ok) return { kind: "refuse", why: "bad-message", problem: parsed.problem };
    return parsed.message.type === "again" ? this.#again(parsed.message.control, now) : this.#point(parsed.message);
  }

  #point(message: ViewerPointer): Verdict {
    if (message.seq <= this.#pointerSeq) return IGNORE;
    this.#pointerSeq = message.seq;
    if (!this.permissions.control) return IGNORE; // the pointer is drawn by the viewer itself, it may move there
    return this.#move(message);
  }

  /** What follows the last one without a gap. After a gap nothing: what is missing may be the key between two others. */
  #again(messages: readonly ViewerControl[], now: number): Verdict {
    const verdicts: Verdict[] = [];
    for (const message of messages) if (message.seq === this.#controlSeq + 1) verdicts.push(this.#accept(message, now));
    return verdicts.length > 0 ? { kind: "several", verdicts } : IGNORE;
  }

  /** What goes up needs no word: all that was held went up when control was taken away. */
  #refuse(message: Act): Verdict {
    if (message.type === "release-all") return this.#act(message);
    const goesUp = (message.type === "key" || message.type === "button") && !message.down;
    return goesUp ? IGNORE : { kind: "refuse", why: "not-allowed", ...textOf(message) };
  }

  #act(message: Act): Verdict {
    const { seq: _, ...event } = message;
    switch (event.type) {
      case "key":
        this.#hold(`key ${event.code}`, event.down);
        break;
      case "button": {
        const { type, button, down, x, y } = event;
        const move = this.#move({ x, y });
        if (move.kind !== "inject") return move;
        this.#hold(`button ${button}`, down);
        return { kind: "inject", events: [...move.events, { type, button, down }] };
      }
      case "release-all":
        this.#held.clear();
        return { kind: "release-all" };
    }
    return { kind: "inject", events: [event] };
  }

  #move(position: { x: number; y: number }): Verdict {
    if (!this.#screen) return IGNORE;
    const x = Math.min(Math.max(position.x, 0), this.#screen.width - 1);
    const y = Math.min(Math.max(position.y, 0), this.#screen.height - 1);
    return { kind: "inject", events: [{ type: "move", x, y }] };
  }

  /** Bounded by the number of things held, so it needs no other bound. */
  #isRelease(message: ViewerControl): boolean {
    if (message.type === "release-all") return this.#held.size > 0;
    if (message.type === "key") return !message.down && this.#held.has(`key ${message.code}`);
    return message.type === "button" && !message.down && this.#held.has(`button ${message.button}`);
  }

  #hold(what: string, down: boolean): void {
    if (down) this.#held.add(what);
    else this.#held.delete(what);
  }
}

const textOf = (message: ViewerControl): { characters?: number } =>
  message.type === "text" ? { characters: countCharacters(message.text) } : {};

/** At most `limit` events in any second: the times of the last ones, in a ring. */
class RecentEvents {
  readonly #times: Float64Array;
  #next = 0;

  constructor(limit: number) {
    this.#times = new Float64Array(limit).fill(Number.NEGATIVE_INFINITY);
  }

  /** False when there were too many; what is refused does not count. */
  add(now: number): boolean {
    if (now - (this.#times[this.#next] ?? 0) < 1_000) return false;
    this.#times[this.#next] = now;
    this.#next = (this.#next + 1) % this.#times.length;
    return true;
  }
}
