/**
 * Waking sleeping office PCs.
 *
 *   asked ──▶ neighbour 1 ──sent──▶ 20 s ──▶ neighbour 2 … 3 ──▶ waits ──the agent connects──▶ woken
 *                 │                              ▲                 │
 *                 └── refused, gone, silent ─────┘                 └── too late ──▶ failed, shown for a while
 *
 * A packet may be lost on its way, and a second one to a PC that is starting does no harm: the next neighbour is asked though
 * the first has sent. Nothing of this outlives a restart: the person asks again.
 */
import { Budget } from "../budget.ts";
import type { Log } from "../log.ts";
import { RequestError } from "../protocol/errors.ts";
import type { PersonId, TerminalId } from "../protocol/ids.ts";
import type { WakeView } from "../protocol/signal.ts";
import {
  type MacAddress,
  WAKE_TIMEOUT_MS,
  type WakeFailure,
  type WakeRefusal,
  type WiredInterface,
} from "../protocol/wake.ts";
import type { Records, SignedIn, Terminal, WakeRecord } from "../records.ts";
import { type Errand, type Neighbour, Neighbours } from "./neighbours.ts";

/** A neighbour that said nothing for so long is passed over. */
const ANSWER_MS = 5_000;
/** How long a packet that was sent has to show an effect before the next neighbour sends another. */
const EFFECT_MS = 20_000;
/** From one request for a terminal to the next, whoever asks. */
const GAP_MS = 30_000;
/** One person waits for so many PCs at once. */
const MAX_PER_PERSON = 3;
/** Changes of one PC's cards that are kept: a notebook that is carried about, not one that makes the disk work. */
const KEPT_CHANGES = { burst: 20, perMinute: 1 };
/** How long a failure is shown. */
const SHOWN_MS = 15 * 60_000;

interface Attempt {
  readonly terminal: Terminal;
  readonly by: Pick<SignedIn, "person" | "login">;
  readonly at: number;
  readonly errands: Errand[];
  readonly helpers: string[];
  /** The errand that runs, and until when; undefined before the first and after the last. */
  present: { readonly errand: Errand; readonly until: number; readonly isSent: boolean } | undefined;
  wasSent: boolean;
  over: WakeFailure | "cancelled" | undefined;
}

/** What others have of this, and are told of it. */
export interface FarWaking {
  canWake(terminal: Terminal): boolean;
  wakeElsewhere(terminal: TerminalId): FarWake | undefined;
  wakeChanged(terminal: TerminalId, wake: FarWake): void;
  useOnce(name: string, forMs: number): Promise<boolean>;
}

/** A wake that another node has under way, or that ended there: null where the PC came. */
export interface FarWake {
  readonly person: PersonId;
  readonly elapsedMs: number;
  readonly over?: WakeFailure | "cancelled" | null | undefined;
}

export interface WakesOptions {
  readonly records: Pick<Records, "terminalWake" | "terminalInterfaces">;
  readonly log: Log;
  readonly now: () => number;
  /** What pages show of this terminal changed. */
  readonly changed: (id: TerminalId) => void;
  /** The other nodes, where there are any. */
  readonly elsewhere?: FarWaking | undefined;
  /** Whether sleepers on these segments (segmentKey) can be woken changed. */
  readonly segmentsChanged: (keys: readonly string[]) => void;
}

export class Wakes {
  readonly #options: WakesOptions;
  readonly #neighbours = new Neighbours();
  readonly #attempts = new Map<TerminalId, Attempt>();
  readonly #writes = new Budget<TerminalId>(KEPT_CHANGES);
  /** What each connection told last, as it is kept. */
  readonly #told = new WeakMap<Neighbour, string>();

  constructor(options: WakesOptions) {
    this.#options = options;
  }

  // ── agents come and go ───────────────────────────────────────────────────────────────────────

  /** An agent has connected: if somebody waited for it, it is awake. */
  arrived(id: TerminalId): void {
    const attempt = this.#attempts.get(id);
    if (!attempt) return;
    this.#attempts.delete(id);
    this.#tell(attempt, null);
    if (!attempt.over) this.#record(attempt, "woken");
  }

  hasNeighbour(segment: string): boolean {
    return this.#neighbours.has(segment);
  }

  /** It is being woken here, or can be. */
  canWake(terminal: Terminal): boolean {
    const attempt = this.#attempts.get(terminal.id);
    return (attempt !== undefined && !attempt.over) || this.#neighbours.canWake(terminal);
  }

  /** What an agent tells of its cards; `helps`: it wakes its neighbours. */
  async interfaces(
    agent: Neighbour & { readonly terminal: Terminal },
    told: readonly WiredInterface[],
    helps: boolean,
  ): Promise<void> {
    const { id, interfaces } = agent.terminal;
    this.#options.segmentsChanged(this.#neighbours.place(agent, helps ? told : []));
    const kept = this.#told.get(agent) ?? JSON.stringify(interfaces);
    const text = JSON.stringify(told);
    // a thousand agents that return at once, with nothing new to tell, cost no write
    if (text === kept || !this.#writes.take(id, this.#options.now())) return;
    this.#told.set(agent, text);
    await this.#options.records.terminalInterfaces(id, told);
  }

  left(agent: Neighbour): void {
    this.#options.segmentsChanged(this.#neighbours.remove(agent));
    for (const attempt of this.#running())
      if (attempt.present?.errand.neighbour === agent && !attempt.present.isSent) this.#next(attempt, "left");
  }

  /** A neighbour's answer. One that nobody waits for is late, not wrong. */
  answered(agent: Neighbour, mac: MacAddress, answer: "sent" | WakeRefusal): void {
    for (const attempt of this.#running()) {
      const { present } = attempt;
      if (present?.errand.neighbour !== agent || present.errand.mac !== mac || present.isSent) continue;
      if (answer === "sent") {
        attempt.helpers.push(`${agent.terminal.id}: sent`);
        attempt.wasSent = true;
        attempt.present = { ...present, isSent: true, until: this.#options.now() + EFFECT_MS };
      } else this.#next(attempt, answer);
      return;
    }
  }

  // ── people ───────────────────────────────────────────────────────────────────────────────────

  /** Begins, unless somebody waits for this PC already. Throws WAKE_IMPOSSIBLE, TOO_MANY_ATTEMPTS. */
  async begin(terminal: Terminal, by: SignedIn): Promise<void> {
    const before = this.#attempts.get(terminal.id);
    if (before && !before.over) return;
    const at = this.#options.now();
    this.#throttle(before, by.person, at);
    const errands = this.#neighbours.errandsFor(terminal);
    if (errands.length === 0) throw new RequestError("WAKE_IMPOSSIBLE", "no neighbour of that PC is connected");
    const { elsewhere } = this.#options;
    if (elsewhere && !(await elsewhere.useOnce(`wake ${terminal.id}`, GAP_MS))) return; // another node has just begun
    const { person, login } = by;
    const attempt: Attempt = {
      terminal,
      by: { person, login },
      at,
      errands,
      helpers: [],
      present: undefined,
      wasSent: false,
      over: undefined,
    };
    this.#attempts.set(terminal.id, attempt);
    try {
      await this.#write(attempt, "requested");
    } catch (error) {
      this.#attempts.delete(terminal.id);
      throw error;
    }
    if (this.#attempts.get(terminal.id) !== attempt || attempt.over) return; // it came, or the person left
    this.#tell(attempt);
    this.#options.changed(terminal.id);
    this.#next(attempt);
  }

  /** The one who asked no longer waits: nobody else is asked. */
  cancel(id: TerminalId, person: PersonId): void {
    const attempt = this.#attempts.get(id);
    if (attempt && !attempt.over && attempt.by.person === person) this.#end(attempt, "cancelled");
  }

  /** What a page shows of a terminal that is offline. */
  view(terminal: Terminal, reader: PersonId): { wake?: WakeView } {
    const attempt = this.#attempts.get(terminal.id);
    if (attempt && !attempt.over) {
      const elapsedMs = Math.max(0, this.#options.now() - attempt.at);
      return { wake: { state: "waking", elapsedMs, mine: attempt.by.person === reader } };
    }
    const far = attempt ? undefined : this.#options.elsewhere?.wakeElsewhere(terminal.id);
    if (far?.over === undefined && far)
      return { wake: { state: "waking", elapsedMs: far.elapsedMs, mine: far.person === reader } };
    const possible = this.#neighbours.canWake(terminal) || this.#options.elsewhere?.canWake(terminal) === true;
    const over = attempt?.over ?? far?.over;
    if (over && over !== "cancelled") return { wake: { state: "failed", why: over, again: possible } };
    return possible ? { wake: { state: "possible" } } : {};
  }

  // ── time ─────────────────────────────────────────────────────────────────────────────────────

  tick(): void {
    const now = this.#options.now();
    this.#writes.tick(now);
    for (const [id, attempt] of [...this.#attempts]) {
      const { at, over, present } = attempt;
      if (over) {
        if (now - at < WAKE_TIMEOUT_MS + SHOWN_MS) continue;
        this.#attempts.delete(id);
        this.#options.changed(id);
      } else if (now - at >= WAKE_TIMEOUT_MS) this.#end(attempt, attempt.wasSent ? "no-answer" : "not-sent");
      else if (present && now >= present.until) this.#next(attempt, present.isSent ? undefined : "silent");
    }
  }

  /** Asks the next neighbour. `answer`: what the present one said instead of "sent". */
  #next(attempt: Attempt, answer?: WakeRefusal | "left" | "silent"): void {
    if (attempt.present && answer) attempt.helpers.push(`${attempt.present.errand.neighbour.terminal.id}: ${answer}`);
    attempt.present = undefined;
    for (let errand = attempt.errands.shift(); errand; errand = attempt.errands.shift()) {
      if (!this.#neighbours.ask(errand)) continue;
      attempt.present = { errand, until: this.#options.now() + ANSWER_MS, isSent: false };
      return;
    }
    if (!attempt.wasSent) this.#end(attempt, "not-sent");
  }

  #end(attempt: Attempt, how: WakeFailure | "cancelled"): void {
    attempt.over = how;
    attempt.present = undefined;
    this.#tell(attempt, how);
    this.#record(attempt, how);
    this.#options.changed(attempt.terminal.id);
  }

  #throttle(before: Attempt | undefined, person: PersonId, now: number): void {
    const waitMs = before ? before.at + GAP_MS - now : 0;
    const own = [...this.#running()].filter(({ by }) => by.person === person).length;
    if (waitMs <= 0 && own < MAX_PER_PERSON) return;
    const retryAfterS = Math.max(1, Math.ceil((waitMs > 0 ? waitMs : GAP_MS) / 1_000));
    throw new RequestError("TOO_MANY_ATTEMPTS", "too many requests to wake a PC", { details: { retryAfterS } });
  }

  /** Entries that are kept, for the figures. */
  get size(): number {
    return this.#attempts.size + this.#neighbours.size + this.#writes.size;
  }

  #tell({ terminal, by: { person }, at }: Attempt, over?: FarWake["over"]): void {
    const elapsedMs = Math.max(0, this.#options.now() - at);
    this.#options.elsewhere?.wakeChanged(terminal.id, { person, elapsedMs, ...(over !== undefined && { over }) });
  }

  *#running(): Iterable<Attempt> {
    for (const attempt of this.#attempts.values()) if (!attempt.over) yield attempt;
  }

  #record(attempt: Attempt, step: WakeRecord["step"]): void {
    this.#write(attempt, step).catch((error: unknown) =>
      this.#options.log.error({ err: error }, "cannot write the record of waking"),
    );
  }

  async #write({ terminal, by, helpers }: Attempt, step: WakeRecord["step"]): Promise<void> {
    const { id, organisation } = terminal;
    this.#options.log.info({ terminal: id, login: by.login, helpers, step }, "wake");
    await this.#options.records.terminalWake({
      terminal: id,
      organisation: organisation.id,
      login: by.login,
      at: this.#options.now(),
      step,
      helpers: [...helpers],
    });
  }
}
