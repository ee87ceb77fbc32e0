/** Rows of the store as the console shows them (protocol/console.ts). */
import { untilText } from "../organisations/events.ts";
import { Places } from "../organisations/places.ts";
import type { ItemOf, List } from "../protocol/console.ts";
import {
  type DivisionId,
  KeyCode,
  LockId,
  type OrganisationCode,
  type OrganisationId,
  PersonId,
  type SessionId,
  TerminalId,
} from "../protocol/ids.ts";
import { maskedMail } from "../protocol/mail-address.ts";
import type { Head } from "../store/queries/console-lists.ts";
import type { AuditRow } from "../store/rows/audit.ts";
import type { TwinsRow } from "../store/rows/tables.ts";
import type { Question } from "./asking.ts";

type Maker<L extends List> = (question: Question, heads: readonly Head[]) => Promise<ItemOf<L>[]>;

/** Of the heads of one page, in their order. Which those are was asked with the reader's reach. */
export function itemsOf<L extends List>(list: L, question: Question, heads: readonly Head[]): Promise<ItemOf<L>[]> {
  return (MAKERS[list] as Maker<L>)(question, heads);
}

const MAKERS: { readonly [L in List]: Maker<L> } = {
  people: async ({ q }, heads) => {
    const ids = heads.map(({ id }) => PersonId.parse(id));
    const duties = Map.groupBy(await q.rows.duties(ids), ({ personId }) => personId);
    return inOrder(
      heads,
      await q.rows.people(ids),
      ({ id }) => id,
      (row, state) => ({
        id: row.id,
        login: row.login,
        name: row.name,
        ...belongs(row),
        state: state as ItemOf<"people">["state"],
        duties: (duties.get(row.id) ?? []).map(({ role, organisationName, divisionName }) => ({
          role,
          at: divisionName === null ? organisationName : `${organisationName} ${divisionName}`,
        })),
        devices: Number(row.devices),
        terminals: Number(row.terminals),
        ...(row.lastSignInAt === null ? {} : { lastSignInAt: Number(row.lastSignInAt) }),
        createdAt: row.createdAt,
        ...(row.mail === null ? {} : { mail: maskedMail(row.mail) }),
      }),
    );
  },

  terminals: async ({ q, presence }, heads) => {
    const ids = heads.map(({ id }) => TerminalId.parse(id));
    const rows = await q.rows.terminals(ids);
    const twins = new Map((await q.terminals.twinsAmong(ids)).map((row) => [row.terminalId, row]));
    return inOrder(
      heads,
      rows,
      ({ id }) => id,
      (row, state) => {
        const session = state === "in-use" ? presence.sessions.on(row.id)?.record : undefined;
        const since = {
          "in-use": session?.requestedAt,
          online: presence.agents.get(row.id)?.since,
          offline: row.lastSeenAt ?? undefined,
          "set-aside": twins.get(row.id)?.at,
          disabled: row.disabledAt ?? undefined,
          "not-enrolled": row.createdAt,
        }[state];
        return {
          id: row.id,
          name: row.name,
          ...belongs(row),
          state: state as ItemOf<"terminals">["state"],
          ...(since === undefined ? {} : { since }),
          ...(session && { holder: { id: session.person, login: session.login, name: session.personName } }),
          people: Number(row.people),
          ...(state === "set-aside" && twinsOf(twins.get(row.id))),
          ...(row.enrolledAt === null ? {} : { enrolledAt: row.enrolledAt }),
          ...(row.eventName !== null && row.endsAt !== null
            ? { under: { name: row.eventName, until: untilText(row.endsAt) } }
            : {}),
        };
      },
    );
  },

  devices: async ({ q }, heads) => {
    const waiting = heads.filter(({ state }) => state === "waiting").map(({ id }) => waitingOf(id));
    const known = await q.rows.devices(heads.filter(({ state }) => state !== "waiting").map(({ id }) => id));
    const rows = [
      ...known.map(({ addedAt, approvedBy, lastUsedAt, ...row }) => ({
        ...row,
        about: { addedAt, approvedBy, ...(lastUsedAt === null ? {} : { lastUsedAt }) },
      })),
      ...(await q.rows.waitingDevices(waiting)).map(({ seenAt, expiresAt, ...row }) => ({
        ...row,
        id: `${row.personId}.${row.code}`,
        about: { addedAt: seenAt, expiresAt },
      })),
    ];
    return inOrder(
      heads,
      rows,
      ({ id }) => id,
      ({ id, code, about, ...row }, state) => ({
        id,
        code,
        person: personOf(row),
        organisation: organisationOf(row),
        state: state as ItemOf<"devices">["state"],
        ...about,
      }),
    );
  },

  grants: async ({ q }, heads) => {
    const rows = await q.rows.grants(heads.map(({ id }) => grantOf(id)));
    return inOrder(
      heads,
      rows,
      ({ personId, terminalId }) => `${personId}.${terminalId}`,
      (row, state) => ({
        id: `${row.personId}.${row.terminalId}`,
        person: personOf(row),
        terminal: { id: row.terminalId, name: row.terminalName },
        organisation: organisationOf(row),
        state: state as ItemOf<"grants">["state"],
        inDivision: row.personDivisionId === row.terminalDivisionId,
        since: row.createdAt,
        ...(row.until === null ? {} : { until: row.until }),
      }),
    );
  },

  divisions: async ({ q }, heads) => {
    const ids = heads.map(({ id }) => id as DivisionId);
    const rows = await q.rows.divisions(ids);
    const sums = await q.rows.divisionSums(ids);
    const places = await Places.around(
      q,
      rows.map(({ id }) => ({ divisionId: id })),
    );
    return inOrder(
      heads,
      rows,
      ({ id }) => id,
      (row) => ({
        id: row.id,
        name: row.name,
        organisation: organisationOf(row),
        above: places.way(row.parentId).map(({ id, name }) => ({ id, name })),
        ...(sums.get(row.id) ?? { divisions: 0, people: 0, terminals: 0 }),
        own: { people: Number(row.people), terminals: Number(row.terminals) },
      }),
    );
  },

  sessions: async ({ q }, heads) => {
    const rows = await q.rows.sessions(heads.map(({ id }) => id as SessionId));
    return inOrder(
      heads,
      rows,
      ({ id }) => id,
      (row, state) => ({
        id: row.id,
        person: personOf(row),
        terminal: { id: row.terminalId, name: row.terminalName },
        organisation: organisationOf(row),
        state: state as ItemOf<"sessions">["state"],
        requestedAt: row.requestedAt,
        ...(row.liveAt === null ? {} : { liveAt: row.liveAt }),
        ...(row.endedAt === null ? {} : { endedAt: row.endedAt }),
        ...(row.reason === null ? {} : { reason: row.reason }),
        ...(row.lock === null ? {} : { lock: row.lock }),
      }),
    );
  },

  locks: async ({ q, presence }, heads) => {
    const rows = await q.rows.locks(heads.map(({ id }) => LockId.parse(id)));
    return inOrder(
      heads,
      rows,
      ({ id }) => id,
      (row, state) => ({
        id: row.id,
        kind: row.kind,
        ...belongs(row),
        ...(row.personId && row.login
          ? { person: { id: row.personId, login: row.login, name: row.personName ?? "" } }
          : {}),
        ...(row.deviceCode === null ? {} : { device: row.deviceCode }),
        ...(row.terminalId === null ? {} : { terminal: { id: row.terminalId, name: row.terminalName ?? "" } }),
        ...(row.sessionId === null ? {} : { session: row.sessionId }),
        state: state as ItemOf<"locks">["state"],
        reason: row.reason,
        setBy: row.setBy,
        createdAt: row.createdAt,
        ...(row.until === null ? {} : { until: row.until }),
        ...(row.liftedAt === null ? {} : { liftedAt: row.liftedAt }),
        ...(row.liftedBy === null ? {} : { liftedBy: row.liftedBy }),
        isKept: row.liftedAt !== null && row.liftCode === null,
        keepers: presence.lockOrders.keepers(row.id),
      }),
    );
  },

  audit: async (question, heads) => {
    const rows = await question.q.rows.audit(heads.map(({ id }) => Number(id)));
    const items = new Map((await auditItems(question, rows)).map((item) => [item.id, item]));
    return heads.flatMap(({ id }) => items.get(id) ?? []);
  },
};

/** Records of the audit, in the order given. */
export async function auditItems({ q }: Pick<Question, "q">, rows: readonly AuditRow[]): Promise<ItemOf<"audit">[]> {
  const ids = new Set(rows.flatMap(({ organisationId }) => organisationId ?? []));
  const organisations = new Map((await q.rows.organisations([...ids])).map((row) => [row.id, row]));
  return rows.map(({ seq, at, event, actor, about, organisationId }) => {
    const organisation = organisationId === null ? undefined : organisations.get(organisationId);
    return { id: String(seq), at, event, actor, ...(organisation && { organisation }), about: JSON.parse(about) };
  });
}

const twinsOf = (row: TwinsRow | undefined): Pick<ItemOf<"terminals">, "twins"> =>
  row ? { twins: [row.first, row.second] } : {};

/** `PERSON.TERMINAL` */
function grantOf(id: string): { person: PersonId; terminal: TerminalId } {
  const [person, terminal] = id.split(".");
  return { person: PersonId.parse(person), terminal: TerminalId.parse(terminal) };
}

/** `PERSON.CODE` */
function waitingOf(id: string): { person: PersonId; code: KeyCode } {
  const [person, code] = id.split(".");
  return { person: PersonId.parse(person), code: KeyCode.parse(code) };
}

/** What has gone since the page was read is left out. */
function inOrder<Row, Item>(
  heads: readonly Head[],
  rows: readonly Row[],
  idOf: (row: Row) => string,
  make: (row: Row, state: string) => Item,
): Item[] {
  const found = new Map(rows.map((row) => [idOf(row), row]));
  return heads.flatMap(({ id, state }) => {
    const row = found.get(id);
    return row ? [make(row, state)] : [];
  });
}

interface OfOrganisation {
  readonly organisationId: OrganisationId;
  readonly organisationCode: OrganisationCode;
  readonly organisationName: string;
}

const organisationOf = (row: OfOrganisation) => ({
  id: row.organisationId,
  code: row.organisationCode,
  name: row.organisationName,
});

const belongs = (
  row: OfOrganisation & { readonly divisionId: DivisionId | null; readonly divisionName: string | null },
) => ({
  organisation: organisationOf(row),
  ...(row.divisionId === null ? {} : { division: { id: row.divisionId, name: row.divisionName ?? "" } }),
});

const personOf = ({
  personId,
  login,
  personName,
}: {
  personId: PersonId;
  login: ItemOf<"people">["login"];
  personName: string;
}) => ({
  id: personId,
  login,
  name: personName,
});
