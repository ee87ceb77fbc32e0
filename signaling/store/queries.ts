/** All questions to the store, by topic. Dialect-neutral: nothing here knows SQLite. */
import type { Kysely } from "kysely";
import { AuditQueries } from "./queries/audit.ts";
import { DeviceQueries } from "./queries/devices.ts";
import { OrganisationQueries } from "./queries/organisations.ts";
import { PersonQueries } from "./queries/people.ts";
import { SessionQueries } from "./queries/sessions.ts";
import { SignInQueries } from "./queries/sign-ins.ts";
import { TerminalQueries } from "./queries/terminals.ts";
import type { Tables } from "./tables.ts";

export interface Queries {
  readonly organisations: OrganisationQueries;
  readonly people: PersonQueries;
  readonly devices: DeviceQueries;
  readonly terminals: TerminalQueries;
  readonly signIns: SignInQueries;
  readonly sessions: SessionQueries;
  readonly audit: AuditQueries;
}

export function queriesOn(db: Kysely<Tables>): Queries {
  return {
    organisations: new OrganisationQueries(db),
    people: new PersonQueries(db),
    devices: new DeviceQueries(db),
    terminals: new TerminalQueries(db),
    signIns: new SignInQueries(db),
    sessions: new SessionQueries(db),
    audit: new AuditQueries(db),
  };
}
