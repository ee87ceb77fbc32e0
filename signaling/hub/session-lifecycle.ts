/**
 * A session from its request to its end: applies session-state.ts's transitions and performs what follows from them (the
 * record, what both ends are told, which sessions the relay knows).
 */
import type { RelayPeers } from "../edge/relay-peers.ts";
import type { Log } from "../log.ts";
import type { EndReason } from "../protocol/errors.ts";
import type { Nonce, SessionId, TerminalId } from "../protocol/ids.ts";
import type { Codec } from "../protocol/signal.ts";
import type { Records, SessionRecord, SessionRules } from "../records.ts";
import { type AnnounceOptions, announceAttempt } from "./attempt.ts";
import type { BackgroundWrite } from "./background-write.ts";
import type { Session, Viewer } from "./presence.ts";
import { next, requested, type SessionEvent, unconfirmed } from "./session-state.ts";
import type { Sessions } from "./sessions.ts";

export interface SessionLifecycleOptions extends AnnounceOptions {
  readonly sessions: Sessions;
  readonly records: Pick<
    Records,
    "openSessions" | "sessionRequested" | "sessionHangsOn" | "sessionLive" | "sessionEnded"
  >;
  readonly write: BackgroundWrite;
  readonly relayPeers: Pick<RelayPeers, "begin" | "end">;
  readonly log: Log;
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly nonce: () => Nonce;
  /** What pages show of this terminal changed. */
  readonly changed: (id: TerminalId) => void;
  /** It stands in the store by now: who reads it there is told. */
  readonly kept: (id: TerminalId) => void;
}

/** What a page can show, and what policy says of its session. */
export interface Wish {
  readonly codecs: readonly Codec[];
  readonly rules: SessionRules;
}

interface Ending {
  readonly terminal: TerminalId;
  /** By the clock that never jumps; what a page waits for in any case has no end to it. */
  readonly since: number;
  readonly tell: () => void;
  readonly told: Promise<void>;
}

/** A store that does not answer keeps nobody in a session, but whoever left it by themselves. */
const TELL_AFTER_MS = 1_000;

export class SessionLifecycle {
  readonly #options: SessionLifecycleOptions;

  /** Those whose end is being written; neither end has been told. */
  readonly #ending = new Map<SessionId, Ending>();

  constructor(options: SessionLifecycleOptions) {
    this.#options = options;
  }

  /** Takes up the sessions a former run left open; their agents have a while to confirm them. */
  async restore(): Promise<void> {
    this.takeUp(await this.#options.records.openSessions());
  }

  /** Sessions that a former run, or another node, had; their agents have a while to confirm them. */
  takeUp(records: readonly SessionRecord[]): void {
    const { sessions, relayPeers, monotonic, nonce, changed } = this.#options;
    const at = monotonic();
    for (const record of records) {
      if (sessions.has(record.id)) continue;
      relayPeers.begin(record.id);
      sessions.set(record.id, {
        record,
        state: unconfirmed(at),
        nonce: nonce(),
        codecs: [],
        viewer: undefined,
        signInId: record.signInId,
        rules: undefined,
        toldRules: { agent: undefined },
        recorded: true,
      });
      changed(record.terminal);
    }
  }

  /** It is another node's: whatever becomes of it is that one's to say, and the relay knows it still. Who waits here asks there. */
  release(session: Session): void {
    this.#options.sessions.delete(session.record.id);
    session.awaited?.viewer.connection.send({
      ...{ type: "error", code: "SERVER_BUSY", about: "session-request", message: "the office PC is at another node" },
      details: { retryAfterS: 1 },
    });
    this.#log(session).info("session released to another node");
  }

  /** Writes the record first; only then anybody is told. */
  async open(viewer: Viewer, record: SessionRecord, { codecs, rules }: Wish): Promise<void> {
    const { sessions, records, relayPeers, monotonic, nonce, changed } = this.#options;
    const session: Session = {
      record,
      state: requested(monotonic()),
      nonce: nonce(),
      codecs,
      viewer,
      signInId: viewer.signedIn.signInId,
      rules,
      recorded: false,
    };
    sessions.set(record.id, session);
    relayPeers.begin(record.id);
    try {
      await records.sessionRequested(record);
    } catch (error) {
      sessions.delete(record.id);
      relayPeers.end(record.id);
      throw error;
    }
    session.recorded = true;
    this.#log(session).info("session requested");
    // it was over before it stood on record: a store that writes several things at a time would have found nothing to end
    if (session.state.kind === "ended") return void this.#writeEnd(session, session.state.reason);
    // what it replaces stands on record before it, and is told before it
    for (const { terminal, tell } of [...this.#ending.values()]) if (terminal === record.terminal) tell();
    announceAttempt(session, this.#options);
    changed(record.terminal);
  }

  /** Builds the next attempt of a session whose viewer came back; where its agent has not yet said that it runs, as soon as it does. */
  resume(session: Session, viewer: Viewer, { codecs, rules }: Wish): void {
    this.attach(session, viewer);
    session.rules = rules;
    if (session.state.kind === "unconfirmed") {
      session.awaited = { viewer, codecs, rules };
      return;
    }
    session.awaited = undefined;
    session.codecs = codecs;
    session.nonce = this.#options.nonce();
    this.apply(session, { kind: "resume", now: this.#options.monotonic() });
    announceAttempt(session, this.#options);
  }

  /** The viewer speaks for this session from now on. */
  attach(session: Session, viewer: Viewer): void {
    const { records, write } = this.#options;
    const { signInId } = viewer.signedIn;
    session.viewer = viewer;
    if (session.signInId === signInId) return;
    session.signInId = signInId;
    if (session.recorded) write(records.sessionHangsOn(session.record.id, signInId));
  }

  /** Of one that is over, and of which neither end was told yet: when they have been. */
  ending(id: SessionId): Promise<void> | undefined {
    return this.#ending.get(id)?.told;
  }

  /** Applies one event and performs what the new state asks for. */
  apply(session: Session, event: SessionEvent): void {
    const { records, write, now, changed } = this.#options;
    const before = session.state;
    const after = next(before, event);
    if (after === before) return;
    session.state = after;
    if (after.kind !== before.kind) this.#log(session).info({ from: before.kind, to: after.kind }, "session");
    if (after.kind === "live" && before.kind !== "live") write(records.sessionLive(session.record.id, now()));
    if (after.kind === "ended") this.#finish(session, after.reason);
    else if (after.kind !== before.kind) changed(session.record.terminal);
    const { awaited } = session;
    if (before.kind !== "unconfirmed" || after.kind === "ended" || !awaited) return;
    session.awaited = undefined;
    if (session.viewer === awaited.viewer) this.resume(session, awaited.viewer, awaited);
  }

  /** Ends a session, whoever wished it, and tells both ends as soon as that is kept. */
  end(session: Session, reason: EndReason): void {
    this.apply(session, { kind: "end", reason });
  }

  /** Tells them at once: their connections are closed next, or nobody waits for a record of it. */
  endNow(session: Session, reason: EndReason): void {
    this.end(session, reason);
    this.#ending.get(session.record.id)?.tell();
  }

  /** Ends the sessions that hang on this sign-in. */
  signInEnded(signInId: string, reason: EndReason): void {
    for (const session of [...this.#options.sessions.values()])
      if (session.signInId === signInId) this.endNow(session, reason);
  }

  /** Deadlines. */
  tick(now: number): void {
    for (const { since, tell } of [...this.#ending.values()]) if (now - since >= TELL_AFTER_MS) tell();
    for (const session of [...this.#options.sessions.values()]) this.apply(session, { kind: "tick", now });
  }

  #finish(session: Session, reason: EndReason): void {
    const { sessions, relayPeers, changed } = this.#options;
    const { record } = session;
    sessions.delete(record.id);
    relayPeers.end(record.id);
    if (session.recorded) this.#tellOnceKept(session, reason);
    else this.#tell(session, reason);
    this.#log(session).info({ reason }, "session ended");
    changed(record.terminal);
  }

  #writeEnd({ record }: Session, reason: EndReason): Promise<void> {
    const { records, write, now, kept } = this.#options;
    const written = records.sessionEnded(record.id, now(), reason).finally(() => kept(record.terminal));
    write(written);
    return written;
  }

  #tell({ record, viewer }: Session, reason: EndReason): void {
    const message = { type: "session-end", session: record.id, reason } as const;
    viewer?.connection.send(message);
    this.#options.agents.get(record.terminal)?.connection.send(message);
  }

  /**
   * An end is told once it stands on record (or waits for room): were we to die between, the page would not say it again, the office
   * PC would say that it runs nothing, and the record had a reason that nobody gave.
   */
  #tellOnceKept(session: Session, reason: EndReason): void {
    const { id, terminal } = session.record;
    const { promise: told, resolve } = Promise.withResolvers<void>();
    const tell = () => {
      if (!this.#ending.delete(id)) return;
      this.#tell(session, reason);
      resolve();
    };
    const since = reason === "viewer-left" ? Number.POSITIVE_INFINITY : this.#options.monotonic();
    this.#ending.set(id, { terminal, since, tell, told });
    this.#writeEnd(session, reason).then(tell, tell);
  }

  #log(session: Session): Log {
    const { id, terminal, login } = session.record;
    return this.#options.log.child({ session: id, terminal, login });
  }
}
