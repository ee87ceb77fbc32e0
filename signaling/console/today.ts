/** What an administrator looks at first: questions with a number each, and the list behind it. */
import { allows, dutiesFor, TWO_PERSONS } from "../auth/permissions.ts";
import { wishOf } from "../organisations/confirmations.ts";
import { untilText } from "../organisations/events.ts";
import { Places, type Standing } from "../organisations/places.ts";
import { reachOf } from "../organisations/reach.ts";
import type { Figure, List, Today, WaitingConfirmation } from "../protocol/console.ts";
import type { Moment } from "../store/queries/console-bases.ts";
import { EVERYTHING, type Reach } from "../store/queries/lists.ts";
import { mayRead, momentOf, type Question, readReach } from "./asking.ts";
import { itemsOf } from "./items.ts";

const QUARTER_MS = 15 * 60_000;
const QUARTERS = 96;
const DAY_MS = 24 * 3_600_000;
const MAX_CONFIRMATIONS = 100;
const MAX_SET_ASIDE = 100;
/** More are not counted. */
const MAX_REQUESTS = 1_000;
/** From the day on which the first notice is given. */
const EXPIRING_MS = 8 * DAY_MS;
const MAX_EXPIRING = 100;

/** What several parts of the answer are made from is read once. */
interface Morning extends Question {
  readonly moment: Moment;
  readonly reachOfList: (list: List) => Promise<Reach>;
  /** Of the last day; undefined for who may not read them. */
  readonly spans: readonly Span[] | undefined;
}

interface Span {
  readonly liveAt: number;
  readonly endedAt: number | null;
}

export async function today(question: Question): Promise<Today> {
  const confirmations = await waitingConfirmations(question);
  const morning = await morningOf(question);
  return {
    at: question.now,
    figures: await figures(morning, confirmations.length),
    connected: connected(morning),
    ...(await line(morning)),
    setAside: await setAside(morning),
    ...(await expiring(morning)),
    confirmations: confirmations.slice(0, MAX_CONFIRMATIONS),
  };
}

async function morningOf(question: Question): Promise<Morning> {
  const { q, principal, now } = question;
  const known = new Map<List, Promise<Reach>>();
  const reachOfList = (list: List): Promise<Reach> => {
    const reach = known.get(list) ?? readReach(question, list);
    known.set(list, reach);
    return reach;
  };
  const spans = mayRead(principal, "sessions")
    ? await q.lists.spans(await reachOfList("sessions"), firstQuarter(now) - DAY_MS)
    : undefined;
  return { ...question, moment: momentOf(question), reachOfList, spans };
}

const FIGURES = [
  { kind: "connected", list: "sessions", state: "open" },
  { kind: "terminals-off", list: "terminals", state: "offline" },
  { kind: "terminals-set-aside", list: "terminals", state: "set-aside" },
  { kind: "devices-waiting", list: "devices", state: "waiting" },
  { kind: "grants-ending", list: "grants", state: "ending" },
  { kind: "people-barred", list: "people", state: "barred" },
  { kind: "locks", list: "locks", state: "in-force" },
] as const satisfies readonly Pick<Figure, "kind" | "list" | "state">[];

/** Those whose list may be read. */
async function figures(morning: Morning, confirmations: number): Promise<Figure[]> {
  const { q, principal, now, moment, spans } = morning;
  const found: Figure[] = [];
  for (const { kind, list, state } of FIGURES) {
    if (!mayRead(principal, list)) continue;
    const rows = q.lists.of({ list, reach: await morning.reachOfList(list), words: [] }, moment);
    found.push({ kind, list, state, count: await rows.count(state) });
  }
  found.push({ kind: "confirmations-waiting", list: "people" satisfies List, count: confirmations });
  if (dutiesFor(principal, "request.decide").length > 0) {
    const waiting = await q.requests.waiting(await reachOf(q, principal, "request.decide"), now, MAX_REQUESTS);
    const others = waiting.filter(({ personId }) => personId !== principal.person);
    found.push({ kind: "requests-waiting", list: "approvals", count: others.length });
  }
  if (spans) {
    const since = spans.filter(({ liveAt }) => liveAt >= midnight(now));
    found.push({ kind: "sessions-today", list: "sessions", count: since.length });
  }
  return found;
}

async function setAside(morning: Morning): Promise<Today["setAside"]> {
  const { q, principal, moment } = morning;
  if (!mayRead(principal, "terminals")) return [];
  const filter = {
    list: "terminals",
    reach: await morning.reachOfList("terminals"),
    words: [],
    state: "set-aside",
  } as const;
  const order = { sort: "name", descending: false, limit: MAX_SET_ASIDE };
  return itemsOf("terminals", morning, await q.lists.of(filter, moment).page(order));
}

/** With the time of a day, which the notices 7 days and 1 day before do not have. */
async function expiring({ q, principal, now }: Morning): Promise<Pick<Today, "expiring">> {
  const rows = await q.waves.expiring(await reachOf(q, principal, "allotment.read"), now, now + EXPIRING_MS);
  if (rows.length === 0) return {};
  return {
    expiring: rows
      .slice(0, MAX_EXPIRING)
      .map(({ organisationName: organisation, eventName: event, endsAt, terminals }) => {
        return { organisation, event, until: untilText(endsAt), terminals };
      }),
  };
}

/** By the server's clock on the wall. */
const midnight = (now: number): number => new Date(now).setHours(0, 0, 0, 0);

/** The most sessions at once in each quarter of an hour of the last day. */
function connected({ now, spans = [] }: Morning): Today["connected"] {
  const quarters = Array.from({ length: QUARTERS }, (_, i) => ({ at: firstQuarter(now) + i * QUARTER_MS }));
  return mostAtOnce(spans, quarters, QUARTER_MS, now);
}

const firstQuarter = (now: number): number => (Math.floor(now / QUARTER_MS) - QUARTERS + 1) * QUARTER_MS;

/** Of a session, unless policy says otherwise: 0.1 Mbit/s. */
const CONTRACT_KBPS = 100;

/** Edges count for all sessions together: only who sees all of them is told. */
async function line({ q, principal, presence, reachOfList }: Morning): Promise<Pick<Today, "line">> {
  if (!presence.line || !mayRead(principal, "sessions")) return {};
  const reach = await reachOfList("sessions");
  const all = await q.organisations.count(EVERYTHING);
  const seesAll = reach === "everywhere" || (await q.organisations.count({ reach })) === all;
  if (!seesAll) return {};
  const contracts = [...presence.sessions.values()].map(({ rules }) => rules?.policy.rules.kbps ?? CONTRACT_KBPS);
  const contractKbps = contracts.reduce((sum, kbps) => sum + kbps, 0);
  return { line: { contractKbps, points: [...presence.line.points()] } };
}

/** Of spans that are open at their end where `endedAt` is null. */
export function mostAtOnce(
  spans: readonly Span[],
  buckets: ReadonlyArray<{ readonly at: number }>,
  widthMs: number,
  now: number,
): Array<{ at: number; count: number }> {
  // who leaves in the moment in which somebody comes was not there with them
  const steps = spans
    .flatMap(({ liveAt, endedAt }) => [
      { at: liveAt, by: 1 },
      { at: endedAt ?? Number.POSITIVE_INFINITY, by: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  let next = 0;
  let open = 0;
  const advance = (until: number): number => {
    let most = open;
    for (let step = steps[next]; step && step.at < until; step = steps[++next]) {
      open += step.by;
      most = Math.max(most, open);
    }
    return most;
  };
  advance(buckets[0]?.at ?? now);
  return buckets.map(({ at }) => ({ at, count: advance(Math.min(at + widthMs, now + 1)) }));
}

async function waitingConfirmations({ q, principal, now }: Question): Promise<WaitingConfirmation[]> {
  const reach = await reachOf(q, principal, "confirmation.read");
  const rows = await q.confirmations.page({ reach }, now, { limit: MAX_CONFIRMATIONS });
  if (rows.length === 0) return [];
  const places = await Places.around(q, rows);
  const found: WaitingConfirmation[] = [];
  for (const row of rows) {
    const wish = wishOf(row);
    const person = await q.people.byId(wish.person);
    const standing: Standing = person ?? { organisationId: row.organisationId };
    const organisation = places.organisation(row.organisationId);
    if (!person || !organisation || !allows(principal, "confirmation.read", places.of(standing))) continue;
    found.push({
      id: row.id,
      action: wish.action,
      person: { id: person.id, login: person.login, name: person.name },
      organisation: { id: organisation.id, code: organisation.code, name: organisation.name },
      ...("code" in wish ? { code: wish.code } : {}),
      askedBy: row.askedBy,
      askedAt: row.askedAt,
      expiresAt: row.expiresAt,
      mayConfirm: row.askedBy !== principal.who && allows(principal, TWO_PERSONS[wish.action], places.of(standing)),
    });
  }
  return found;
}
