/**
 * Mails of notice, where there is a mail server: each morning one to everybody with a duty and an address for whom there is something
 * to say, and at once where a hand is needed. Who silenced them gets none (protocol/console-notices.ts).
 */
import { setImmediate } from "node:timers/promises";
import type { AuditEventName } from "../audit/events.ts";
import type { Outbox } from "../auth/outbox.ts";
import { type Action, allowsWithin } from "../auth/permissions.ts";
import type { Log } from "../log.ts";
import { principalOf } from "../organisations/duties.ts";
import { Places } from "../organisations/places.ts";
import type { OrganisationId } from "../protocol/ids.ts";
import type { Noticed } from "../store/queries/notices.ts";
import type { Queries } from "../store/queries.ts";
import type { Store } from "../store/store.ts";
import type { Presence, Question } from "./asking.ts";
import { atOnceLetter, type DigestPart, digestLetter, MORNING } from "./digest.ts";

const EVERY_MS = 60_000;
/** By the server's clock on the wall. */
const MORNING_HOUR = 8;
/** A digest that waits longer for the mail server is no news. */
const GOOD_FOR_MS = 4 * 3_600_000;
/** What happens in between is said together. */
const QUIET_MS = 10 * 60_000;
/** Records that are looked through at once; some hundred a minute are many. */
const BATCH = 1_000;

/** What needs a hand: who may do something about it is told. */
const AT_ONCE: Partial<Record<AuditEventName, { readonly action: Action; readonly words: string }>> = {
  "device.pending": {
    action: "device.approve",
    words: "新しい端末が承認を待っています / a new device waits for approval",
  },
  "terminal.set-aside": {
    action: "terminal.settle",
    words: "同じ鍵の二台がつながり、パソコンを止めました / two office PCs with one key were set aside",
  },
  "audit.contradicted": {
    action: "audit.read",
    words: "職場のパソコンの控えと監査記録が合いません / an office PC contradicts the audit",
  },
};

export interface NoticesParts {
  readonly store: Store;
  readonly outbox: Outbox;
  readonly presence: Presence;
  /** Whether it is this node's to do now; left out: there is no other. */
  readonly isOurs?: (() => Promise<boolean>) | undefined;
  /** Where the console is. */
  readonly url: string;
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
  readonly morning?: readonly DigestPart[];
}

interface Happened {
  readonly event: AuditEventName;
  readonly organisation: OrganisationId;
}

export class Notices {
  readonly #parts: NoticesParts;
  /** Up to which record of the audit was looked; undefined: not yet, and what is there is old. */
  #seen: number | undefined;
  #happened: Happened[] = [];
  #saidAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;

  constructor(parts: NoticesParts) {
    this.#parts = parts;
  }

  start(): void {
    void this.look();
    this.#timer = setInterval(() => void this.look(), EVERY_MS);
    this.#timer.unref();
  }

  /** Never rejects. */
  look(): Promise<void> {
    this.#working ??= this.#look()
      .catch((err: unknown) => this.#parts.log.error({ err }, "notices were not sent"))
      .finally(() => {
        this.#working = undefined;
      });
    return this.#working;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#working;
  }

  async #look(): Promise<void> {
    const { isOurs } = this.#parts;
    await this.#notice();
    if (isOurs && !(await isOurs())) {
      this.#happened = [];
      return;
    }
    const now = this.#parts.now();
    if (this.#happened.length > 0 && now - this.#saidAt >= QUIET_MS) {
      this.#saidAt = now;
      await this.#sayAtOnce(this.#happened.splice(0));
    }
    if (new Date(now).getHours() >= MORNING_HOUR) await this.#sayMorning(dayOf(now));
  }

  async #notice(): Promise<void> {
    const { store } = this.#parts;
    this.#seen ??= (await store.read((q) => q.audit.last()))?.seq ?? 0;
    for (;;) {
      const after: number = this.#seen;
      const rows = await store.read((q) => q.audit.after(after, BATCH));
      for (const { event, organisationId } of rows)
        if (organisationId && Object.hasOwn(AT_ONCE, event))
          this.#happened.push({ event: event as AuditEventName, organisation: organisationId });
      this.#seen = rows.at(-1)?.seq ?? after;
      if (rows.length < BATCH) return;
    }
  }

  async #sayAtOnce(happened: readonly Happened[]): Promise<void> {
    const { store } = this.#parts;
    for (const person of await store.read((q) => q.notices.wanted("atOnce"))) {
      const lines = await store.read((q) => linesFor(q, person, happened));
      if (lines.length > 0) await this.#send(person, lines, atOnceLetter);
    }
  }

  async #sayMorning(day: string): Promise<void> {
    const { store, presence, now, morning = MORNING } = this.#parts;
    for (const person of await store.read((q) => q.notices.wanted("digest", day))) {
      const lines = await store.read(async (q) => {
        const principal = await principalOf(q, person.id);
        if (!principal) return [];
        const question: Question = { q, principal, presence, now: now() };
        return (await Promise.all(morning.map((part) => part(question)))).flat();
      });
      // before it is sent: a mail that is lost is better than one each minute
      await store.write((q) => q.notices.hadDigest(person.id, day));
      if (lines.length > 0) await this.#send(person, lines, digestLetter);
      await setImmediate();
    }
  }

  async #send({ organisationId, mail }: Noticed, lines: readonly string[], letter: typeof digestLetter): Promise<void> {
    const { store, outbox, url, log, now } = this.#parts;
    const organisation = await store.read((q) => q.organisations.byId(organisationId));
    const { subject, text } = letter({ organisation: organisation?.name ?? "", lines, url });
    void outbox.send({ to: mail, subject, text, until: now() + GOOD_FOR_MS }).then((outcome) => {
      if (!outcome.sent) log.warn({ why: outcome.why, answer: outcome.answer }, "a notice was not sent");
    });
  }
}

/** Each kind once, however often it happened. */
async function linesFor(q: Queries, { id }: Noticed, happened: readonly Happened[]): Promise<string[]> {
  const principal = await principalOf(q, id);
  if (!principal) return [];
  const places = await Places.around(
    q,
    happened.map(({ organisation: organisationId }) => ({ organisationId })),
  );
  const lines = happened.flatMap(({ event, organisation: organisationId }) => {
    const kind = AT_ONCE[event];
    return kind && allowsWithin(principal, kind.action, places.of({ organisationId })) ? [kind.words] : [];
  });
  return [...new Set(lines)];
}

function dayOf(now: number): string {
  const at = new Date(now);
  return [at.getFullYear(), at.getMonth() + 1, at.getDate()].join("-");
}
