/** The console's own routes. Who asks is looked up for each request: a duty that was taken away counts no more at once. */
import type { Request, RequestHandler } from "express";
import { type Action, dutiesFor, TWO_PERSONS } from "../auth/permissions.ts";
import type { Principal } from "../auth/principal.ts";
import type { SignIns } from "../auth/sign-in.ts";
import type { StepUp } from "../auth/step-up.ts";
import { PersonThrottle } from "../auth/throttle.ts";
import { type Bus, publishChanges } from "../bus/bus.ts";
import { parseBody } from "../doors/routes/answer.ts";
import { cookieHolder } from "../doors/routes/cookie-holder.ts";
import { queryOf } from "../doors/routes/query.ts";
import { markProven } from "../edge/proof.ts";
import type { Log } from "../log.ts";
import type { Desk } from "../organisations/desk.ts";
import { principalOf } from "../organisations/duties.ts";
import { organisationsFor } from "../organisations/reach.ts";
import { ItemQuery, List, ListQuery, type Self, type Today } from "../protocol/console.ts";
import { ACTS, Act, DANGEROUS, type Done, type Effect } from "../protocol/console-acts.ts";
import { BulkAct, type BulkDone } from "../protocol/console-bulk.ts";
import { RequestError } from "../protocol/errors.ts";
import type { Records, SignedIn } from "../records.ts";
import { EVERYTHING } from "../store/queries/lists.ts";
import type { Queries } from "../store/queries.ts";
import type { OrganisationRow } from "../store/rows/tables.ts";
import type { ToldSettings } from "../told-settings.ts";
import { isDangerous, perform, type Whereabouts } from "./acts.ts";
import { type Presence, type Question, readReach } from "./asking.ts";
import { actsOf, canAnyBeDone, judge, performAll } from "./bulk.ts";
import { effectOf } from "./effects.ts";
import { itemAnswer } from "./item.ts";
import { listPage } from "./lists.ts";
import { Readings } from "./readings.ts";
import { subjectOf } from "./subjects.ts";
import { today } from "./today.ts";

/** Questions take some milliseconds of the one thread each, acts some more. */
const QUESTIONS = { points: 600, durationS: 60 } as const;
/** Municipalities and prefectures of Japan are fewer. */
const MAX_ORGANISATIONS = 2_000;
const ACTS_AT_ONCE = { points: 120, durationS: 60 } as const;
/** Of a hundred each. */
const BULKS = { points: 12, durationS: 60 } as const;

export interface ConsoleParts {
  readonly cookieName: string;
  readonly signIns: SignIns;
  readonly stepUp: StepUp;
  /** All but who sits at it, and why. */
  readonly desk: Omit<Desk, "principal" | "reason">;
  readonly records: Pick<Records, "touch">;
  readonly presence: Presence;
  readonly bus: Bus;
  readonly whereabouts: Whereabouts;
  /** Where staff sign in. */
  readonly staffPage: string;
  /** Codes can go out by mail. */
  readonly hasMail: boolean;
  /** What documents say of the server. */
  readonly settings: ToldSettings;
  readonly log: Log;
}

export interface Asker {
  readonly signedIn: SignedIn;
  readonly principal: Principal;
}

export class ConsoleRoutes {
  readonly #parts: ConsoleParts;
  readonly #questions = new PersonThrottle(QUESTIONS);
  readonly #acts = new PersonThrottle(ACTS_AT_ONCE);
  readonly #bulks = new PersonThrottle(BULKS);

  readonly #readings: Readings;

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
    this.#readings = new Readings(parts.desk);
  }

  readonly self: RequestHandler = async (request, response) => {
    const { staffPage } = this.#parts;
    const { signedIn, principal } = await this.asker(request);
    response.json(await this.#answer(principal, (question) => selfOf(question, signedIn, staffPage)));
  };

  /** Asking is not use: the page asks by itself. */
  readonly today: RequestHandler = async (request, response) => {
    const { principal } = await this.asker(request);
    response.json((await this.#answer(principal, today)) satisfies Today);
  };

  readonly list: RequestHandler = async (request, response) => {
    const { signedIn, principal } = await this.asker(request);
    const list = listOf(request);
    const query = parseBody(ListQuery, queryOf(request));
    const page = await this.#answer(principal, (question) => listPage(question, list, query));
    if (list === "audit") await this.#readings.record({ signedIn, principal }, query.q);
    if (query.auto === undefined) await this.#parts.records.touch(signedIn.signInId);
    response.json(page);
  };

  readonly item: RequestHandler = async (request, response) => {
    const { signedIn, principal } = await this.asker(request);
    const list = listOf(request);
    const id = String(request.params["id"]);
    const { auto } = parseBody(ItemQuery, queryOf(request));
    const item = await this.#answer(principal, (question) => itemAnswer(question, list, id));
    if (list === "audit") await this.#readings.record({ signedIn, principal }, id);
    if (auto === undefined) await this.#parts.records.touch(signedIn.signInId);
    response.json(item);
  };

  readonly effect: RequestHandler = async (request, response) => {
    const { signedIn, principal } = await this.asker(request);
    const act = parseBody(Act, request.body);
    const effect = await this.#answer(principal, async (question) =>
      effectOf(question, act, await subjectOf(question.q, principal, act)),
    );
    await this.#parts.records.touch(signedIn.signInId);
    response.json(effect satisfies Effect);
  };

  readonly act: RequestHandler = async (request, response) => {
    const { desk, stepUp, records, bus, whereabouts, log } = this.#parts;
    const { signedIn, principal } = await this.asker(request);
    const act = parseBody(Act, request.body);
    await this.#acts.admit(signedIn.person);
    // before a code is used up for what would be refused
    const subject = await desk.store.read((q) => subjectOf(q, principal, act));
    await records.touch(signedIn.signInId);
    if (isDangerous(act)) await stepUp.prove(signedIn, act.code, act.type);
    const office = { desk: { ...desk, principal, reason: act.reason }, whereabouts };
    const { done, changes } = await perform(office, act, subject);
    await publishChanges(bus, changes);
    log.info({ by: principal.who, act: act.type }, "done at the console");
    response.json(done satisfies Done);
  };

  /** One code for all of them: they are of one kind, were looked at together, and stand on the screen by name. */
  readonly bulk: RequestHandler = async (request, response) => {
    const { desk, stepUp, records, bus, whereabouts, log } = this.#parts;
    const { signedIn, principal } = await this.asker(request);
    const bulk = parseBody(BulkAct, request.body);
    const acts = actsOf(bulk);
    await this.#bulks.admit(signedIn.person);
    const office = { desk: { ...desk, principal }, whereabouts };
    const judged = await judge(office.desk, acts);
    await records.touch(signedIn.signInId);
    if (DANGEROUS.has(bulk.type) && canAnyBeDone(judged))
      await stepUp.prove(signedIn, bulk.code, `${bulk.type} (${acts.length})`);
    const outcomes = await performAll(office, judged, (changes) => publishChanges(bus, changes));
    log.info({ by: principal.who, act: bulk.type, count: acts.length }, "done to many at the console");
    response.json({ outcomes } satisfies BulkDone);
  };

  /** Throws as cookieHolder, and FORBIDDEN for who has no duty any longer. */
  async asker(request: Request): Promise<Asker> {
    const holder = await cookieHolder(request, this.#parts);
    const principal = await this.#parts.desk.store.read((q) => principalOf(q, holder.person));
    if (!principal || principal.duties.length === 0) throw new RequestError("FORBIDDEN", "no duty any longer");
    markProven(request.socket);
    await this.#questions.admit(holder.person);
    return { signedIn: holder, principal };
  }

  #answer<T>(principal: Principal, work: (question: Question) => Promise<T>): Promise<T> {
    const { desk, presence } = this.#parts;
    return desk.store.read((q) => work({ q, principal, presence, now: desk.now() }));
  }
}

/** Throws NOT_FOUND: another list is another address. */
function listOf(request: Request): List {
  const list = List.safeParse(request.params["list"]);
  if (!list.success) throw new RequestError("NOT_FOUND", "there is no such list");
  return list.data;
}

async function selfOf({ q, principal }: Question, { login, name }: SignedIn, staffPage: string): Promise<Self> {
  // not as staff, about what is their own
  const hasDutyFor = (action: Action) => dutiesFor(principal, action).length > 0;
  const mayAct = (act: (typeof ACTS)[number]) =>
    act === "confirmation.confirm" ? Object.values(TWO_PERSONS).some(hasDutyFor) : hasDutyFor(act);
  const organisations = await organisationsSeen(q, principal);
  return {
    login,
    name,
    acts: ACTS.filter(mayAct),
    organisations: organisations.map(({ id, code, name }) => ({ id, code, name })),
    staffPage,
    ...((hasDutyFor("application.make") || (await q.waves.areUsed())) && { waves: true }),
  };
}

/** Those in reach, and those of which only a division is. */
async function organisationsSeen(q: Queries, principal: Principal): Promise<OrganisationRow[]> {
  const reach = await readReach({ q, principal }, "divisions");
  if (reach === "everywhere") return q.organisations.page(EVERYTHING, { limit: MAX_ORGANISATIONS });
  const seen = new Set([
    ...reach.organisations,
    ...dutiesFor(principal, "division.read").map(({ at }) => at.organisations[0]),
  ]);
  return (await organisationsFor(q, principal, "division.read")).filter(({ id }) => seen.has(id));
}
