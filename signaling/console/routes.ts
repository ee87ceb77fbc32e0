/** The console's own routes. Who asks is looked up for each request: a duty that was taken away counts no more at once. */
import type { Request, RequestHandler } from "express";
import { allowsSomewhere, reachOf, TWO_PERSONS } from "../auth/permissions.ts";
import type { Principal } from "../auth/principal.ts";
import type { SignIns } from "../auth/sign-in.ts";
import type { StepUp } from "../auth/step-up.ts";
import { PersonThrottle } from "../auth/throttle.ts";
import { tokenFromCookies } from "../auth/token.ts";
import { type Bus, publishChanges } from "../bus/bus.ts";
import { parseBody } from "../doors/routes/answer.ts";
import { markProven } from "../edge/proof.ts";
import type { Log } from "../log.ts";
import type { Desk } from "../organisations/desk.ts";
import { principalOf } from "../organisations/duties.ts";
import { Places } from "../organisations/places.ts";
import { organisationsFor } from "../organisations/reach.ts";
import {
  ACTS,
  Act,
  type Done,
  type Effect,
  ItemQuery,
  List,
  ListQuery,
  type Self,
  type Today,
} from "../protocol/console.ts";
import { RequestError } from "../protocol/errors.ts";
import type { Records, SignedIn } from "../records.ts";
import { EVERYTHING } from "../store/queries/lists.ts";
import { changesOf, isDangerous, perform, type Whereabouts } from "./acts.ts";
import { type Presence, type Question, readReach } from "./asking.ts";
import { effectOf } from "./effects.ts";
import { itemAnswer } from "./item.ts";
import { listPage } from "./lists.ts";
import { subjectOf } from "./subjects.ts";
import { today } from "./today.ts";

/** Questions take some milliseconds of the one thread each, acts some more. */
const QUESTIONS = { points: 600, durationS: 60 } as const;
/** Municipalities and prefectures of Japan are fewer. */
const MAX_ORGANISATIONS = 2_000;
const ACTS_AT_ONCE = { points: 120, durationS: 60 } as const;

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
  readonly log: Log;
}

interface Asker {
  readonly signedIn: SignedIn;
  readonly principal: Principal;
}

export class ConsoleRoutes {
  readonly #parts: ConsoleParts;
  readonly #questions = new PersonThrottle(QUESTIONS);
  readonly #acts = new PersonThrottle(ACTS_AT_ONCE);

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
  }

  readonly self: RequestHandler = async (request, response) => {
    const { signedIn, principal } = await this.#asker(request);
    response.json(await this.#answer(principal, (question) => selfOf(question, signedIn)));
  };

  /** Asking is not use: the page asks by itself. */
  readonly today: RequestHandler = async (request, response) => {
    const { principal } = await this.#asker(request);
    response.json((await this.#answer(principal, today)) satisfies Today);
  };

  readonly list: RequestHandler = async (request, response) => {
    const { signedIn, principal } = await this.#asker(request);
    const list = listOf(request);
    const query = parseBody(ListQuery, queryOf(request));
    const page = await this.#answer(principal, (question) => listPage(question, list, query));
    if (query.auto === undefined) await this.#parts.records.touch(signedIn.signInId);
    response.json(page);
  };

  readonly item: RequestHandler = async (request, response) => {
    const { signedIn, principal } = await this.#asker(request);
    const list = listOf(request);
    const id = String(request.params["id"]);
    const { auto } = parseBody(ItemQuery, queryOf(request));
    const item = await this.#answer(principal, (question) => itemAnswer(question, list, id));
    if (auto === undefined) await this.#parts.records.touch(signedIn.signInId);
    response.json(item);
  };

  readonly effect: RequestHandler = async (request, response) => {
    const { signedIn, principal } = await this.#asker(request);
    const act = parseBody(Act, request.body);
    const effect = await this.#answer(principal, async ({ q, now }) =>
      effectOf(q, act, await subjectOf(q, principal, act), now),
    );
    await this.#parts.records.touch(signedIn.signInId);
    response.json(effect satisfies Effect);
  };

  readonly act: RequestHandler = async (request, response) => {
    const { desk, stepUp, records, bus, whereabouts, log } = this.#parts;
    const { signedIn, principal } = await this.#asker(request);
    const act = parseBody(Act, request.body);
    await this.#acts.admit(signedIn.person);
    // before a code is used up for what would be refused
    const subject = await desk.store.read((q) => subjectOf(q, principal, act));
    await records.touch(signedIn.signInId);
    if (isDangerous(act)) await stepUp.prove(signedIn, act.code, act.type);
    const done = await perform({ desk: { ...desk, principal, reason: act.reason }, whereabouts }, act, subject);
    await publishChanges(bus, changesOf(subject));
    log.info({ by: principal.who, act: act.type }, "done at the console");
    response.json(done satisfies Done);
  };

  /** Throws NOT_SIGNED_IN, PASSWORD_CHANGE_REQUIRED, and FORBIDDEN for who has no duty any longer. */
  async #asker(request: Request): Promise<Asker> {
    const { signIns, cookieName, desk } = this.#parts;
    const token = tokenFromCookies(request.headers.cookie, cookieName);
    const holder = token === undefined ? undefined : await signIns.byToken(token);
    if (!holder) throw new RequestError("NOT_SIGNED_IN", "nobody is signed in");
    if (holder.mustChange) throw new RequestError("PASSWORD_CHANGE_REQUIRED", "a new password has to be chosen first");
    const principal = await desk.store.read((q) => principalOf(q, holder.person));
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

/** Each name once. */
function queryOf(request: Request): unknown {
  const { searchParams } = new URL(request.url, "http://console");
  if (new Set(searchParams.keys()).size !== searchParams.size)
    throw new RequestError("BAD_REQUEST", "query: a name twice");
  return Object.fromEntries(searchParams);
}

async function selfOf({ q, principal }: Question, { login, name }: SignedIn): Promise<Self> {
  const mayAct = (act: (typeof ACTS)[number]) => {
    if (act === "confirmation.confirm")
      return Object.values(TWO_PERSONS).some((action) => hasDutyFor(principal, action));
    return hasDutyFor(principal, act);
  };
  const reach = readReach(principal, "divisions");
  const all =
    reach === "everywhere"
      ? await q.organisations.page(EVERYTHING, { limit: MAX_ORGANISATIONS })
      : await organisationsFor(q, principal, "division.read");
  const places = new Places(all, []);
  const isSeen = (id: (typeof all)[number]["id"]) =>
    reach === "everywhere" ||
    reach.some(({ organisation, below }) =>
      below ? places.of({ organisationId: id }).organisations.includes(organisation) : organisation === id,
    );
  const organisations = all.filter(({ id }) => isSeen(id)).map(({ id, code, name }) => ({ id, code, name }));
  return { login, name, acts: ACTS.filter(mayAct), organisations };
}

/** Not as staff, about what is their own. */
function hasDutyFor(principal: Principal, action: Parameters<typeof reachOf>[1]): boolean {
  const reach = reachOf(principal, action);
  return allowsSomewhere(principal, action) && (reach === "everywhere" || reach.length > 0);
}
