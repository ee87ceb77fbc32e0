/**
 * When an event is over: what runs under it is looked at in the same second, and its end is written down with every organisation,
 * some at a time. Whatever this comes too late for, or does not come to, is refused all the same: the questions look at the clock.
 */
import { setImmediate } from "node:timers/promises";
import { appendAudit, appendAudits } from "../audit/chain.ts";
import { type Bus, publishChanges } from "../bus/bus.ts";
import type { Log } from "../log.ts";
import type { EventId } from "../protocol/ids.ts";
import type { Event } from "../store/queries/waves.ts";
import type { Store } from "../store/store.ts";

const EVERY_MS = 1_000;
/** Organisations in one write: a few milliseconds. */
const TOGETHER = 20;

export interface EventEndsParts {
  readonly store: Store;
  readonly bus: Bus;
  /** Whether it is this node's to do now; left out: there is no other. */
  readonly isOurs?: (() => Promise<boolean>) | undefined;
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
}

export class EventEnds {
  readonly #parts: EventEndsParts;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isClosed = false;
  /** Events whose end was told, and which: while nothing can be written it is tried every second, and everybody is looked at once. */
  readonly #told = new Map<EventId, number>();

  constructor(parts: EventEndsParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), EVERY_MS);
    this.#timer.unref();
  }

  /** Once. A failure is said, and tried again at the next time. */
  look(): Promise<void> {
    this.#looking ??= this.#look()
      .catch((error: unknown) => this.#parts.log.warn({ err: error }, "the end of an event was not written down"))
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { store, bus, now, isOurs } = this.#parts;
    for (const event of await store.read((q) => q.waves.due(now()))) {
      // whom it concerns goes first: the records take their time
      if (this.#told.get(event.id) !== event.endsAt)
        await publishChanges(bus, [{ kind: "event", subject: String(event.id) }]);
      this.#told.set(event.id, event.endsAt);
      await setImmediate();
      if (!isOurs || (await isOurs())) await this.#end(event);
    }
  }

  async #end({ id, name, endsAt }: Event): Promise<void> {
    const sums = { terminals: 0, organisations: 0, returned: 0 };
    while (!this.#isClosed) {
      const some = await this.#endSome(id, name);
      sums.terminals += some.terminals;
      sums.organisations += some.organisations;
      sums.returned += some.returned;
      await setImmediate();
      if (some.organisations > 0) continue;
      const { store, log, now } = this.#parts;
      const at = now();
      const isEnded = await store.write(async (q) => {
        // somebody extended it meanwhile, or the clock was put back
        if ((await q.waves.event(id))?.endsAt !== endsAt || endsAt > at) return false;
        await q.waves.close(id, at);
        const about = { number: id, name, ...sums };
        await appendAudit(q, { event: "event.ended", at, actor: "server", organisation: null, about });
        return true;
      });
      this.#told.delete(id);
      if (isEnded) log.info({ event: id, ...sums }, "an event has ended");
      return;
    }
  }

  #endSome(id: EventId, name: string): Promise<{ terminals: number; organisations: number; returned: number }> {
    const { store, now } = this.#parts;
    const at = now();
    return store.write(async (q) => {
      const due = (await q.waves.event(id))?.endsAt ?? Number.POSITIVE_INFINITY;
      const ended = due > at ? [] : await q.waves.endAllotments(id, at, TOGETHER);
      if (ended.length === 0) return { terminals: 0, organisations: 0, returned: 0 };
      const of = ended.map(({ organisationId, used, count, returned }) => ({
        organisationId,
        terminals: used,
        returned: Math.max(0, count - returned - used),
      }));
      await appendAudits(
        q,
        of.map(({ organisationId: organisation, ...sums }) => {
          const about = { number: id, name, ...sums };
          return { event: "allotment.ended", at, actor: "server", organisation, about };
        }),
      );
      return {
        terminals: of.reduce((sum, { terminals }) => sum + terminals, 0),
        organisations: of.length,
        returned: of.reduce((sum, { returned }) => sum + returned, 0),
      };
    });
  }
}
