/** What the hub asks and tells, answered from the store. Also why a running session has to end now. */
import { appendAudit } from "../audit/chain.ts";
import type { AuditEventName } from "../audit/events.ts";
import { signedInOf } from "../auth/sign-in.ts";
import { IDLE_MS } from "../auth/token.ts";
import type { Log } from "../log.ts";
import type { EndReason } from "../protocol/errors.ts";
import type { PersonId, SessionId, TerminalId } from "../protocol/ids.ts";
import type { ProtectionEvent } from "../protocol/signal.ts";
import type { WiredInterface } from "../protocol/wake.ts";
import type { ProtectionReport, Records, SessionRecord, SignedIn, Terminal, WakeRecord } from "../records.ts";
import type { TerminalWithOrganisation } from "../store/queries/terminals.ts";
import type { Queries } from "../store/queries.ts";
import type { Store } from "../store/store.ts";
import type { SessionRow } from "../store/tables.ts";
import { interfacesOf } from "./terminals.ts";

const TOUCH_GRANULARITY_MS = 60_000;
/** Sightings of terminals are written together: a thousand agents that return at once cost one fsync a second, not a thousand. */
const SEEN_FLUSH_MS = 1_000;

export interface StoreRecordsParts {
  readonly store: Store;
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
}

export class StoreRecords implements Records {
  readonly #parts: StoreRecordsParts;
  readonly #seen = new Map<TerminalId, number>();
  #flushTimer: NodeJS.Timeout | undefined;

  constructor(parts: StoreRecordsParts) {
    this.#parts = parts;
  }

  async signedIn(signInId: string): Promise<SignedIn | undefined> {
    const { store, now } = this.#parts;
    const row = await store.read((q) => q.signIns.live({ id: signInId }, now(), IDLE_MS));
    return row && signedInOf(row);
  }

  touch(signInId: string): Promise<void> {
    const { store, now } = this.#parts;
    return store.write((q) => q.signIns.touch(signInId, now(), TOUCH_GRANULARITY_MS));
  }

  async terminalsOf(person: PersonId): Promise<Array<Terminal & { grantedUntil: number | undefined }>> {
    const { store, now } = this.#parts;
    const rows = await store.read((q) => q.terminals.usableBy(person, now()));
    return rows.flatMap((row) => {
      const terminal = terminalOf(row);
      return terminal ? [{ ...terminal, grantedUntil: row.until ?? undefined }] : [];
    });
  }

  async terminal(id: TerminalId): Promise<Terminal | undefined> {
    const row = await this.#parts.store.read((q) => q.terminals.byId(id));
    return row?.disabledAt === null ? terminalOf(row) : undefined;
  }

  async terminalSeen(id: TerminalId, at: number): Promise<void> {
    this.#seen.set(id, at);
    this.#flushTimer ??= setTimeout(() => this.#flushOrLog(), SEEN_FLUSH_MS).unref();
  }

  async terminalInterfaces(id: TerminalId, interfaces: readonly WiredInterface[]): Promise<void> {
    await this.#parts.store.write((q) => q.terminals.setInterfaces(id, JSON.stringify(interfaces)));
  }

  async terminalWake({ terminal, organisation, login, at, step, helpers }: WakeRecord): Promise<void> {
    const about = { terminal, login, helpers: helpers.join(", ") };
    await this.#parts.store.write((q) =>
      appendAudit(
        q,
        step === "requested"
          ? { event: "terminal.wake-requested", at, actor: `person:${login}`, organisation, about: { terminal } }
          : { event: "terminal.wake-ended", at, actor: "server", organisation, about: { ...about, outcome: step } },
      ),
    );
  }

  async sessionRequested(session: SessionRecord): Promise<void> {
    await this.#parts.store.write(async (q) => {
      const { organisation, terminal, person, ...rest } = session;
      const row = { ...rest, organisationId: organisation, terminalId: terminal, personId: person };
      await q.sessions.insert({ ...row, liveAt: null, endedAt: null, reason: null, lock: null, lockAt: null });
      await appendAudit(q, {
        event: "session.requested",
        at: session.requestedAt,
        actor: `person:${session.login}`,
        organisation,
        about: { session: session.id, terminal },
      });
    });
  }

  async sessionLive(id: SessionId, at: number): Promise<void> {
    await this.#parts.store.write(async (q) => {
      if (await q.sessions.live(id, at)) await auditSession(q, id, "session.live", at, {});
    });
  }

  async sessionEnded(id: SessionId, at: number, reason: EndReason): Promise<void> {
    await this.#parts.store.write(async (q) => {
      if (await q.sessions.end(id, at, reason)) await auditSession(q, id, "session.ended", at, { reason });
    });
  }

  async protection(report: ProtectionReport, at: number): Promise<SessionRecord | undefined> {
    const { session: id, terminal, event, happenedAt, reason } = report;
    return this.#parts.store.write(async (q) => {
      const row = await q.sessions.byId(id);
      if (row?.terminalId !== terminal) return undefined;
      if (event === "locked" || event === "lock-failed") await q.sessions.lock(id, event, happenedAt);
      await appendAudit(q, {
        event: PROTECTION_AUDIT[event],
        at,
        actor: `terminal:${terminal}`,
        organisation: row.organisationId,
        about: { session: id, terminal, login: row.login, reason, happenedAt },
      });
      return sessionOf(row);
    });
  }

  async openSessions(): Promise<SessionRecord[]> {
    const rows = await this.#parts.store.read((q) => q.sessions.open());
    return rows.map(sessionOf);
  }

  /**
   * Why this session may not go on; undefined while it may. To be asked after the store was changed by somebody else, after
   * `records-changed`, and from time to time, because grants end by the clock.
   */
  async endDue(id: SessionId): Promise<EndReason | undefined> {
    const { store, now } = this.#parts;
    return store.read(async (q) => {
      const session = await q.sessions.byId(id);
      if (!session) return "internal";
      if (session.endedAt !== null) return session.reason ?? "administrator";
      const person = await q.people.byId(session.personId);
      if (person?.disabledAt !== null) return "person-disabled";
      if (!(await q.devices.registered(session.personId, session.deviceKey))) return "device-removed";
      const terminal = await q.terminals.byId(session.terminalId);
      if (terminal?.disabledAt !== null) return "terminal-disabled";
      const grant = await q.terminals.grant(session.personId, session.terminalId);
      const granted = grant && (grant.until === null || grant.until > now());
      return granted ? undefined : "grant-removed";
    });
  }

  /** Writes what is still to be written. */
  async close(): Promise<void> {
    clearTimeout(this.#flushTimer);
    await this.#flush();
  }

  #flushOrLog(): void {
    this.#flush().catch((error: unknown) =>
      this.#parts.log.error({ error }, "sightings of terminals were not written"),
    );
  }

  async #flush(): Promise<void> {
    this.#flushTimer = undefined;
    const seen = [...this.#seen];
    this.#seen.clear();
    if (seen.length === 0) return;
    await this.#parts.store.write(async (q) => {
      for (const [id, at] of seen) await q.terminals.seen(id, at);
    });
  }
}

const PROTECTION_AUDIT: Readonly<Record<ProtectionEvent, AuditEventName>> = {
  covered: "session.covered",
  "cover-failed": "session.cover-failed",
  locked: "terminal.locked",
  "lock-failed": "terminal.lock-failed",
};

async function auditSession(
  q: Queries,
  id: SessionId,
  event: "session.live" | "session.ended",
  at: number,
  about: Record<string, string>,
): Promise<void> {
  const session = await q.sessions.byId(id);
  const organisation = session?.organisationId ?? null;
  await appendAudit(q, {
    event,
    at,
    actor: "server",
    organisation,
    about: { session: id, terminal: session?.terminalId ?? null, login: session?.login ?? null, ...about },
  });
}

function terminalOf(row: TerminalWithOrganisation): Terminal | undefined {
  if (row.publicKey === null) return undefined;
  return {
    id: row.id,
    name: row.name,
    organisation: { id: row.organisationId, name: row.organisationName },
    publicKey: row.publicKey,
    lastSeenAt: row.lastSeenAt ?? undefined,
    interfaces: interfacesOf(row),
  };
}

function sessionOf(row: SessionRow): SessionRecord {
  return {
    id: row.id,
    terminal: row.terminalId,
    organisation: row.organisationId,
    person: row.personId,
    login: row.login,
    personName: row.personName,
    deviceKey: row.deviceKey,
    requestedAt: row.requestedAt,
  };
}
