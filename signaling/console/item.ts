/** One thing with all that belongs to it and what happened to it. */
import { type Action, allows } from "../auth/permissions.ts";
import { type Place, ROOT } from "../auth/principal.ts";
import { placeOfLock } from "../organisations/locks.ts";
import { placeOf } from "../organisations/places.ts";
import { receiptOf } from "../organisations/receipts.ts";
import { type ItemAnswer, type ItemOf, type List, PAGE_ROWS, SORTS } from "../protocol/console.ts";
import type { ActType } from "../protocol/console-acts.ts";
import { RequestError } from "../protocol/errors.ts";
import { KeyCode, PersonId, type SessionId, TerminalId } from "../protocol/ids.ts";
import { holdsNul } from "../protocol/nul.ts";
import type { Head, ListFilter } from "../store/queries/console-lists.ts";
import { mayRead, momentOf, type Question, readReach } from "./asking.ts";
import { auditItems, itemsOf } from "./items.ts";
import { knowingTerminals } from "./knowing.ts";

type Only = NonNullable<ListFilter["only"]>;

/** Throws NOT_FOUND for what is not there or not in reach. */
export async function itemAnswer(question: Question, list: List, id: string): Promise<ItemAnswer> {
  const only = onlyOf(list, id);
  const head = only && (await headsOf(question, list, only)).find((one) => one.id === id);
  const [item] = head ? await itemsOf(list, question, [head]) : [];
  if (!head || !item) throw new RequestError("NOT_FOUND", "there is no such thing");
  const places = await placesOf(question, list, item);
  return {
    list,
    item,
    acts: actsOn(question, list, head.state, places).filter((act) => isPossible(question, act, item, places)),
    ...(await related(question, list, item)),
    timeline: await timeline(question, list, item, places),
  };
}

/** By which it is found without reading the whole list. Undefined: no id of this list. */
function onlyOf(list: List, id: string): Only | undefined {
  if (id.length > 100 || holdsNul(id)) return undefined;
  if (list !== "grants") return { id };
  const [person, terminal] = id.split(".");
  const ids = { person: PersonId.safeParse(person), terminal: TerminalId.safeParse(terminal) };
  return ids.person.success && ids.terminal.success
    ? { person: ids.person.data, terminal: ids.terminal.data }
    : undefined;
}

async function headsOf(question: Question, list: List, only: Only): Promise<Head[]> {
  const reach = await readReach(question, list);
  const [usual] = SORTS[list];
  const order = { sort: usual.replace(/^-/, ""), descending: usual.startsWith("-") };
  const rows = question.q.lists.of({ list, reach, words: [], only }, momentOf(question));
  return rows.page({ ...order, limit: PAGE_ROWS });
}

async function listed<L extends List>(question: Question, list: L, only: Only): Promise<ItemOf<L>[]> {
  return mayRead(question.principal, list) ? itemsOf(list, question, await headsOf(question, list, only)) : [];
}

type Related = Omit<ItemAnswer, "list" | "item" | "acts" | "timeline">;

async function related(question: Question, list: List, item: ItemOf<List>): Promise<Related> {
  if (list === "people") {
    const person = item.id as PersonId;
    return {
      locks: await listed(question, "locks", { person }),
      devices: await listed(question, "devices", { person }),
      grants: await listed(question, "grants", { person }),
      sessions: await listed(question, "sessions", { person }),
    };
  }
  if (list === "terminals") {
    const terminal = item.id as TerminalId;
    return {
      locks: await listed(question, "locks", { terminal }),
      grants: await listed(question, "grants", { terminal }),
      sessions: await listed(question, "sessions", { terminal }),
    };
  }
  if (list === "divisions") {
    const division = item.id as NonNullable<Only["division"]>;
    return {
      locks: await listed(question, "locks", { division }),
      people: await listed(question, "people", { division }),
      terminals: await listed(question, "terminals", { division }),
    };
  }
  const { person, terminal } = ends(item);
  return {
    ...(list === "sessions" && (await receiptPart(question, item.id as SessionId))),
    ...(list === "devices" && { knownBy: await knowingTerminals(question.q, item as ItemOf<"devices">) }),
    ...(person && { people: await listed(question, "people", { id: person }) }),
    ...(terminal && { terminals: await listed(question, "terminals", { id: terminal }) }),
  };
}

async function receiptPart({ q }: Question, id: SessionId): Promise<Pick<Related, "receipt">> {
  const kept = await receiptOf(q, id);
  if (!kept) return {};
  const { receipt, digest, isSigned, isItsKeyNow } = kept;
  return { receipt: { receipt, digest, isSigned, isItsKeyNow } };
}

/** Whom and which office PC something is between, or on. */
function ends(item: Pick<ItemOf<"locks">, "person" | "terminal"> | object): {
  person?: PersonId;
  terminal?: TerminalId;
} {
  const { person, terminal } = item as Pick<ItemOf<"locks">, "person" | "terminal">;
  return { ...(person && { person: person.id }), ...(terminal && { terminal: terminal.id }) };
}

/** Where the things stand that an item is about. */
type Places = { readonly person?: Place; readonly terminal?: Place; readonly division?: Place; readonly lock?: Place };

async function placesOf({ q }: Question, list: List, item: ItemOf<List>): Promise<Places> {
  if (list === "divisions") {
    const division = await q.organisations.divisionById(item.id as NonNullable<Only["division"]>);
    return division ? { division: await placeOf(q, { ...division, divisionId: division.id }) } : {};
  }
  if (list === "locks") {
    const lock = await q.locks.byId(item.id as ItemOf<"locks">["id"]);
    const place = lock && (await placeOfLock(q, lock));
    return place ? { lock: place } : {};
  }
  const of = list === "people" ? { person: item.id } : list === "terminals" ? { terminal: item.id } : ends(item);
  const person = of.person && (await q.people.byId(of.person as PersonId));
  const terminal = of.terminal && (await q.terminals.byId(of.terminal as TerminalId));
  return {
    ...(person && { person: await placeOf(q, person) }),
    ...(terminal && { terminal: await placeOf(q, terminal) }),
  };
}

/** Which acts there are for what, where they are asked about, and in which states (everywhere, where none is named). */
type Offer = readonly [
  act: Exclude<ActType, "confirmation.confirm" | "lock.organisation">,
  where: ReadonlyArray<keyof Places>,
  states?: readonly string[],
];
const NOT_DISABLED = ["active", "barred", "must-change", "no-code-yet"];
const OFFERS: Readonly<Record<List, readonly Offer[]>> = {
  people: [
    ["people.leave", ["person"], NOT_DISABLED],
    ["people.transfer", ["person"]],
    ["otp.lost", ["person"]],
    ["people.move", ["person"]],
    ["people.disable", ["person"], NOT_DISABLED],
    ["people.enable", ["person"], ["disabled"]],
    ["people.unlock", ["person"]],
    ["people.sign-out", ["person"]],
    ["people.set-mail", ["person"]],
    ["people.letters", ["person"], ["no-code-yet"]],
    ["password.set", ["person"]],
    ["otp.reset", ["person"]],
    ["grant.add", ["person"]],
    ["lock.person", ["person"]],
  ],
  terminals: [
    ["terminal.move", ["terminal"]],
    ["terminal.token", ["terminal"]],
    ["terminal.replace", ["terminal"], ["in-use", "online", "offline", "not-enrolled"]],
    ["terminal.settle", ["terminal"], ["set-aside"]],
    ["terminal.disable", ["terminal"], ["in-use", "online", "offline", "set-aside", "not-enrolled"]],
    ["terminal.enable", ["terminal"], ["disabled"]],
    ["grant.add", ["terminal"]],
    ["lock.terminal", ["terminal"]],
  ],
  devices: [
    ["device.approve", ["person"], ["waiting"]],
    ["device.remove", ["person"], ["registered"]],
    ["lock.device", ["person"], ["registered"]],
    ["device.lost", ["person"], ["registered", "removed"]],
  ],
  grants: [
    ["grant.add", ["person", "terminal"]],
    ["grant.remove", ["person"]],
  ],
  divisions: [
    ["people.add", ["division"]],
    ["terminal.add", ["division"]],
    ["division.add", ["division"]],
    ["division.move", ["division"]],
    ["lock.division", ["division"]],
  ],
  sessions: [
    ["session.end", ["terminal"], ["open"]],
    ["lock.session", ["terminal"], ["open"]],
  ],
  // one that was lifted without its code can still be with it
  locks: [["lock.lift", ["lock"], ["in-force", "lifted"]]],
  audit: [],
};

function actsOn({ principal }: Question, list: List, state: string, places: Places): ActType[] {
  return OFFERS[list]
    .filter(([, , states]) => states === undefined || states.includes(state))
    .filter(([act, where]) =>
      where.every((one) => {
        const place = places[one];
        return place !== undefined && allows(principal, act satisfies Action, place);
      }),
    )
    .map(([act]) => act);
}

function isPossible({ principal }: Question, act: ActType, item: ItemOf<List>, { lock }: Places): boolean {
  if (act !== "lock.lift") return true;
  const { kind, state, isKept } = item as ItemOf<"locks">;
  const mayLift = kind !== "organisation" || (lock !== undefined && allows(principal, "lock.organisation", lock));
  return mayLift && (state === "in-force" || isKept);
}

/** For who may read the audit there. */
async function timeline(
  question: Question,
  list: List,
  item: ItemOf<List>,
  places: Places,
): Promise<ItemOf<"audit">[]> {
  const place =
    list === "sessions"
      ? places.terminal
      : (places.person ?? places.terminal ?? places.division ?? places.lock ?? ROOT);
  const organisation = place?.organisations[0];
  if (!organisation || !allows(question.principal, "audit.read", place)) return [];
  const { marks, actors } = marksOf(list, item);
  const found = await auditItems(question, await question.q.lists.timeline(organisation, marks, actors));
  if (list !== "grants") return found;
  const { login } = (item as ItemOf<"grants">).person;
  return found.filter(({ about }) => about["login"] === login);
}

const mark = (field: string, value: string): string => `${JSON.stringify(field)}:${JSON.stringify(value)}`;

/** How the audit speaks of it. */
function marksOf(list: List, item: ItemOf<List>): { marks: string[]; actors: string[] } {
  if (list === "people") {
    const { login, organisation } = item as ItemOf<"people">;
    const named = [mark("login", login), mark("person", `${organisation.code}/${login}`)];
    return { marks: named, actors: [`person:${login}`, `person:${organisation.code}/${login}`] };
  }
  if (list === "devices") {
    const code = KeyCode.parse((item as ItemOf<"devices">).code);
    return { marks: [mark("device", code), mark("code", code)], actors: [] };
  }
  if (list === "grants") return { marks: [mark("terminal", (item as ItemOf<"grants">).terminal.id)], actors: [] };
  if (list === "terminals") return { marks: [mark("terminal", item.id)], actors: [`terminal:${item.id}`] };
  if (list === "locks") return { marks: [mark("number", item.id)], actors: [] };
  return { marks: [mark(list === "sessions" ? "session" : "division", item.id)], actors: [] };
}
