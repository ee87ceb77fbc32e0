/** The columns of every list, in their order. The first one opens the drawer. */
import type { ItemOf, List } from "../../../protocol/console.ts";
import { lockedName } from "../acts/subject.ts";
import { isoMoment } from "../format/moment.ts";
import { ItemLink, Moment, Named, State } from "../parts/value.tsx";
import type { Words } from "../words/words.ts";
import { auditColumns } from "./audit-columns.tsx";
import type { Column, Columns } from "./column.ts";

type Row<L extends List> = ItemOf<L>;
interface Ref {
  readonly id: string;
  readonly name: string;
}

const moment = <R,>(
  key: string,
  rem: number,
  at: (row: R) => number | undefined,
  more: Partial<Column<R>> = {},
): Column<R> => ({
  key,
  rem,
  text: (row) => {
    const value = at(row);
    return value === undefined ? "" : isoMoment(value);
  },
  cell: (row) => <Moment at={at(row)} />,
  ...more,
});

const count = <R,>(key: string, of: (row: R) => number): Column<R> => ({
  key,
  rem: 5,
  text: (row) => String(of(row)),
  cell: (row, words) => <span class="count">{words.number(of(row))}</span>,
});

const state = <L extends List>(list: L): Column<Row<L> & { state: string }> => ({
  key: "state",
  rem: 11,
  text: (row, words) => words.state(list, row.state),
  cell: (row) => <State list={list} state={row.state} />,
});

const organisation: Column<{ organisation: Ref & { code: string } }> = {
  key: "organisation",
  rem: 9,
  text: ({ organisation }) => organisation.name,
  cell: ({ organisation: { name, code } }) => <Named name={name} small={code} />,
};

const division: Column<{ division?: Ref | undefined }> = {
  key: "division",
  rem: 8,
  text: ({ division }) => division?.name ?? "",
  cell: ({ division }) =>
    division && (
      <ItemLink list="divisions" id={division.id}>
        {division.name}
      </ItemLink>
    ),
};

interface PersonRef extends Ref {
  readonly login: string;
}
const person = <R extends { person: PersonRef }>(sort = true): Column<R> => ({
  key: "person",
  ...(sort && { sort: "person" }),
  rem: 11,
  text: ({ person }) => `${person.name} (${person.login})`,
  cell: ({ person: { id, name, login } }) => (
    <Named
      name={
        <ItemLink list="people" id={id}>
          {name}
        </ItemLink>
      }
      small={login}
    />
  ),
});

const terminal = <R extends { terminal: Ref }>(): Column<R> => ({
  key: "terminal",
  sort: "terminal",
  rem: 12,
  text: ({ terminal }) => `${terminal.name} (${terminal.id})`,
  cell: ({ terminal: { id, name } }) => (
    <Named
      name={
        <ItemLink list="terminals" id={id}>
          {name}
        </ItemLink>
      }
      small={id}
    />
  ),
});

/** The row's own name, as the way to everything about it. */
const own = <L extends List>(
  list: L,
  key: string,
  rem: number,
  text: (row: Row<L>, words: Words) => string,
  sort?: string,
): Column<Row<L>> => ({
  key,
  rem,
  ...(sort !== undefined && { sort }),
  text,
  cell: (row, words) => (
    <ItemLink list={list} id={row.id}>
      <span class={key === "code" ? "mono" : ""}>{text(row, words)}</span>
    </ItemLink>
  ),
});

const duties = ({ duties }: Row<"people">, words: Words): string =>
  duties.map(({ role, at }) => `${words.role(role)}（${at}）`).join("、");

export const COLUMNS: Columns = {
  people: [
    own("people", "name", 10, ({ name }) => name, "name"),
    { key: "login", sort: "login", rem: 8, text: ({ login }) => login },
    organisation,
    division,
    state("people"),
    { key: "duties", rem: 9, isExtra: true, text: duties },
    count("devices", ({ devices }) => devices),
    count("terminals", ({ terminals }) => terminals),
    moment("lastSignIn", 10, ({ lastSignInAt }) => lastSignInAt),
    moment("created", 10, ({ createdAt }) => createdAt, { sort: "created-at", isExtra: true }),
    { key: "mailMasked", rem: 12, isExtra: true, text: ({ mail }) => mail ?? "" },
  ],
  terminals: [
    own("terminals", "name", 12, ({ name }) => name, "name"),
    { key: "id", sort: "id", rem: 10, text: ({ id }) => id, cell: ({ id }) => <span class="mono">{id}</span> },
    organisation,
    division,
    state("terminals"),
    moment("since", 10, ({ since }) => since, { sort: "since" }),
    {
      key: "holder",
      rem: 9,
      text: ({ holder }) => (holder ? `${holder.name} (${holder.login})` : ""),
      cell: ({ holder }) =>
        holder && (
          <ItemLink list="people" id={holder.id}>
            {holder.name}
          </ItemLink>
        ),
    },
    count("people", ({ people }) => people),
    { key: "twins", rem: 12, isExtra: true, text: ({ twins }) => twins?.join(" / ") ?? "" },
    { key: "under", rem: 14, isExtra: true, text: ({ under }) => (under ? `${under.until} ${under.name}` : "") },
    moment("enrolled", 10, ({ enrolledAt }) => enrolledAt, { sort: "enrolled-at", isExtra: true }),
  ],
  devices: [
    own("devices", "code", 16, ({ code }) => code, "code"),
    person<Row<"devices">>(),
    organisation,
    state("devices"),
    moment("added", 10, ({ addedAt }) => addedAt, { sort: "added-at" }),
    {
      key: "approvedBy",
      rem: 9,
      text: ({ approvedBy }, words) => (approvedBy === undefined ? "" : words.actor(approvedBy)),
    },
    moment("lastUsed", 10, ({ lastUsedAt }) => lastUsedAt, { sort: "last-used-at" }),
    moment("expires", 10, ({ expiresAt }) => expiresAt, { isExtra: true }),
  ],
  grants: [
    person<Row<"grants">>(),
    terminal<Row<"grants">>(),
    organisation,
    state("grants"),
    moment("since", 10, ({ since }) => since, { sort: "since" }),
    moment("until", 10, ({ until }) => until, { sort: "until" }),
  ],
  divisions: [
    own("divisions", "name", 14, ({ name }) => name, "name"),
    organisation,
    {
      key: "parent",
      rem: 10,
      text: ({ above }) => above.map(({ name }) => name).join("/"),
      cell: ({ above }) =>
        above.map(({ id, name }, i) => (
          <span key={id}>
            {i > 0 && " / "}
            <ItemLink list="divisions" id={id}>
              {name}
            </ItemLink>
          </span>
        )),
    },
    count("people", ({ people }) => people),
    count("terminals", ({ terminals }) => terminals),
  ],
  sessions: [
    {
      ...moment<Row<"sessions">>("requested", 10, ({ requestedAt }) => requestedAt, { sort: "requested-at" }),
      cell: ({ id, requestedAt }) => (
        <ItemLink list="sessions" id={id}>
          <Moment at={requestedAt} />
        </ItemLink>
      ),
    },
    person<Row<"sessions">>(),
    terminal<Row<"sessions">>(),
    organisation,
    state("sessions"),
    moment("ended", 10, ({ endedAt }) => endedAt, { sort: "ended-at" }),
    { key: "reason", rem: 10, text: ({ reason }, words) => (reason === undefined ? "" : words.reason(reason)) },
    moment("live", 10, ({ liveAt }) => liveAt, { isExtra: true }),
    { key: "lock", rem: 7, isExtra: true, text: ({ lock }) => lock ?? "" },
  ],
  locks: [
    own("locks", "lockedOut", 14, lockedName),
    { key: "kind", rem: 6, text: ({ kind }, words) => words.kind(kind) },
    organisation,
    state("locks"),
    { key: "why", rem: 14, text: ({ reason }) => reason },
    moment("until", 10, ({ until }) => until, { sort: "until" }),
    count("keepers", ({ keepers }) => keepers),
    moment("setAt", 10, ({ createdAt }) => createdAt, { sort: "created-at" }),
    { key: "setBy", rem: 9, text: ({ setBy }, words) => words.actor(setBy) },
    { key: "id", sort: "id", rem: 7, isExtra: true, text: ({ id }) => id },
    moment("liftedAt", 10, ({ liftedAt }) => liftedAt, { isExtra: true }),
    {
      key: "liftedBy",
      rem: 9,
      isExtra: true,
      text: ({ liftedBy }, words) => (liftedBy === undefined ? "" : words.actor(liftedBy)),
    },
  ],
  audit: auditColumns,
};
