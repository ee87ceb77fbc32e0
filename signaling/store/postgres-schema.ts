/**
 * The steps of migrations.ts in PostgreSQL's words, so that both engines have their tables from one source. There is one kind of
 * whole number, of 64 bits, as in SQLite; a number that the database gives is an identity.
 */
import {
  type ColumnDefinitionNode,
  type DataTypeNode,
  GeneratedNode,
  type Kysely,
  PostgresDialect,
  PostgresQueryCompiler,
  type QueryCompiler,
  sql,
} from "kysely";
import { StoreUnusable } from "./store.ts";

export class OurPostgresDialect extends PostgresDialect {
  override createQueryCompiler(): QueryCompiler {
    return new OurCompiler();
  }
}

class OurCompiler extends PostgresQueryCompiler {
  protected override visitColumnDefinition(node: ColumnDefinitionNode): void {
    const { autoIncrement, ...rest } = node;
    const generated = GeneratedNode.create({ byDefault: true, identity: true });
    super.visitColumnDefinition(autoIncrement === true ? { ...rest, generated } : node);
  }

  protected override visitDataType(node: DataTypeNode): void {
    super.visitDataType(node.dataType === "integer" ? { ...node, dataType: "bigint" } : node);
  }
}

/** Rows of one database are not put in order, nor compared, otherwise than SQLite does it: by their bytes. */
export async function mustSortByBytes(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ encoding: string; collate: string; ctype: string }>`
    select pg_encoding_to_char(encoding) as encoding, datcollate as collate, datctype as ctype
    from pg_database where datname = current_database()`.execute(db);
  const { encoding = "", collate = "", ctype = "" } = rows[0] ?? {};
  const isPlain = (locale: string) => ["C", "POSIX"].includes(locale);
  if (encoding === "UTF8" && isPlain(collate) && isPlain(ctype)) return;
  throw new StoreUnusable(
    `the database has encoding ${encoding} and locale ${collate}, it needs UTF8 and C: CREATE DATABASE engawa OWNER engawa TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`,
  );
}

const TRIGGERS = ["audit_keeps_rows", "audit_keeps_all", "changes_in_turn", "changes_told"];

/**
 * The audit is only added to (as in sqlite.ts). And of two who note changes the second begins when the first has ended, so that
 * they can be read by their numbers and none turns up behind one's back; whoever listens is told with the commit.
 */
export async function harden(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ found: number }>`
    select count(*) as found from pg_trigger where tgname in (${sql.join(TRIGGERS)})
      and tgrelid in ('audit'::regclass, 'changes'::regclass)`.execute(db);
  if (rows[0]?.found === TRIGGERS.length) return;
  await sql.raw(HARDENING).execute(db);
}

/** `changes_of_rights` as a key of an advisory lock: any number that nothing else uses. */
const CHANGES_LOCK = 4_702_001;
export const CHANGES_CHANNEL = "engawa_changes";

const HARDENING = `
  create or replace function audit_keeps_rows() returns trigger language plpgsql as $$ begin
    if tg_op = 'UPDATE'
      or old.number > coalesce((select max(number) from audit_segments where chain = old.chain), 0)
    then raise exception 'the audit is append-only'; end if;
    return old;
  end $$;
  create or replace function audit_keeps_all() returns trigger language plpgsql as $$ begin
    raise exception 'the audit is append-only';
  end $$;
  create or replace function changes_in_turn() returns trigger language plpgsql as $$ begin
    perform pg_advisory_xact_lock(${CHANGES_LOCK});
    return null;
  end $$;
  create or replace function changes_told() returns trigger language plpgsql as $$ begin
    perform pg_notify('${CHANGES_CHANNEL}', (select min(writer) from added));
    return null;
  end $$;
  create or replace trigger audit_keeps_rows before update or delete on audit
    for each row execute function audit_keeps_rows();
  create or replace trigger audit_keeps_all before truncate on audit
    for each statement execute function audit_keeps_all();
  create or replace trigger changes_in_turn before insert on changes
    for each statement execute function changes_in_turn();
  create or replace trigger changes_told after insert on changes referencing new table as added
    for each statement execute function changes_told();
`;
