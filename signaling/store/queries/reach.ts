/** Where somebody may look, as a condition on rows: read are those in reach, and no others. */
import { type RawBuilder, sql } from "kysely";
import type { DivisionId, OrganisationId } from "../../protocol/ids.ts";

export interface ReachPart {
  readonly organisation: OrganisationId;
  /** With the organisations below it. */
  readonly below?: boolean;
  /** This one and those below it only. */
  readonly division?: DivisionId;
}

/** Empty: nowhere. */
export type Reach = "everywhere" | readonly ReachPart[];

/** For rows with the columns `organisation_id`, `division_id` and `other_division_id`. */
export function within(reach: Reach): RawBuilder<boolean> {
  if (reach === "everywhere") return sql<boolean>`1 = 1`;
  if (reach.length === 0) return sql<boolean>`1 = 0`;
  return sql<boolean>`(${sql.join(reach.map(inPart), sql` or `)})`;
}

/** What stands in no division, as the audit does: whoever looks after a division only sees none of it. */
export const wholeOrganisations = (reach: Reach): Reach =>
  reach === "everywhere" ? reach : reach.filter(({ division }) => division === undefined);

function inPart({ organisation, below, division }: ReachPart): RawBuilder<boolean> {
  if (below) return sql`organisation_id in (${organisationsBelow(organisation)})`;
  if (division === undefined) return sql`organisation_id = ${organisation}`;
  const divisions = divisionsBelow(sql`id = ${division}`);
  return sql`(organisation_id = ${organisation} and (division_id in (${divisions}) or other_division_id in (${divisions})))`;
}

const organisationsBelow = (id: OrganisationId) => sql`
  with recursive part (id) as (
    select id from organisations where id = ${id}
    union select lower.id from organisations lower join part on lower.parent_id = part.id
  ) select id from part`;

/** Those for which the condition holds, and all below them. */
export const divisionsBelow = (condition: RawBuilder<unknown>) => sql`
  with recursive part (id) as (
    select id from divisions where ${condition}
    union select lower.id from divisions lower join part on lower.parent_id = part.id
  ) select id from part`;
