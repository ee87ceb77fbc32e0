/** From what is known and what was typed to an act, or to what is missing in it. */
import type { ItemOf } from "../../../protocol/console.ts";
import { Act, type ActType } from "../../../protocol/console-acts.ts";
import { Login, parseLiftCode } from "../../../protocol/ids.ts";
import { parseMail } from "../../../protocol/mail-address.ts";
import { endOfDay } from "../format/moment.ts";
import type { Subject } from "../state/desk.ts";
import type { TextKey } from "../words/dictionary.ts";
import { type FieldName, isOptional, SHAPES } from "./subject.ts";

export type Values = Readonly<Partial<Record<FieldName, string>>>;
export type Problems = Readonly<Partial<Record<FieldName | "reason" | "code", TextKey>>>;

/** Divisions are those of an organisation: in another one none is chosen yet. */
export const withValue = (values: Values, field: FieldName, value: string): Values => ({
  ...values,
  ...(field === "organisation" && { division: "", parent: "" }),
  [field]: value,
});

/** Of those that were found the ones of this organisation; and the chosen one, whatever is searched for since. */
export function offered(
  found: readonly ItemOf<"divisions">[],
  organisation: string | undefined,
  chosen: ItemOf<"divisions"> | undefined,
): readonly ItemOf<"divisions">[] {
  const here = found.filter((one) => organisation === undefined || one.organisation.id === organisation);
  return chosen && !here.some(({ id }) => id === chosen.id) ? [chosen, ...here] : here;
}

/** Is moved somewhere else: where it is now says nothing. */
const ASKED: Partial<Record<ActType, readonly FieldName[]>> = {
  "people.move": ["division"],
  "terminal.move": ["division"],
  "division.move": ["parent"],
};

/** Of its parts those that have to be asked for. */
export const fieldsOf = (type: ActType, known: Subject["known"]): readonly FieldName[] =>
  SHAPES[type].filter((field) => ASKED[type]?.includes(field) || known[field] === undefined);

type Part = string | number | readonly string[];

/** From what was typed to what the act says; undefined where it is none. */
const READ: Partial<Record<FieldName, (text: string) => Part | undefined>> = {
  until: endOfDay,
  end: moment,
  login: (text) => text.toLowerCase(),
  liftCode: parseLiftCode,
  mail: parseMail,
  keep: several,
  add: several,
};

/** As a field for date and time has it, by the clock on the wall. */
function moment(text: string): number | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

function several(text: string): readonly string[] {
  return text.split(" ");
}

/** What the act says about itself, without reason and code. */
export function partsOf(type: ActType, known: Subject["known"], values: Values): Record<string, Part> {
  const parts: Record<string, Part> = {};
  const asked = fieldsOf(type, known);
  for (const field of SHAPES[type]) {
    const text = (asked.includes(field) ? values[field] : known[field])?.normalize("NFKC").trim() ?? "";
    if (text === "") continue;
    const value = READ[field]?.(text) ?? (field in READ ? undefined : text);
    if (value !== undefined) parts[field] = value;
  }
  return parts;
}

export function problemsOf(type: ActType, known: Subject["known"], values: Values): Problems {
  const problems: Partial<Record<FieldName, TextKey>> = {};
  const parts = partsOf(type, known, values);
  for (const field of fieldsOf(type, known)) {
    const value = parts[field];
    if (value === undefined && (!isOptional(type, field) || values[field])) problems[field] = "missingField";
    if (field === "liftCode" && values[field] && value === undefined) problems[field] = "badLiftCode";
    if (field === "mail" && values[field] && value === undefined) problems[field] = "badMail";
    if (field === "end" && typeof value === "number" && value <= Date.now()) problems[field] = "badEnd";
    if (field === "login" && value !== undefined && !Login.safeParse(value).success) problems[field] = "badLogin";
  }
  return problems;
}

/** One act on all of them, with one code. */
export const TOGETHER: ReadonlySet<ActType> = new Set<ActType>(["people.letters"]);

/** Undefined when it does not fit the contract. */
export function actOnAll(
  type: ActType,
  subjects: readonly Subject[],
  said: { readonly reason: string; readonly code?: string | undefined },
): Act | undefined {
  const { reason, code } = said;
  const people = subjects.map(({ known }) => known["person"]);
  return Act.safeParse({ type, people, reason: reason.trim(), ...(code && { code }) }).data;
}

/** Undefined when it does not fit the contract. */
export function actOf(
  type: ActType,
  known: Subject["known"],
  values: Values,
  said: { readonly reason: string; readonly code?: string | undefined },
): Act | undefined {
  const { reason, code } = said;
  return Act.safeParse({ type, ...partsOf(type, known, values), reason: reason.trim(), ...(code && { code }) }).data;
}

/** What decides what an act comes to, where it is told something. Who types the rest changes nothing of it. */
const DECISIVE: Partial<Record<ActType, readonly FieldName[]>> = {
  "people.transfer": ["division", "keep", "add"],
  "terminal.replace": [],
  "terminal.settle": [],
  "division.move": ["parent"],
  "lock.organisation": ["organisation"],
};
const TOLD_ALONG: ReadonlySet<FieldName> = new Set<FieldName>(["end", "liftCode", "mail"]);

/** There is none yet, and it is not recorded. */
const NOTHING = "-";

/** To ask what it would come to: an act for each, or one on all. Undefined where that is not asked, or not yet. */
export function foreseen(type: ActType, subjects: readonly Subject[], values: Values): readonly Act[] | undefined {
  const decisive = DECISIVE[type];
  const isAsked = subjects.every(({ known }) => fieldsOf(type, known).every((field) => TOLD_ALONG.has(field)));
  if (!decisive && !isAsked) return undefined;
  const said = { reason: NOTHING };
  const told: Values = {
    name: NOTHING,
    ...Object.fromEntries((decisive ?? []).map((field) => [field, values[field]])),
  };
  const acts = TOGETHER.has(type)
    ? [actOnAll(type, subjects, said)]
    : subjects.map(({ known }) => actOf(type, known, told, said));
  return acts.every((act) => act !== undefined) ? acts : undefined;
}
