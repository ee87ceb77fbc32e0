/**
 * Version 24: one open session on each office PC, whoever asks for one at the same moment and on which server. Of several that are
 * open in what is there (a server that died before it had written their end) the newest stays.
 */
import { type Kysely, sql } from "kysely";

// biome-ignore lint/suspicious/noExplicitAny: as in migrations.ts
type AnyDb = Kysely<any>;

export async function oneSession(db: AnyDb): Promise<void> {
  await sql`
    update sessions set ended_at = requested_at, reason = 'agent-left'
    where ended_at is null and exists (
      select 1 from sessions later where later.terminal_id = sessions.terminal_id and later.ended_at is null
        and (later.requested_at > sessions.requested_at
          or (later.requested_at = sessions.requested_at and later.id > sessions.id))
    )`.execute(db);
  await db.schema
    .createIndex("sessionsOpenOnce")
    .on("sessions")
    .column("terminalId")
    .unique()
    .where(sql.ref("ended_at"), "is", null)
    .execute();
}
