/** Who wants which mails of notice, and when they had the last one of a morning. */
import type { Kysely } from "kysely";
import type { OrganisationId, PersonId } from "../../protocol/ids.ts";
import type { MailAddress } from "../../protocol/mail-address.ts";
import type { NoticeRow } from "../rows/audit.ts";
import type { Tables } from "../rows/tables.ts";

export interface Noticed {
  readonly id: PersonId;
  readonly organisationId: OrganisationId;
  readonly mail: MailAddress;
}

export class NoticeQueries {
  readonly #db: Kysely<Tables>;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  /** Undefined: they have never chosen, and get both. */
  of(person: PersonId): Promise<NoticeRow | undefined> {
    return this.#db.selectFrom("notices").selectAll().where("personId", "=", person).executeTakeFirst();
  }

  async put({ personId, digest, atOnce }: Omit<NoticeRow, "digestDay">): Promise<void> {
    await this.#db
      .insertInto("notices")
      .values({ personId, digest, atOnce, digestDay: null })
      .onConflict((c) => c.column("personId").doUpdateSet({ digest, atOnce }))
      .execute();
  }

  async hadDigest(personId: PersonId, digestDay: string): Promise<void> {
    await this.#db
      .insertInto("notices")
      .values({ personId, digest: 1, atOnce: 1, digestDay })
      .onConflict((c) => c.column("personId").doUpdateSet({ digestDay }))
      .execute();
  }

  /** Those with a duty and an address who did not silence it; of the morning, those who have not had that day's. */
  async wanted(kind: "digest" | "atOnce", day?: string): Promise<Noticed[]> {
    const rows = await this.#db
      .selectFrom("people")
      .leftJoin("notices", "notices.personId", "people.id")
      .select(["people.id", "people.organisationId", "people.mail"])
      .where("people.mail", "is not", null)
      .where("people.disabledAt", "is", null)
      .where(({ exists, selectFrom }) =>
        exists(selectFrom("duties").select("duties.role").whereRef("duties.personId", "=", "people.id")),
      )
      .where(({ or, eb }) => or([eb(`notices.${kind}`, "is", null), eb(`notices.${kind}`, "=", 1)]))
      .$if(day !== undefined, (query) =>
        query.where(({ or, eb }) =>
          or([eb("notices.digestDay", "is", null), eb("notices.digestDay", "!=", day ?? "")]),
        ),
      )
      .orderBy("people.id")
      .execute();
    return rows.flatMap(({ mail, ...row }) => (mail === null ? [] : [{ ...row, mail }]));
  }
}
