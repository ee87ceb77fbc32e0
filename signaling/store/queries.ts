/** All questions to the store, by topic. Dialect-neutral: nothing here knows SQLite. */
import type { Kysely } from "kysely";
import type { AtEnd } from "./at-end.ts";
import { AuditQueries } from "./queries/audit.ts";
import { AuditHeadQueries } from "./queries/audit-heads.ts";
import type { AuditSeal } from "./queries/audit-seal.ts";
import { ChangeQueries } from "./queries/changes.ts";
import { ConfirmationQueries } from "./queries/confirmations.ts";
import type { Phrases } from "./queries/console-bases.ts";
import { ConsoleListQueries } from "./queries/console-lists.ts";
import { ConsoleRowQueries } from "./queries/console-rows.ts";
import { DeviceQueries } from "./queries/devices.ts";
import { DoorQueries } from "./queries/door.ts";
import { DutyQueries } from "./queries/duties.ts";
import { ForgetQueries } from "./queries/forgets.ts";
import { ImportQueries } from "./queries/imports.ts";
import { LockQueries } from "./queries/locks.ts";
import { MailCodeQueries } from "./queries/mail-codes.ts";
import { NodeQueries } from "./queries/nodes.ts";
import { NoticeQueries } from "./queries/notices.ts";
import { OrganisationQueries } from "./queries/organisations.ts";
import { PersonQueries } from "./queries/people.ts";
import { PolicyQueries } from "./queries/policies.ts";
import { ReceiptQueries } from "./queries/receipts.ts";
import { RefusalQueries } from "./queries/refusals.ts";
import { RequestQueries } from "./queries/requests.ts";
import { SessionQueries } from "./queries/sessions.ts";
import { SignInQueries } from "./queries/sign-ins.ts";
import { TerminalQueries } from "./queries/terminals.ts";
import { WaveQueries } from "./queries/waves.ts";
import type { Note } from "./rows/changes.ts";
import type { Tables } from "./rows/tables.ts";

export interface Queries {
  readonly organisations: OrganisationQueries;
  readonly duties: DutyQueries;
  readonly confirmations: ConfirmationQueries;
  readonly people: PersonQueries;
  readonly door: DoorQueries;
  readonly mailCodes: MailCodeQueries;
  readonly devices: DeviceQueries;
  readonly forgets: ForgetQueries;
  readonly terminals: TerminalQueries;
  readonly signIns: SignInQueries;
  readonly sessions: SessionQueries;
  readonly receipts: ReceiptQueries;
  readonly nodes: NodeQueries;
  readonly notices: NoticeQueries;
  readonly requests: RequestQueries;
  readonly locks: LockQueries;
  readonly policies: PolicyQueries;
  readonly waves: WaveQueries;
  readonly audit: AuditQueries;
  readonly auditHeads: AuditHeadQueries;
  readonly refusals: RefusalQueries;
  readonly changes: ChangeQueries;
  readonly imports: ImportQueries;
  readonly lists: ConsoleListQueries;
  readonly rows: ConsoleRowQueries;
  /** What a write does last. */
  readonly atEnd: AtEnd<Queries>;
}

export interface QueriesOptions {
  /** Hears whose rights a question changes. */
  readonly note: Note;
  readonly phrases: Phrases;
  readonly seal: AuditSeal | undefined;
  readonly atEnd: AtEnd<Queries>;
}

export function queriesOn(db: Kysely<Tables>, { note, phrases, seal, atEnd }: QueriesOptions): Queries {
  return {
    organisations: new OrganisationQueries(db, note),
    duties: new DutyQueries(db),
    confirmations: new ConfirmationQueries(db),
    people: new PersonQueries(db, note),
    door: new DoorQueries(db),
    mailCodes: new MailCodeQueries(db),
    devices: new DeviceQueries(db, note),
    forgets: new ForgetQueries(db, note),
    terminals: new TerminalQueries(db, note),
    signIns: new SignInQueries(db, note),
    sessions: new SessionQueries(db, note),
    receipts: new ReceiptQueries(db),
    nodes: new NodeQueries(db),
    notices: new NoticeQueries(db),
    requests: new RequestQueries(db, note),
    locks: new LockQueries(db, note),
    policies: new PolicyQueries(db, note),
    waves: new WaveQueries(db, note),
    audit: new AuditQueries(db, seal),
    auditHeads: new AuditHeadQueries(db),
    refusals: new RefusalQueries(db),
    changes: new ChangeQueries(db),
    imports: new ImportQueries(db),
    lists: new ConsoleListQueries(db, phrases),
    rows: new ConsoleRowQueries(db),
    atEnd,
  };
}
