/**
 * What every action of an administrator needs, whether it comes from the command line or from a page. Nothing is looked at or
 * changed without asking the table (auth/permissions.ts): what did not ask is undone, and fails.
 */
import { appendAudit } from "../audit/chain.ts";
import type { AuditEventName } from "../audit/events.ts";
import type { Passwords } from "../auth/password.ts";
import { type Action, allows, allowsSomewhere, allowsWithin, type Target } from "../auth/permissions.ts";
import type { Principal } from "../auth/principal.ts";
import { type RefusalCode, type RefusalFacts, refusalSentence } from "../protocol/desk-refusals.ts";
import { Login, OrganisationCode, type OrganisationId } from "../protocol/ids.ts";
import type { Reach, Whose } from "../store/queries/lists.ts";
import type { Queries } from "../store/queries.ts";
import type { PersonRow } from "../store/rows/tables.ts";
import type { Sealer } from "../store/sealer.ts";
import type { Store } from "../store/store.ts";
import { placeOf } from "./places.ts";
import { reachOf } from "./reach.ts";

export interface Desk {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly passwords: Passwords;
  /** Who sits at it, and what they may do. */
  readonly principal: Principal;
  /** What needs a second person (confirmations.ts). Left out: nothing. */
  readonly twoPersons?: ReadonlySet<Action> | undefined;
  /** IDs of office PCs are given in waves only (allotments.ts). Left out: where somebody applied for them. */
  readonly needsAllotment?: boolean | undefined;
  /** Why it is done, for the record. */
  readonly reason?: string | undefined;
  /** Epoch ms. */
  readonly now: () => number;
}

/** What an administrator asked for cannot be done; the message says why and what to do instead, in English. */
export class DeskError<Code extends RefusalCode = RefusalCode> extends Error {
  override readonly name: string = "DeskError";
  readonly code: Code;
  readonly facts: Readonly<Record<string, string | number>>;

  constructor(code: Code, facts: RefusalFacts<Code>) {
    super(refusalSentence(code, facts));
    this.code = code;
    this.facts = facts;
  }
}

/** The table does not allow it. */
export class NotAllowed<Code extends RefusalCode = RefusalCode> extends DeskError<Code> {
  override readonly name = "NotAllowed";
}

/** The table, asked for one principal; remembers whether it was. */
export class Asking {
  readonly principal: Principal;
  readonly needsAllotment: boolean;
  #isAsked = false;

  constructor({ principal, needsAllotment = false }: Pick<Desk, "principal" | "needsAllotment">) {
    this.principal = principal;
    this.needsAllotment = needsAllotment;
  }

  get isAsked(): boolean {
    return this.#isAsked;
  }

  may(action: Action, target: Target): boolean {
    this.#isAsked = true;
    return allows(this.principal, action, target);
  }

  /** There or in some division there: for finding what `must` is asked about. */
  mayWithin(action: Action, target: Target): boolean {
    return allowsWithin(this.principal, action, target);
  }

  /** Throws NotAllowed. */
  must(action: Action, target: Target): void {
    if (!this.may(action, target)) throw notAllowed(action);
  }

  /** Before something is looked for. Throws NotAllowed for who may do it nowhere. */
  mustSomewhere(action: Action): void {
    this.#isAsked = true;
    if (!allowsSomewhere(this.principal, action)) throw notAllowed(action);
  }

  /** For a list: where they may do it. Throws NotAllowed for nowhere. */
  async mustReach(q: Queries, action: Action): Promise<Reach> {
    this.#isAsked = true;
    const reach = await reachOf(q, this.principal, action);
    if (reach === "everywhere" || reach.organisations.length + reach.divisions.length > 0) return reach;
    throw notAllowed(action);
  }
}

const notAllowed = (action: Action): NotAllowed => new NotAllowed("not-allowed", { action });

/** One action: what it changes and the record of it, in one write. `act` returns what the record is to say. */
export async function perform<T>(
  desk: Desk,
  event: AuditEventName,
  act: (
    q: Queries,
    ask: Asking,
    at: number,
  ) => Promise<{ organisation: OrganisationId | null; about: AboutAction; result: T }>,
): Promise<T> {
  const at = desk.now();
  return desk.store.write(async (q) => {
    const ask = new Asking(desk);
    const { organisation, about, result } = await act(q, ask, at);
    if (!ask.isAsked) throw new Error(`${event}: nobody asked whether it is allowed`);
    const why = desk.reason === undefined ? {} : { reason: desk.reason };
    await appendAudit(q, { event, at, actor: desk.principal.who, organisation, about: { ...about, ...why } });
    return result;
  });
}

type AboutAction = Readonly<Record<string, string | number | null>>;

/** Looks, and changes nothing. */
export function look<T>(desk: Desk, work: (q: Queries, ask: Asking) => Promise<T>): Promise<T> {
  return desk.store.read(async (q) => {
    const ask = new Asking(desk);
    const result = await work(q, ask);
    if (!ask.isAsked) throw new Error("nobody asked whether one may look at this");
    return result;
  });
}

/** How a person is named: `tanaka`, while there is one; `midori/tanaka`. */
export type Who = Whose;

/** The person to whom something is to be done. Who may not see them is told that there is nobody. */
export async function personFor(q: Queries, ask: Asking, action: Action, who: Who): Promise<PersonRow> {
  const seen: Array<{ person: PersonRow; target: Target }> = [];
  for (const person of await peopleNamed(q, who)) {
    const target = await placeOf(q, person);
    if (ask.may("people.read", target) || ask.may(action, target)) seen.push({ person, target });
  }
  const [found] = seen;
  if (!found) throw unknownPerson(ask, who);
  if (seen.length > 1) {
    const names = await Promise.all(seen.map(async ({ person }) => `${await codeOf(q, person)}/${person.login}`));
    throw new DeskError("person-unclear", { logins: names.sort().join(", ") });
  }
  ask.must(action, found.target);
  return found.person;
}

function unknownPerson(ask: Asking, who: Who): DeskError {
  ask.mustSomewhere("people.read");
  return new DeskError("person-unknown", { login: who });
}

async function peopleNamed(q: Queries, who: Who): Promise<PersonRow[]> {
  const { code, login } = partsOf(who);
  if (code === undefined) return q.people.allByLogin(login);
  const organisation = await q.organisations.byCode(code);
  const person = organisation && (await q.people.byLogin(organisation.id, login));
  return person ? [person] : [];
}

function partsOf(who: Who): { code: OrganisationCode | undefined; login: Login } {
  const [first = "", second] = who.split("/");
  return second === undefined
    ? { code: undefined, login: Login.parse(first) }
    : { code: OrganisationCode.parse(first), login: Login.parse(second) };
}

const codeOf = async (q: Queries, { organisationId }: PersonRow): Promise<string> =>
  (await q.organisations.byId(organisationId))?.code ?? "?";
