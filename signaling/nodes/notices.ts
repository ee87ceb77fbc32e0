/**
 * What this node tells the others and hears of them: notices to all, and letters to one, which know more than a notice has room for.
 * A new node, and one that may have missed something, says that it came, and is written to by each of the others.
 */
import { type Bus, type BusEvent, publishAs } from "../bus/bus.ts";
import {
  type Counted,
  type Letter,
  MAX_LETTER_SESSIONS,
  MAX_NOTICE_SEGMENTS,
  MAX_NOTICE_TERMINALS,
  type NodeNotice,
} from "../bus/letters.ts";
import type { NodeHub } from "../hub/nodes.ts";
import type { NodeId, TerminalId } from "../protocol/ids.ts";
import { slices } from "../slices.ts";
import type { Claims } from "./claims.ts";
import type { FarRelay } from "./far-relay.ts";
import type { FarTerminals } from "./far-terminals.ts";
import type { FarWakes } from "./far-wakes.ts";
import type { Links } from "./links.ts";

export interface NoticesOptions {
  readonly bus: Bus;
  readonly node: () => NodeId | undefined;
  readonly hub: () => NodeHub | undefined;
  readonly claims: Pick<Claims, "epochOf">;
  readonly terminals: Pick<FarTerminals, "mark" | "markAll">;
  readonly links: Pick<Links, "wanted" | "take">;
  readonly relay: Pick<FarRelay, "take" | "end" | "all">;
  readonly wakes: Pick<FarWakes, "segments" | "wake" | "own">;
  /** An office PC of this node is another's now. */
  readonly moved: (terminal: TerminalId) => void;
  /** An attempt to sign in, at another node. */
  readonly counted?: ((step: Counted) => void) | undefined;
  readonly failed: (error: unknown) => void;
}

export class Notices {
  readonly #options: NoticesOptions;
  readonly #changed = new Set<TerminalId>();
  #stopHearing = () => {};
  #stopReceiving = () => {};

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  hear(): void {
    this.#stopHearing = this.#options.bus.subscribe((event) => this.#heard(event));
  }

  /** Letters to this node, by the name that it has now. */
  receive(): void {
    const { bus, node } = this.#options;
    const id = node();
    this.#stopReceiving();
    if (id !== undefined) this.#stopReceiving = bus.receive(id, (letter) => this.#received(letter));
  }

  stopReceiving(): void {
    this.#stopReceiving();
  }

  close(): void {
    this.#stopReceiving();
    this.#stopHearing();
  }

  /** That are to be told of. */
  get size(): number {
    return this.#changed.size;
  }

  // ── what is told ─────────────────────────────────────────────────────────────────────────────

  publish(notice: NodeNotice): void {
    const { bus, node, failed } = this.#options;
    publishAs(bus, node(), notice).catch(failed);
  }

  /** Those of a moment are told together. */
  changed(terminal: TerminalId): void {
    if (this.#changed.size === 0) setImmediate(() => this.#tellChanged());
    this.#changed.add(terminal);
  }

  #tellChanged(): void {
    const all = [...this.#changed];
    this.#changed.clear();
    for (const some of slices(all, MAX_NOTICE_TERMINALS)) this.publish({ kind: "terminals", terminals: [...some] });
  }

  #tellKnown(to: NodeId): void {
    const { bus, node, relay, wakes, failed } = this.#options;
    const from = node();
    if (from === undefined) return;
    const send = (letter: Letter) => bus.send(to, letter).catch(failed);
    for (const sessions of slices(relay.all(), MAX_LETTER_SESSIONS))
      void send({ kind: "known", from, sessions: [...sessions], segments: [] });
    for (const segments of slices(wakes.own, MAX_NOTICE_SEGMENTS))
      void send({ kind: "known", from, sessions: [], segments: [...segments] });
  }

  // ── what is heard ────────────────────────────────────────────────────────────────────────────

  #heard(event: BusEvent): void {
    const { terminals, node } = this.#options;
    if (event.type === "gap") {
      void terminals.markAll();
      this.publish({ kind: "came" });
    }
    if (event.type === "node" && event.from !== node()) this.#notice(event.from, event.notice);
  }

  // long: one case for each kind of notice
  #notice(from: NodeId, notice: NodeNotice): void {
    const { claims, terminals, links, relay, wakes, hub, moved, counted } = this.#options;
    switch (notice.kind) {
      case "came":
        this.#tellKnown(from);
        break;
      case "claimed":
        for (const [terminal, epoch] of notice.claims) {
          const own = claims.epochOf(terminal);
          if (own !== undefined && own < epoch) moved(terminal);
        }
        terminals.mark(notice.claims.map(([terminal]) => terminal));
        break;
      case "terminals":
        terminals.mark(notice.terminals);
        break;
      case "session-taken":
        links.wanted(from, notice);
        break;
      case "relay-peers":
        relay.take(notice.session);
        break;
      case "relay-end":
        relay.end(notice.id);
        break;
      case "lock-told":
        hub()?.lockTold(notice, notice.session, notice.locked);
        break;
      case "counted":
        for (const step of notice.steps) counted?.(step);
        break;
      case "segments":
        wakes.segments(from, notice.entered, notice.left);
        hub()?.segmentsShown([...notice.entered, ...notice.left]);
        break;
      case "wake":
        wakes.wake(from, notice.terminal, notice);
        hub()?.shown(notice.terminal);
        break;
    }
  }

  #received(letter: Letter): void {
    if (letter.kind === "known") this.#known(letter);
    else this.#options.links.take(letter);
  }

  #known({ from, sessions, segments }: Extract<Letter, { kind: "known" }>): void {
    const { relay, wakes, hub } = this.#options;
    for (const session of sessions) relay.take(session);
    wakes.segments(from, segments, []);
    hub()?.segmentsShown(segments);
  }
}
