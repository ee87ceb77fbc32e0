/** What an act is done to: its name in a sentence, and what of the act it answers by itself. */
import type { ItemOf, List } from "../../../protocol/console.ts";
import type { ActType } from "../../../protocol/console-acts.ts";
import { isoMoment } from "../format/moment.ts";
import type { Subject } from "../state/desk.ts";

type Naming = { readonly [L in List]: (row: ItemOf<L>) => Subject };

/** Names are not unique; what is stands beside them. */
export const namesake = (name: string, unique: string): string => `${name}（${unique}）`;

/** What a lock is on. */
export function lockedName({ kind, person, device, terminal, division, organisation }: ItemOf<"locks">): string {
  const names: Readonly<Record<ItemOf<"locks">["kind"], string | undefined>> = {
    person: person && namesake(person.name, person.login),
    device: `${person?.name} ${device}`,
    terminal: terminal?.name,
    division: division?.name,
    organisation: organisation.name,
    session: `${person?.name} → ${terminal?.name}`,
  };
  return names[kind] ?? "";
}

const SUBJECTS: Naming = {
  people: ({ id, name, login, organisation }) => ({
    name: namesake(name, login),
    known: { person: id },
    organisation: organisation.id,
    paper: { name, id: login },
  }),
  terminals: ({ id, name, organisation }) => ({
    name: namesake(name, id),
    known: { terminal: id },
    organisation: organisation.id,
    paper: { name, id },
  }),
  devices: ({ code, person, organisation }) => ({
    name: `${person.name} ${code}`,
    known: { person: person.id, device: code },
    organisation: organisation.id,
  }),
  grants: ({ person, terminal, organisation }) => ({
    name: `${person.name} → ${terminal.name}`,
    known: { person: person.id, terminal: terminal.id },
    organisation: organisation.id,
  }),
  divisions: ({ id, name, above, organisation }) => ({
    name: [...above, { name }].map((one) => one.name).join("/"),
    known: { division: id, parent: id, organisation: organisation.id },
    organisation: organisation.id,
  }),
  sessions: ({ id, person, terminal, organisation, requestedAt }) => ({
    name: `${person.name} → ${terminal.name}（${isoMoment(requestedAt)}）`,
    known: { session: id },
    organisation: organisation.id,
  }),
  locks: (lock) => ({
    name: namesake(lockedName(lock), lock.id),
    known: { lock: lock.id },
    organisation: lock.organisation.id,
  }),
  audit: ({ id }) => ({ name: id, known: {} }),
};

export const subjectOf = (list: List, row: ItemOf<List>): Subject =>
  (SUBJECTS[list] as (row: ItemOf<List>) => Subject)(row);

export type FieldName =
  | "person"
  | "terminal"
  | "device"
  | "session"
  | "confirmation"
  | "organisation"
  | "division"
  | "parent"
  | "login"
  | "name"
  | "mail"
  | "until"
  | "end"
  | "lock"
  | "liftCode"
  | "keep"
  | "add";

/** What each act is made of, besides the reason and the code. */
export const SHAPES: Readonly<Record<ActType, readonly FieldName[]>> = {
  "people.add": ["organisation", "division", "login", "name", "mail"],
  "people.set-mail": ["person", "mail"],
  "people.move": ["person", "division"],
  "people.transfer": ["person", "division", "keep", "add"],
  "people.leave": ["person"],
  "people.disable": ["person"],
  "people.enable": ["person"],
  "people.unlock": ["person"],
  "people.sign-out": ["person"],
  "people.letters": [],
  "password.set": ["person"],
  "otp.reset": ["person"],
  "otp.lost": ["person"],
  "device.approve": ["person", "device"],
  "device.remove": ["person", "device"],
  "device.lost": ["person", "device"],
  "terminal.add": ["organisation", "division", "name"],
  "terminal.move": ["terminal", "division"],
  "terminal.token": ["terminal"],
  "terminal.replace": ["terminal", "name"],
  "terminal.settle": ["terminal", "name"],
  "terminal.disable": ["terminal"],
  "terminal.enable": ["terminal"],
  "grant.add": ["person", "terminal", "until"],
  "grant.remove": ["person", "terminal"],
  "session.end": ["session"],
  "lock.person": ["person", "end"],
  "lock.device": ["person", "device", "end"],
  "lock.terminal": ["terminal", "end"],
  "lock.division": ["division", "end"],
  "lock.organisation": ["organisation", "end"],
  "lock.session": ["session", "end"],
  "lock.lift": ["lock", "liftCode"],
  "confirmation.confirm": ["confirmation"],
  "division.move": ["division", "parent"],
  "division.add": ["organisation", "parent", "name"],
};

const OPTIONAL: ReadonlySet<FieldName> = new Set<FieldName>([
  "division",
  "parent",
  "until",
  "end",
  "liftCode",
  "keep",
  "add",
  "mail",
]);

/** A PC that is replaced hands on its name. */
export const isOptional = (type: ActType, field: FieldName): boolean =>
  OPTIONAL.has(field) || (type === "terminal.replace" && field === "name");
