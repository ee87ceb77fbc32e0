/**
 * What people ask of their managers (protocol/requests.ts):
 *
 *   waiting ──approved, as often as needed──▶ approved ──its time is over──▶ (ended)
 *      ├──refused by one──▶ refused               ├──overtime, by who looks after them──▶ taken-back
 *      ├──by who asked──▶ withdrawn               └──overtime, by who asked──▶ given-up
 *      └──its day is over, and nobody answered──▶ lapsed
 *
 * What was approved moves the end of today's hours (policy-answers.ts), and back again to now; or is a grant with an end like any
 * other one, which an administrator takes away.
 */
import { randomUUID } from "node:crypto";
import { appendAudit } from "../audit/chain.ts";
import { staffOf } from "../auth/principal.ts";
import { type PersonId, RequestId, TerminalId } from "../protocol/ids.ts";
import { DEFAULT_APPROVALS, type PolicyRules } from "../protocol/policy.ts";
import {
  type Decision,
  MAX_GRANT_DAYS,
  type OwnRequest,
  type OwnRequests,
  type RequestAsk,
  type TakeBack,
} from "../protocol/requests.ts";
import type { SignedIn } from "../records.ts";
import type { RequestListed } from "../store/queries/requests.ts";
import type { Queries } from "../store/queries.ts";
import type { Change } from "../store/rows/changes.ts";
import type { RequestRow } from "../store/rows/requests.ts";
import type { TerminalRow } from "../store/rows/tables.ts";
import { type Asking, type Desk, DeskError, look, NotAllowed, perform } from "./desk.ts";
import { workedThisMonth } from "./labour.ts";
import { overtimeAt, whyNoOvertime } from "./overtime.ts";
import { ownPlace } from "./own.ts";
import { placeOf } from "./places.ts";
import { extensionOf, rulesOfPerson } from "./policy-answers.ts";
import { answersOf, approversOf, hasAnswered, keptAnswersOf, stateOf } from "./request-state.ts";

/** Of each person, at one time: overtime once, office PCs some. */
const MAX_WAITING = { overtime: 1, grant: 3 } as const;
/** Asked for in a day, whatever came of it: each stands in the audit. */
const MAX_A_DAY = 20;
const DAY_MS = 24 * 3_600_000;
/** A request for an office PC waits for a manager who is away over the weekend. */
const GRANT_WAITS_MS = 7 * DAY_MS;
/** Those that are shown to who asked. */
const SHOWN = 10;

type OwnDesk = Omit<Desk, "principal" | "reason" | "twoPersons">;

const staffDesk = (desk: OwnDesk, me: SignedIn): Desk => ({ ...desk, principal: staffOf(me) });

export function ownRequests(desk: OwnDesk, me: SignedIn): Promise<OwnRequests> {
  return look(staffDesk(desk, me), async (q, ask) => {
    ask.must("request.ask", ownPlace(me));
    const at = desk.now();
    const rows = await q.requests.ofPerson(me.person, at - DAY_MS, SHOWN);
    const { rules, today } = await todayOf(q, me.person, at);
    const overtime = overtimeAt(rules, today);
    return {
      at,
      requests: rows.map((row) => ownRequestOf(row, at)),
      ...(overtime && { overtime }),
      grant: { latest: at + MAX_GRANT_DAYS * DAY_MS },
      overtimeMs: (await workedThisMonth(q, [me.person], at)).get(me.person) ?? 0,
    };
  });
}

export function askRequest(desk: OwnDesk, me: SignedIn, asked: RequestAsk): Promise<Change[]> {
  return perform(staffDesk(desk, me), "request.asked", async (q, ask, at) => {
    ask.must("request.ask", ownPlace(me));
    await mustHaveRoom(q, me, asked.kind, at);
    const { rules, today } = await todayOf(q, me.person, at);
    const { until, purpose, kind } = asked;
    if (until <= at) throw new DeskError("request-past", {});
    const wish = kind === "overtime" ? overtimeOf(rules, until, today) : await grantOf(q, me, asked, at);
    const row: RequestRow = {
      ...{ id: RequestId.parse(randomUUID()), organisationId: me.organisation.id, personId: me.person },
      ...{ kind, purpose, until, ...wish, needed: rules.approvals ?? DEFAULT_APPROVALS },
      ...{ answers: "[]", state: "waiting", askedAt: at, decidedAt: null },
    };
    await q.requests.insert(row);
    return { organisation: row.organisationId, about: aboutRequest(row, me.login), result: changeOf(row) };
  });
}

type Wish = Pick<RequestRow, "since" | "expiresAt" | "terminalId">;

async function todayOf(q: Queries, person: PersonId, now: number) {
  const rules = await rulesOfPerson(q, person);
  return { rules, today: { now, extendedUntil: await extensionOf(q, person, rules, now) } };
}

function overtimeOf(
  rules: PolicyRules,
  until: number,
  today: { readonly now: number; readonly extendedUntil: number | undefined },
): Wish {
  const why = whyNoOvertime(rules, until, today);
  if (why) throw why;
  // asked for in hours, it begins where these end
  return { since: overtimeAt(rules, today)?.from ?? today.now, expiresAt: until, terminalId: null };
}

async function grantOf(q: Queries, me: SignedIn, asked: RequestAsk & { kind: "grant" }, at: number): Promise<Wish> {
  const { until } = asked;
  if (until > at + MAX_GRANT_DAYS * DAY_MS) throw new DeskError("request-too-long", { days: MAX_GRANT_DAYS });
  const terminal = await terminalNear(q, me, asked.terminal);
  const [present] = await q.terminals.usableBy(me.person, at, terminal.id);
  if (present && (present.until === null || present.until >= until)) throw new DeskError("request-terminal-yours", {});
  return { since: at, expiresAt: Math.min(until, at + GRANT_WAITS_MS), terminalId: terminal.id };
}

/** In the person's own line of divisions: theirs, those below it and those above it. Of others it is not said that they are there. */
async function terminalNear(q: Queries, me: SignedIn, typed: string): Promise<TerminalRow> {
  const id = TerminalId.safeParse(typed.toUpperCase()).data;
  const ids = id ? [id] : await q.requests.terminalsNamed(me.organisation.id, typed);
  const person = await q.people.byId(me.person);
  const mine = person ? (await placeOf(q, person)).divisions : [];
  const near: TerminalRow[] = [];
  for (const one of ids) {
    const terminal = await q.terminals.byId(one);
    if (terminal?.organisationId !== me.organisation.id) continue;
    const theirs = (await placeOf(q, terminal)).divisions;
    const isBelow = mine[0] === undefined || theirs.includes(mine[0]);
    const isAbove = theirs[0] === undefined || mine.includes(theirs[0]);
    if ((isBelow || isAbove) && isThere(terminal)) near.push(terminal);
  }
  const [terminal] = near;
  if (!terminal) throw new DeskError("request-terminal-unknown", { terminal: typed });
  if (near.length > 1)
    throw new DeskError("request-terminal-unclear", { terminals: near.map((one) => one.id).join(", ") });
  return terminal;
}

async function mustHaveRoom(q: Queries, { person }: SignedIn, kind: RequestRow["kind"], at: number): Promise<void> {
  const today = (await q.requests.ofPerson(person, at - DAY_MS, 10 * MAX_A_DAY)).filter(
    ({ askedAt }) => askedAt > at - DAY_MS,
  );
  if (today.length >= MAX_A_DAY) throw new DeskError("request-too-many", { count: MAX_A_DAY });
  const waiting = (await q.requests.ofPerson(person, at, 10 * MAX_A_DAY)).filter(
    (row) => row.kind === kind && stateOf(row, at) === "waiting",
  );
  if (waiting.length >= MAX_WAITING[kind]) throw new DeskError("request-waits", {});
}

export function withdrawRequest(desk: OwnDesk, me: SignedIn, id: RequestId): Promise<Change[]> {
  return perform(staffDesk(desk, me), "request.withdrawn", async (q, ask, at) => {
    ask.must("request.ask", ownPlace(me));
    const row = await q.requests.byId(id);
    if (row?.personId !== me.person) throw new DeskError("request-unknown", {});
    const isGivenUp = row.kind === "overtime" && stateOf(row, at) === "approved";
    await (isGivenUp ? mustBeLast(q, row, at) : mustWait(row, at));
    const state = isGivenUp ? "given-up" : "withdrawn";
    await q.requests.set({ ...identityOf(row), state, answers: row.answers, decidedAt: at });
    const about = { ...aboutRequest(row, me.login), ...(isGivenUp && approvedFor(row)) };
    return { organisation: row.organisationId, about, result: changeOf(row) };
  });
}

/** One manager's answer. A "no" is the last word; the last "yes" that is needed does what was asked for. */
export function decideRequest(desk: Desk, name: string, { request, yes, word }: Decision): Promise<Change[]> {
  return perform(desk, yes ? "request.approved" : "request.refused", async (q, ask, at) => {
    const { row, place } = await requestFor(q, ask, request);
    ask.must("request.decide", place);
    await mustReachTerminal(q, ask, row, yes);
    const { who, person } = desk.principal;
    if (person === row.personId) throw new NotAllowed("request-own", {});
    mustWait(row, at);
    if ((await q.people.byId(row.personId))?.disabledAt !== null) throw new DeskError("request-over", {});
    const before = keptAnswersOf(row);
    if (hasAnswered(desk.principal, before)) throw new DeskError("request-twice", {});
    const said = { who, name, at, yes, ...(word !== undefined && { word }) };
    const answers = [...before, { ...said, ...(person !== undefined && { person }) }];
    const approvals = answers.filter((answer) => answer.yes).length;
    const isWaiting = yes && approvals < row.needed;
    const state = isWaiting ? "waiting" : yes ? "approved" : "refused";
    const decidedAt = isWaiting ? null : at;
    await q.requests.set({ ...identityOf(row), state, answers: JSON.stringify(answers), decidedAt });
    if (state === "approved") await give(q, row, at, who);
    const about = { ...aboutRequest(row, row.login), ...(word !== undefined && { word }) };
    const count = row.needed > 1 && yes ? { approvals: `${approvals}/${row.needed}` } : {};
    return { organisation: row.organisationId, about: { ...about, ...count }, result: changeOf(row) };
  });
}

/** Approved overtime is so no more: hours end now, or where they end without it. By who approved it, or who administers. */
export function takeBackRequest(desk: Desk, name: string, { request, reason }: TakeBack): Promise<Change[]> {
  return perform({ ...desk, reason }, "request.taken-back", async (q, ask, at) => {
    const { row, place } = await requestFor(q, ask, request);
    ask.must("request.decide", place);
    const { who, person } = desk.principal;
    if (person === row.personId) throw new NotAllowed("request-own", {});
    const before = keptAnswersOf(row);
    if (!hasAnswered(desk.principal, before)) ask.must("request.take-back", place);
    if (row.kind !== "overtime") throw new DeskError("request-grant-stands", {});
    if (stateOf(row, at) !== "approved") throw new DeskError("request-not-in-force", {});
    await mustBeLast(q, row, at);
    const said = { who, name, at, yes: false, word: reason, ...(person !== undefined && { person }) };
    const answers = JSON.stringify([...before, said]);
    await q.requests.set({ ...identityOf(row), state: "taken-back", answers, decidedAt: at });
    const about = { ...aboutRequest(row, row.login), ...approvedFor(row) };
    return { organisation: row.organisationId, about, result: changeOf(row) };
  });
}

/** Throws for what is not there, or not for their eyes. */
async function requestFor(q: Queries, ask: Asking, id: RequestId) {
  const row = await q.requests.byId(id);
  const place = row && (await placeOfRequest(q, row));
  if (row && place && ask.may("request.read", place)) return { row, place };
  ask.mustSomewhere("request.read");
  throw new DeskError("request-unknown", {});
}

/** The later end is the one in force: without the earlier one nothing would move. */
async function mustBeLast(q: Queries, row: RequestRow, at: number): Promise<void> {
  const all = await q.requests.ofPerson(row.personId, row.until, 10 * MAX_A_DAY);
  if (all.some((one) => one.kind === "overtime" && stateOf(one, at) === "approved"))
    throw new DeskError("request-later", {});
}

const approvedFor = (row: RequestRow) => ({ approvedBy: approversOf(row).join(", ") });

/** An office PC of a division above is for who looks after that one, too. */
async function mustReachTerminal(q: Queries, ask: Asking, row: RequestRow, yes: boolean): Promise<void> {
  const terminal = row.terminalId === null ? undefined : await q.terminals.byId(row.terminalId);
  if (!terminal) return;
  ask.must("request.decide", await placeOf(q, terminal));
  if (yes && !isThere(terminal)) throw new DeskError("request-terminal-gone", { terminal: terminal.id });
}

const isThere = ({ publicKey, disabledAt }: TerminalRow): boolean => publicKey !== null && disabledAt === null;

/** A grant that lasts longer stays as it is. */
async function give(q: Queries, row: RequestListed, at: number, who: Desk["principal"]["who"]): Promise<void> {
  const { organisationId, personId, terminalId, until, login, id } = row;
  if (terminalId === null) return;
  // also of a PC that cannot be used at this moment
  const present = await q.terminals.grant(personId, terminalId);
  if (present && (present.until === null || present.until >= until)) return;
  await q.terminals.putGrant({ organisationId, personId, terminalId, createdAt: at, until });
  const about = { login, terminal: terminalId, until, request: id, purpose: row.purpose };
  await appendAudit(q, { event: "grant.added", at, actor: who, organisation: organisationId, about });
}

/** What nobody answered in time; returns how many. */
export async function lapseRequests(q: Queries, now: number, limit: number): Promise<number> {
  const rows = await q.requests.unanswered(now, limit);
  for (const row of rows) {
    await q.requests.set({ ...identityOf(row), state: "lapsed", answers: row.answers, decidedAt: now });
    const record = { event: "request.lapsed", at: now, actor: "server", organisation: row.organisationId } as const;
    await appendAudit(q, { ...record, about: aboutRequest(row, row.login) });
  }
  return rows.length;
}

export const placeOfRequest = (q: Queries, { organisationId, divisionId }: RequestListed) =>
  placeOf(q, { organisationId, divisionId });

function mustWait(row: RequestRow, at: number): void {
  if (stateOf(row, at) !== "waiting") throw new DeskError("request-over", {});
}

function ownRequestOf(row: RequestListed, now: number): OwnRequest {
  return {
    ...sharedOf(row),
    state: stateOf(row, now),
    answers: answersOf(row).map(({ who: _, ...answer }) => answer),
  };
}

/** What both sides are told of it. */
export function sharedOf(row: RequestListed): Omit<OwnRequest, "state" | "answers"> {
  const { id, kind, purpose, since, until, askedAt, needed, terminalId, terminalName } = row;
  const terminal = terminalId !== null && { terminal: { id: terminalId, name: terminalName ?? "" } };
  return { id, kind, purpose, ...terminal, since, until, askedAt, needed };
}

const identityOf = ({ id, personId }: RequestRow) => ({ id, personId });
const changeOf = ({ personId }: RequestRow): Change[] => [{ kind: "person", subject: personId }];

const aboutRequest = (row: RequestRow, login: string) => ({
  ...{ request: row.id, login, wish: row.kind, purpose: row.purpose },
  ...{ until: row.until, terminal: row.terminalId },
});
