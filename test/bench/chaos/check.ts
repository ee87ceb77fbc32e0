/**
 * Compares what everybody saw (history.ts) with what the store says afterwards. Pure: a history and a store in, what was broken out.
 *
 *   code-once        a one-time code opened one sign-in
 *   token-once       a token enrolled one office PC
 *   one-controller   an office PC was under one control at a time, and the server never gave it to a second person
 *   revoked          what was taken away ended no later than 10 s after it could reach its office PC
 *   start-has-end    each session that began has ended, once, and for a reason that somebody gave
 *   picture          no live picture was ended by what was done to the server
 *   acknowledged     whatever was acknowledged is on record
 *   chain            the record is whole
 *   back             after a kill of one of several nodes everybody is connected again within 10 s
 *   crash            nothing ended that nobody had ended
 *   work             there was something to look at
 */
import type { AdminAct, Line } from "./history.ts";
import { REVOKING, type Revoking } from "./history.ts";
import { Causes } from "./reasons.ts";
import { faultSpans, Reach, type SessionSeen, sessionsSeen } from "./sessions-seen.ts";

export const INVARIANTS = [
  "code-once",
  "token-once",
  "one-controller",
  "revoked",
  "start-has-end",
  "picture",
  "acknowledged",
  "chain",
  "back",
  "crash",
  "work",
] as const;
export type Invariant = (typeof INVARIANTS)[number];

export interface Violation {
  readonly invariant: Invariant;
  readonly words: string;
  /** Where in the history to look. */
  readonly at?: number | undefined;
  /** Names of what it is about; lines that have one of them tell more. */
  readonly about: readonly string[];
}

/** What the store says afterwards. */
export interface Store {
  readonly audit: ReadonlyArray<{
    readonly event: string;
    readonly actor: string;
    readonly about: Readonly<Record<string, string | number | null>>;
  }>;
  /** Sessions that have not ended. */
  readonly open: readonly string[];
  readonly verdict: { readonly ok: boolean; readonly broken: readonly string[] };
}

export interface CheckOptions {
  readonly nodes: number;
}

/** From when the acknowledged act could reach the office PC without a break: connected, and nothing cut, stopped or dead on the way. */
const REVOKED_MS = 10_000;
const BACK_MS = 10_000;
/** By these a page's sign-in is over: it does not come back, whatever is killed. It hears so within these ms, or when it tries to. */
const BARRING: readonly AdminAct[] = ["device.remove", "lock.add", "person.sign-out"];
const BARRED_MS = 30_000;

type Found = Omit<Violation, "invariant">;

/** Everything that is broken; nothing where all is well. */
export function check(lines: readonly Line[], store: Store, { nodes }: CheckOptions): Violation[] {
  const seen = sessionsSeen(lines);
  const reach = new Reach(lines);
  const causes = new Causes(lines, reach);
  const found: Readonly<Record<Invariant, Iterable<Found>>> = {
    "code-once": codeOnce(lines, store),
    "token-once": tokenOnce(lines, store),
    "one-controller": oneController(lines, seen, reach),
    revoked: revoked(lines, seen, reach),
    "start-has-end": startHasEnd(store, seen, causes),
    picture: pictures(seen, causes),
    acknowledged: acknowledged(lines, store),
    chain: store.verdict.broken.map((words) => ({ words, about: [] })),
    back: nodes > 1 ? back(lines) : [],
    crash: lines.flatMap((line) => (line.kind === "crash" ? [{ words: line.what, at: line.at, about: [] }] : [])),
    work: work(lines),
  };
  return INVARIANTS.flatMap((invariant) => [...found[invariant]].map((one) => ({ invariant, ...one })));
}

const counted = <T>(all: Iterable<T>, key: (one: T) => string | undefined): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const name = key(one);
    if (name !== undefined) groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return groups;
};

function* codeOnce(lines: readonly Line[], { audit }: Store): Iterable<Found> {
  const tries = lines.filter((line) => line.kind === "sign-in");
  const done = counted(
    tries.filter(({ phase }) => phase === "done"),
    ({ login, code }) => `${login} ${code}`,
  );
  for (const [key, opened] of done)
    if (opened.length > 1)
      yield {
        words: `code ${key} opened ${opened.length} sign-ins`,
        at: opened[1]?.at,
        about: [key.split(" ")[0] ?? ""],
      };
  // those too whose answer nobody heard
  const accepted = counted(audit, ({ event, actor }) => (event === "sign-in.accepted" ? actor : undefined));
  const byLogin = counted(tries, ({ login }) => `person:${login}`);
  for (const [actor, records] of accepted) {
    const codes = new Set((byLogin.get(actor) ?? []).map(({ code }) => code)).size;
    if (records.length > codes)
      yield { words: `${actor} was let in ${records.length} times with ${codes} codes`, about: [actor.slice(7)] };
  }
}

function* tokenOnce(lines: readonly Line[], { audit }: Store): Iterable<Found> {
  const done = lines.filter((line) => line.kind === "enrol" && line.phase === "done");
  for (const [token, taken] of counted(done, (line) => (line.kind === "enrol" ? line.token : undefined)))
    if (taken.length > 1)
      yield { words: `the token of ${token} enrolled ${taken.length} PCs`, at: taken[1]?.at, about: [token] };
  const enrolled = counted(audit, ({ event, about }) =>
    event === "terminal.enrolled" ? String(about["terminal"]) : undefined,
  );
  for (const [terminal, records] of enrolled)
    if (records.length > 1)
      yield { words: `${terminal} was enrolled ${records.length} times by one token`, about: [terminal] };
}

function* oneController(lines: readonly Line[], seen: ReadonlyMap<string, SessionSeen>, reach: Reach): Iterable<Found> {
  const byTerminal = counted(seen.values(), ({ terminal }) => terminal);
  for (const [terminal, sessions] of byTerminal) {
    const spans = sessions.flatMap(({ id, control }) => control.map((span) => ({ id, ...span })));
    spans.sort((a, b) => a.from - b.from);
    for (const [i, span] of spans.entries()) {
      const next = spans[i + 1];
      if (next && next.from < span.to && next.id !== span.id)
        yield { words: `${terminal} was under two controls`, at: next.from, about: [span.id, next.id] };
    }
  }
  for (const line of lines) {
    if (line.kind !== "pc" || line.what !== "in-use") continue;
    for (const { id, login, control, end } of byTerminal.get(line.terminal) ?? []) {
      const isHeld = control.some(({ from }) => from < line.at) && (end?.at ?? Number.POSITIVE_INFINITY) > line.at;
      const whole = { from: line.at, to: end?.at ?? Number.POSITIVE_INFINITY };
      if (login !== line.login && isHeld && reach.hasStretch(line.terminal, whole, REVOKED_MS))
        yield {
          words: `the server gave ${line.terminal} to ${line.login} while ${login} had it`,
          at: line.at,
          about: [id, line.session ?? ""],
        };
    }
  }
}

const isRevoking = (act: AdminAct): act is Revoking => Object.hasOwn(REVOKING, act);

function* revoked(lines: readonly Line[], seen: ReadonlyMap<string, SessionSeen>, reach: Reach): Iterable<Found> {
  const acts = lines.filter((line) => line.kind === "act");
  for (const act of acts) {
    if (act.phase !== "done" || !isRevoking(act.act)) continue;
    const back = REVOKING[act.act];
    const isBack = (line: (typeof acts)[number]) =>
      line.act === back && line.phase === "asked" && line.login === act.login && line.at > act.at;
    const until = acts.find(isBack)?.at ?? Number.POSITIVE_INFINITY;
    for (const session of seen.values()) {
      if (!isConcerned(session, act) || session.openAt >= until) continue;
      // who was only signed out may come again
      if (back === undefined && session.openAt > act.at) continue;
      const from = Math.max(act.at, session.openAt);
      const to = Math.min(until, session.end?.at ?? Number.POSITIVE_INFINITY);
      if (reach.hasStretch(session.terminal, { from, to }, REVOKED_MS))
        yield {
          words: `${act.act} of ${act.login ?? act.session}: its session at ${session.terminal} went on`,
          at: act.at,
          about: [session.id, ...(act.login === undefined ? [] : [act.login])],
        };
    }
  }
}

function isConcerned(
  { id, login, terminal }: SessionSeen,
  act: { act: AdminAct; login?: string | undefined; terminal?: string | undefined; session?: string | undefined },
): boolean {
  if (act.act === "session.end") return act.session === id;
  return act.login === login && (act.act !== "grant.remove" || act.terminal === terminal);
}

function* startHasEnd({ audit, open }: Store, seen: ReadonlyMap<string, SessionSeen>, causes: Causes): Iterable<Found> {
  const of = (wanted: string) =>
    counted(audit, ({ event, about }) => (event === wanted ? String(about["session"]) : undefined));
  const ended = of("session.ended");
  for (const id of open) yield { words: `session ${id} has no end`, about: [id] };
  for (const [id, [requested]] of of("session.requested")) {
    const ends = ended.get(id) ?? [];
    if (ends.length !== 1 && !open.includes(id))
      yield { words: `session ${id} has ${ends.length} ends on record`, about: [id] };
    const reason = ends[0] && String(ends[0].about["reason"]);
    const allowed = causes.reasonsFor(id, seen.get(id), requested?.actor.replace("person:", ""));
    if (reason !== undefined && !allowed.has(reason))
      yield {
        words: `session ${id} ended by ${reason} on record; true would be: ${[...allowed].join(", ") || "nothing"}`,
        at: seen.get(id)?.end?.at,
        about: [id],
      };
  }
}

function* pictures(seen: ReadonlyMap<string, SessionSeen>, causes: Causes): Iterable<Found> {
  for (const session of seen.values()) {
    const { id, control, end, terminal } = session;
    if (control.length === 0 || end?.by !== "server" || causes.reasonsFor(id, session).has(end.reason)) continue;
    yield { words: `the server ended the picture of ${terminal}: ${end.reason}`, at: end.at, about: [id] };
  }
}

/** What an act leaves on record, and by what it is known there. */
const RECORD: Readonly<Record<AdminAct, readonly [event: string, ...by: ("login" | "terminal" | "session")[]]>> = {
  "device.remove": ["device.removed", "login"],
  "device.approve": ["device.added", "login"],
  "grant.remove": ["grant.removed", "login", "terminal"],
  "grant.add": ["grant.added", "login", "terminal"],
  "lock.add": ["lock.set", "login"],
  "lock.lift": ["lock.lifted"],
  "person.sign-out": ["person.signed-out", "login"],
  "session.end": ["session.end-ordered", "session"],
  "terminal.token": ["terminal.added", "terminal"],
};

function* acknowledged(lines: readonly Line[], { audit }: Store): Iterable<Found> {
  const records = new Map<string, number>();
  const add = (key: string) => records.set(key, (records.get(key) ?? 0) + 1);
  const forms = Object.values(RECORD);
  for (const { event, actor, about } of audit) {
    const [, ...by] = forms.find(([name]) => name === event) ?? [event];
    add([event, ...by.map((name) => about[name])].join(" "));
    if (event === "sign-in.accepted") add(`${event} ${actor}`);
    if (event.startsWith("session.")) add(`${event} ${about["session"]}`);
    if (event === "terminal.enrolled") add(`${event} ${about["terminal"]}`);
  }
  const wanted = new Map<string, Line[]>();
  for (const line of lines) {
    const key = keyOfAcknowledged(line);
    if (key !== undefined) wanted.set(key, [...(wanted.get(key) ?? []), line]);
  }
  for (const [key, all] of wanted) {
    // a page is told more than once of the same session
    const isOnce = key.startsWith("session.requested") || key.startsWith("session.ended");
    const needed = isOnce ? 1 : all.length;
    const there = records.get(key) ?? 0;
    if (there < needed)
      yield {
        words: `${needed} × "${key}" acknowledged, ${there} on record`,
        at: all.at(-1)?.at,
        about: key.split(" ").slice(1),
      };
  }
}

function keyOfAcknowledged(line: Line): string | undefined {
  if (line.kind === "sign-in" && line.phase === "done") return `sign-in.accepted person:${line.login}`;
  if (line.kind === "enrol" && line.phase === "done") return `terminal.enrolled ${line.token}`;
  if (line.kind === "page" && line.what === "opened") return `session.requested ${line.session}`;
  if (line.kind === "page" && line.what === "heard") return `session.ended ${line.session}`;
  if (line.kind !== "act" || line.phase !== "done") return undefined;
  const [event, ...by] = RECORD[line.act];
  return [event, ...by.map((name) => line[name])].join(" ");
}

function* back(lines: readonly Line[]): Iterable<Found> {
  const others = faultSpans(lines, (fault) => fault !== "clock");
  for (const kill of lines) {
    if (kill.kind !== "fault" || kill.fault !== "kill" || kill.phase !== "begin") continue;
    const until = kill.at + BACK_MS;
    const isAlone = others.every(({ from, to }) => from === kill.at || from > until || to < kill.at - BACK_MS);
    if (!isAlone) continue;
    const away = new Map<string, number>();
    const barred = new Set<string>();
    for (const line of lines) {
      if (line.at > until) continue;
      if (line.kind === "act" && BARRING.includes(line.act) && line.login && line.at > kill.at - BARRED_MS)
        barred.add(line.login);
      if (line.at < kill.at) continue;
      const who = line.kind === "pc" ? line.terminal : line.kind === "page" ? line.login : undefined;
      if (who === undefined || (line.kind !== "pc" && line.kind !== "page")) continue;
      if (line.what === "down") away.set(who, line.at);
      if (line.what === "up" || (line.kind === "page" && line.what === "gone")) away.delete(who);
    }
    // who was cut off a moment before the end of the span has its own
    const late = [...away].filter(([who, at]) => at < kill.at + BACK_MS / 2 && !barred.has(who)).map(([who]) => who);
    if (late.length > 0)
      yield { words: `${late.length} were not back within 10 s after a kill`, at: kill.at, about: late.slice(0, 3) };
  }
}

function* work(lines: readonly Line[]): Iterable<Found> {
  const happened = {
    "sign-ins": lines.some((line) => line.kind === "sign-in" && line.phase === "done"),
    pictures: lines.some((line) => line.kind === "pc" && line.what === "live"),
    revocations: lines.some((line) => line.kind === "act" && line.phase === "done" && isRevoking(line.act)),
    enrolments: lines.some((line) => line.kind === "enrol" && line.phase === "done"),
    faults: lines.some((line) => line.kind === "fault" && line.phase === "ready"),
  };
  for (const [what, isThere] of Object.entries(happened))
    if (!isThere) yield { words: `no ${what}: nothing was tried`, about: [] };
}
