/**
 * From which allotment an office PC gets its ID. An organisation to which IDs were given uses these and no more; one to which none
 * were goes on as if there were no waves, unless this server gives IDs in waves only (ENGAWA_TERMINAL_IDS).
 */
import type { AllotmentId, EventId, OrganisationId, TerminalId } from "../protocol/ids.ts";
import { EVERYTHING } from "../store/queries/lists.ts";
import type { TerminalWithOrganisation } from "../store/queries/terminals.ts";
import type { AllotmentInForce, Expiring } from "../store/queries/waves.ts";
import type { Queries } from "../store/queries.ts";
import { type Asking, DeskError } from "./desk.ts";

/** For an event, or without an end; undefined: those without an end first, then those that last longest. */
export type Under = EventId | "regular" | undefined;

/** What there is for some organisations, taken one by one. */
export class Allotments {
  readonly #of: ReadonlyMap<OrganisationId, Array<{ readonly row: AllotmentInForce; left: number }>>;
  readonly #isNeeded: boolean;

  constructor(rows: readonly AllotmentInForce[], isNeeded: boolean) {
    const all = rows.toSorted((one, other) => rank(one) - rank(other));
    const open = all.map((row) => ({ row, left: leftOf(row) }));
    this.#of = Map.groupBy(open, ({ row }) => row.organisationId);
    this.#isNeeded = isNeeded;
  }

  static async of(q: Queries, ask: Asking, organisations: readonly OrganisationId[], now: number): Promise<Allotments> {
    return new Allotments(await q.waves.inForce(organisations, now), ask.needsAllotment);
  }

  /** "no-allotment": none were given, or not under this; "used-up": none are left. Null: none is needed. */
  take(organisation: OrganisationId, under?: Under): AllotmentId | null | "no-allotment" | "used-up" {
    const all = this.#of.get(organisation) ?? [];
    if (all.length === 0 && !this.#isNeeded && typeof under !== "number") return null;
    const fitting = all.filter(
      ({ row }) => under === undefined || row.eventId === (under === "regular" ? null : under),
    );
    if (fitting.length === 0) return "no-allotment";
    const open = fitting.find(({ left }) => left > 0);
    if (!open) return "used-up";
    open.left -= 1;
    return open.row.id;
  }
}

const rank = ({ endsAt }: AllotmentInForce): number => (endsAt === null ? Number.NEGATIVE_INFINITY : -endsAt);

export const leftOf = ({ count, returned, used }: AllotmentInForce): number => Math.max(0, count - returned - used);

/** For one office PC. Throws where there is none to be had. */
export async function takeAllotment(
  q: Queries,
  ask: Asking,
  organisation: OrganisationId,
  at: number,
  under?: Under,
): Promise<AllotmentId | null> {
  const taken = (await Allotments.of(q, ask, [organisation], at)).take(organisation, under);
  if (taken === "no-allotment") throw new DeskError("allotment-none", {});
  if (taken === "used-up") throw new DeskError("allotment-used-up", {});
  return taken;
}

/** For one that takes the place of another: the same, as long as it counts. */
export async function allotmentAfter(
  q: Queries,
  ask: Asking,
  { organisationId, allotmentId }: Pick<TerminalWithOrganisation, "organisationId" | "allotmentId">,
  at: number,
): Promise<AllotmentId | null> {
  const event = allotmentId === null ? undefined : await q.waves.eventOf(allotmentId);
  return event && event.endsAt <= at ? takeAllotment(q, ask, organisationId, at) : allotmentId;
}

/** Throws where its event is over: nothing can be done with it until that is extended. */
export async function mustNotBeExpired(
  q: Queries,
  { id, allotmentId }: { readonly id: TerminalId; readonly allotmentId: AllotmentId | null },
  at: number,
): Promise<void> {
  const event = allotmentId === null ? undefined : await q.waves.eventOf(allotmentId);
  if (event && event.endsAt <= at) throw new DeskError("terminal-expired", { terminal: id, name: event.name });
}

/** Before it counts again. Throws where another one has its place meanwhile. */
export async function mustFit(
  q: Queries,
  { organisationId, allotmentId }: Pick<TerminalWithOrganisation, "organisationId" | "allotmentId">,
  at: number,
): Promise<void> {
  if (allotmentId === null) return;
  const own = (await q.waves.inForce([organisationId], at)).find(({ id }) => id === allotmentId);
  if (own && leftOf(own) === 0) throw new DeskError("allotment-used-up", {});
}

/** So many days before the end somebody is told. */
export const NOTICE_DAYS = [7, 1] as const;

/**
 * IDs in use whose last day is in so many days, by organisation: for the notices 7 days and 1 day before. Asked once on a day, each is
 * named once. `now`: epoch ms.
 */
export async function expiringIn(q: Queries, days: number, now: number, reach = EVERYTHING.reach): Promise<Expiring[]> {
  const day = new Date(now);
  const end = new Date(day.getFullYear(), day.getMonth(), day.getDate() + days + 1).getTime();
  return q.waves.expiring(reach, end - 1, end);
}
