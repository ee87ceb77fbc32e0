/**
 * Two persons for what lets somebody in: where the policy says so (ENGAWA_TWO_PERSONS), one asks and another one confirms within
 * a day. What is to be done is kept as it was asked for, and looked at again when it is done (confirm.ts).
 */
import { z } from "zod";
import type { TwoPersonAction } from "../auth/permissions.ts";
import { randomLetters } from "../auth/random-letters.ts";
import { KeyCode, Login, type OrganisationId, PersonId, PublicKey } from "../protocol/ids.ts";
import type { OfConfirmation } from "../store/queries/confirmations.ts";
import type { Whose } from "../store/queries/lists.ts";
import type { Queries } from "../store/queries.ts";
import type { ConfirmationRow } from "../store/rows/tables.ts";
import { type Asking, type Desk, perform } from "./desk.ts";
import type { Listing } from "./listing.ts";
import { withWhose } from "./places.ts";

const WAITS_MS = 24 * 3_600_000;

/** What is kept of a wish: to whom, and to which browser. */
const Wish = z.discriminatedUnion("action", [
  z.strictObject({
    action: z.literal("device.approve"),
    person: PersonId,
    login: Login,
    publicKey: PublicKey,
    code: KeyCode,
  }),
  z.strictObject({ action: z.literal("otp.reset"), person: PersonId, login: Login }),
]);
export type Wish = z.infer<typeof Wish>;

/** It waits for somebody else. */
export interface Waits {
  /** To be said to the second person. */
  readonly confirmation: string;
  readonly askedBy: string;
  readonly expiresAt: number;
}

export const needsTwo = (desk: Desk, action: TwoPersonAction): boolean => desk.twoPersons?.has(action) ?? false;

/** Whatever was done, or what has to be confirmed first. */
export const isWaiting = (outcome: object): outcome is Waits => "confirmation" in outcome;

/** Instead of doing it. `look` finds what is meant and asks the table whether this first person may do it. */
export function askSecond(
  desk: Desk,
  find: (q: Queries, ask: Asking, at: number) => Promise<{ organisation: OrganisationId; wish: Wish }>,
): Promise<Waits> {
  return perform(desk, "confirmation.asked", async (q, ask, at) => {
    const asked = await find(q, ask, at);
    const { waits, about } = await askInside(desk, q, asked, at);
    return { organisation: asked.organisation, about, result: waits };
  });
}

/** As a part of another action, which asks the table and keeps the record. */
export async function askInside(
  { principal }: Pick<Desk, "principal">,
  q: Queries,
  { organisation, wish }: { organisation: OrganisationId; wish: Wish },
  at: number,
): Promise<{ waits: Waits; about: Record<string, string | null> }> {
  await q.confirmations.forget(at);
  const { action, person: personId, ...rest } = wish;
  const row: ConfirmationRow = {
    ...{ id: randomLetters(2, 4), organisationId: organisation, personId, action, about: JSON.stringify(rest) },
    ...{ askedBy: principal.who, askedAt: at, expiresAt: at + WAITS_MS, confirmedBy: null, confirmedAt: null },
  };
  const before = await q.confirmations.same(row, at);
  if (!before) await q.confirmations.insert(row);
  const { id, askedBy, expiresAt } = before ?? row;
  const about = { confirmation: id, action, login: wish.login, code: "code" in wish ? wish.code : null };
  return { waits: { confirmation: id, askedBy, expiresAt }, about };
}

export interface WaitingConfirmation extends Pick<ConfirmationRow, "id" | "askedBy" | "askedAt" | "expiresAt"> {
  readonly wish: Wish;
  readonly whose: Whose;
}

/** The oldest first. */
export const confirmations: Listing<WaitingConfirmation, OfConfirmation> = {
  action: "confirmation.read",
  async page(q, filter, page, now) {
    const rows = (await q.confirmations.page(filter, now, page)).map((row) => ({ ...row, wish: wishOf(row) }));
    const shown = await withWhose(
      q,
      rows.map((row) => ({ ...row, login: row.wish.login })),
    );
    return shown.map(({ id, askedBy, askedAt, expiresAt, wish, whose }) => ({
      ...{ id, askedBy, askedAt, expiresAt, wish, whose },
    }));
  },
  count: (q, filter, now) => q.confirmations.count(filter, now),
  afterOf: ({ askedAt, id }) => [askedAt, id],
};

export const wishOf = ({ action, about, personId: person }: ConfirmationRow): Wish =>
  Wish.parse({ action, person, ...JSON.parse(about) });

/** As people type it. */
export const parseConfirmation = (typed: string): string => typed.trim().toUpperCase();
