/**
 * Looking again whether those who are here may stay: at those whose rights changed, at once; at everybody, from time to time,
 * because some rights end by the clock and a notice may be lost.
 *
 * The questions are about sets, a slice at a time, and between two slices everything else gets its turn. What changes during a
 * look is looked at again after it. One item that cannot be asked about hinders no other.
 */
import { setImmediate } from "node:timers/promises";
import type { Log } from "../log.ts";
import type { EndReason } from "../protocol/errors.ts";
import type { PersonId, SessionId, TerminalId } from "../protocol/ids.ts";
import type { Records, SessionAsked, SessionRules } from "../records.ts";
import { slices } from "../slices.ts";
import { type Change, type Changes, MAX_CHANGES } from "../store/rows/changes.ts";
import type { Agent, Session, Viewer } from "./presence.ts";
import type { OpenSessions } from "./sessions.ts";

export interface RecheckOptions {
  readonly records: Records;
  readonly log: Log;
  readonly now: () => number;
  readonly viewers: ReadonlySet<Viewer>;
  readonly agents: ReadonlyMap<TerminalId, Agent>;
  readonly sessions: OpenSessions;
  readonly signInOver: (signInId: string, reason: EndReason) => void;
  readonly terminalBarred: (id: TerminalId, reason: EndReason) => void;
  readonly sessionDue: (session: Session, reason: EndReason) => void;
  /** What policy says of it now. */
  readonly sessionRules: (session: Session, rules: SessionRules) => void;
  readonly listChanged: (viewer: Viewer) => void;
  /** Something of its person changed: what they asked for may be answered. */
  readonly personChanged: (viewer: Viewer) => void;
  /** Devices of these people may be such as office PCs have to forget. */
  readonly devicesChanged: (persons: readonly PersonId[] | "everybody") => Promise<void>;
}

const OF_MANY: ReadonlySet<Change["kind"]> = new Set(["lock", "policy", "event"]);

/** Some 0.1 ms each. */
const TOLD_AT_ONCE = 500;
/** Some 0.5 ms each: a connection is closed, and a session ends with it. At the end of an event there are thousands. */
const DROPPED_AT_ONCE = 20;

/** Whom a look is about. */
interface Concerned {
  readonly signIns: ReadonlySet<string>;
  readonly terminals: readonly TerminalId[];
  readonly sessions: readonly Session[];
}

export class Recheck {
  readonly #options: RecheckOptions;
  #changes: Change[] = [];
  #isAllChanged = false;
  #looking: Promise<void> | undefined;
  #sweeping: Promise<void> | undefined;
  #grantsSeenAt: number;

  constructor(options: RecheckOptions) {
    this.#options = options;
    this.#grantsSeenAt = options.now();
  }

  /** Fulfilled when everything that was changed until now has been looked at. */
  changed(changes: Changes): Promise<void> {
    if (changes === "everything" || this.#changes.length + changes.length > MAX_CHANGES) {
      this.#isAllChanged = true;
      this.#changes = [];
    } else this.#changes.push(...changes);
    this.#looking ??= this.#lookAtChanges();
    return this.#looking;
  }

  /** Everybody, for what ends by the clock. One at a time. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  async close(): Promise<void> {
    await Promise.all([this.#looking, this.#sweeping]);
  }

  async #lookAtChanges(): Promise<void> {
    await setImmediate(); // what is changed in the same turn is one look
    while (this.#isAllChanged || this.#changes.length > 0) {
      const changes = this.#changes;
      const isAll = this.#isAllChanged;
      this.#changes = [];
      this.#isAllChanged = false;
      if (isAll) {
        await this.#ask(this.#everybody());
        this.#refreshAll();
        await this.#options.devicesChanged("everybody");
      } else {
        const persons = subjects<PersonId>(changes, "person");
        const terminals = subjects<TerminalId>(changes, "terminal");
        await this.#ask(this.#concerned(changes, persons, terminals));
        for (const viewer of this.#options.viewers)
          if (persons.has(viewer.signedIn.person)) this.#options.personChanged(viewer);
        // whether one may wake stands in the list, and is said by policy; so does until when an ID counts
        if (changes.some(({ kind }) => kind === "policy" || kind === "event")) this.#refreshAll();
        else await this.#refresh(persons, terminals);
        await this.#options.devicesChanged([...persons]);
      }
    }
    // here, not after a turn of the loop: whoever comes next begins anew
    this.#looking = undefined;
  }

  async #sweep(): Promise<void> {
    const { records, now } = this.#options;
    await this.#ask(this.#everybody());
    const since = this.#grantsSeenAt;
    const until = now();
    await this.#guarded("ended grants", async () => {
      const persons = await records.grantsEnded(since);
      this.#grantsSeenAt = until;
      if (persons.size > 0) await this.#refresh(persons, new Set());
    });
  }

  #everybody(): Concerned {
    const { viewers, agents, sessions } = this.#options;
    return {
      signIns: signInsOf(viewers, sessions.values()),
      terminals: [...agents.keys()],
      sessions: [...sessions.values()],
    };
  }

  #concerned(
    changes: readonly Change[],
    persons: ReadonlySet<PersonId>,
    terminals: ReadonlySet<TerminalId>,
  ): Concerned {
    // a lock may be on a whole town, policy set for one, an event ended for all: whom it concerns is found by asking about everybody
    if (changes.some(({ kind }) => OF_MANY.has(kind))) return this.#everybody();
    const { viewers, agents, sessions } = this.#options;
    const signIns = subjects<string>(changes, "sign-in");
    const touched = new Set<Session>([...persons].flatMap((person) => sessions.of(person)));
    for (const id of terminals) {
      const session = sessions.on(id);
      if (session) touched.add(session);
    }
    for (const id of subjects<SessionId>(changes, "session")) {
      const session = sessions.get(id);
      if (session) touched.add(session);
    }
    const theirs = persons.size === 0 ? [] : [...viewers].filter(({ signedIn }) => persons.has(signedIn.person));
    const present = signIns.size === 0 ? [] : signInsOf(viewers, sessions.values());
    const ended = [...present].filter((id) => signIns.has(id));
    return {
      signIns: new Set([...signInsOf(theirs, touched), ...ended]),
      terminals: [...terminals].filter((id) => agents.has(id)),
      sessions: [...touched],
    };
  }

  async #ask({ signIns, terminals, sessions }: Concerned): Promise<void> {
    const { records, signInOver, terminalBarred, sessionDue } = this.#options;
    const over: (readonly [string, EndReason])[] = [];
    await this.#each("sign-ins", [...signIns], async (ids) => {
      over.push(...(await records.signInsOver(ids)));
    });
    // whom a lock on a town concerns is told before the records of it take their time
    await this.#each(
      "sign-ins that are over",
      over,
      async (some) => {
        for (const [id, reason] of some) signInOver(id, reason);
      },
      TOLD_AT_ONCE,
    );
    const barred: (readonly [TerminalId, EndReason])[] = [];
    await this.#each("terminals", terminals, async (ids) => {
      barred.push(...(await records.terminalsBarred(ids)));
    });
    await this.#each(
      "terminals that are barred",
      barred,
      async (some) => {
        for (const [id, reason] of some) terminalBarred(id, reason);
      },
      DROPPED_AT_ONCE,
    );
    const recorded = sessions.filter((session) => session.recorded).map(({ record }) => record.id);
    await this.#each("sessions", recorded, async (ids) => {
      for (const [id, reason] of await records.sessionsDue(ids)) {
        const session = this.#options.sessions.get(id);
        if (session) sessionDue(session, reason);
      }
    });
    await this.#each("policy of sessions", recorded, (ids) => this.#askPolicy(ids));
  }

  /** Of those that are still there. */
  async #askPolicy(ids: readonly SessionId[]): Promise<void> {
    const { records, sessions, sessionDue, sessionRules } = this.#options;
    const asked = new Map<SessionId, SessionAsked>();
    for (const id of ids) {
      const session = sessions.get(id);
      if (!session) continue;
      const { person, requestedAt: since } = session.record;
      asked.set(id, { person, since, from: session.viewer?.connection.remoteAddress });
    }
    if (asked.size === 0) return;
    for (const [id, said] of await records.sessionsUnderPolicy(asked)) {
      const session = sessions.get(id);
      if (session && typeof said === "string") sessionDue(session, said);
      else if (session && typeof said !== "string") sessionRules(session, said);
    }
  }

  #refreshAll(): void {
    for (const viewer of this.#options.viewers) this.#options.listChanged(viewer);
  }

  /** New lists for those whose rights changed, and for those who may use one of the terminals. */
  async #refresh(persons: ReadonlySet<PersonId>, terminals: ReadonlySet<TerminalId>): Promise<void> {
    const { records, viewers, listChanged } = this.#options;
    if (viewers.size === 0 || persons.size + terminals.size === 0) return;
    const readers = new Set(persons);
    await this.#each("readers", [...terminals], async (ids) => {
      for (const person of await records.readersOf(ids)) readers.add(person);
    });
    for (const viewer of viewers) if (readers.has(viewer.signedIn.person)) listChanged(viewer);
  }

  /** A slice that cannot be asked about as a whole is asked about one by one. */
  async #each<T>(
    what: string,
    all: readonly T[],
    ask: (slice: readonly T[]) => Promise<void>,
    size?: number,
  ): Promise<void> {
    for (const slice of slices(all, size)) {
      try {
        await ask(slice);
      } catch {
        for (const one of slice) await this.#guarded(what, () => ask([one]));
      }
      await setImmediate();
    }
  }

  async #guarded(what: string, ask: () => Promise<void>): Promise<void> {
    try {
      await ask();
    } catch (error) {
      this.#options.log.error({ err: error, what }, "a recheck failed");
    }
  }
}

function subjects<T extends string>(changes: readonly Change[], kind: Change["kind"]): Set<T> {
  return new Set(changes.filter((change) => change.kind === kind).map(({ subject }) => subject as T));
}

function signInsOf(viewers: Iterable<Viewer>, sessions: Iterable<Session>): Set<string> {
  const ids = new Set<string>();
  for (const { signedIn } of viewers) ids.add(signedIn.signInId);
  for (const { signInId } of sessions) if (signInId !== undefined) ids.add(signInId);
  return ids;
}
