/**
 * What is to be known of the office PC beside its picture, looked at now and then while it is watched: how its Japanese
 * input method is set, whether somebody there operates it, whether it refuses our input. Meanwhile it is kept awake.
 */
import type { ImeMode } from "../../../signaling/protocol/ime-modes.ts";
import type { OfficeState } from "../../desktop/reports.ts";

/** What an operating system has to offer: a port. Adapter: windows.ts; X11 has none. */
export interface OfficeSystem {
  /** Undefined: not to be learnt at this moment, ask again. */
  imeMode(): ImeMode | undefined;
  /** How long ago there was input of any kind, ours too: ms. */
  idleMs(): number;
  /** While true, neither the PC nor its screen falls asleep. */
  keepAwake(awake: boolean): void;
}

export const QUIET_OFFICE: OfficeState = { ime: "unknown", operated: false, refusesInput: false };

const LOOK_MS = 1000;
/** After input of ours the input method may change with any key. */
const LOOK_AFTER_INPUT_MS = 250;
const INPUT_RECENT_MS = 5000;
/** Input this much younger than ours is somebody else's. Windows counts time in steps of 16 ms. */
const OWN_INPUT_MS = 200;
/** So long somebody at the office counts as operating the PC. */
const OPERATED_MS = 10_000;

export class Office {
  readonly #system: OfficeSystem;
  readonly #told: (state: OfficeState) => void;
  readonly #now: () => number;
  readonly #looked: () => void;
  #state = QUIET_OFFICE;
  #injectedAt: number;
  #operatedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** `told`: at start, at each change, and quiet at the end. `looked`: each time. `now`: ms, monotonic. */
  constructor(
    system: OfficeSystem,
    told: (state: OfficeState) => void,
    {
      looked = () => undefined,
      now = () => performance.now(),
    }: { readonly looked?: () => void; readonly now?: () => number } = {},
  ) {
    this.#system = system;
    this.#told = told;
    this.#now = now;
    this.#looked = looked;
    this.#injectedAt = now(); // what was done before is not of this session
    system.keepAwake(true);
    this.#state = { ...QUIET_OFFICE, ime: system.imeMode() ?? "unknown" };
    told(this.#state);
    this.#schedule();
  }

  /** We have just put something in. */
  injected(): void {
    const wasRecent = this.#inputIsRecent;
    this.#injectedAt = this.#now();
    if (!wasRecent) this.#schedule();
  }

  refusesInput(refuses: boolean): void {
    this.#tell({ refusesInput: refuses });
  }

  get #inputIsRecent(): boolean {
    return this.#now() - this.#injectedAt < INPUT_RECENT_MS;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.#look(), this.#inputIsRecent ? LOOK_AFTER_INPUT_MS : LOOK_MS);
  }

  #look(): void {
    const now = this.#now();
    const lastInputAt = now - this.#system.idleMs();
    if (lastInputAt > this.#injectedAt + OWN_INPUT_MS) this.#operatedAt = Math.max(this.#operatedAt, lastInputAt);
    this.#tell({
      operated: now - this.#operatedAt < OPERATED_MS,
      ...(this.#inputIsRecent ? { ime: this.#system.imeMode() ?? this.#state.ime } : {}),
    });
    this.#looked();
    this.#schedule();
  }

  #tell(change: Partial<OfficeState>): void {
    const [before, after] = [this.#state, { ...this.#state, ...change }];
    if (this.#closed || (Object.keys(after) as (keyof OfficeState)[]).every((key) => after[key] === before[key]))
      return;
    this.#state = after;
    this.#told(after);
  }

  /** Idempotent; nothing is told afterwards. */
  close(): void {
    if (this.#closed) return;
    this.#tell(QUIET_OFFICE);
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#system.keepAwake(false);
  }
}
