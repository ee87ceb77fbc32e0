/** What is asked of whoever wants to come in: at a nine o'clock all of it by everybody, so each look is one question. */
import { type Kysely, sql } from "kysely";
import type { KeyCode, Login, OrganisationCode, OrganisationId, PersonId, PublicKey } from "../../protocol/ids.ts";
import type { DeviceRow, OrganisationRow, PersonRow, Tables } from "../rows/tables.ts";
import { isInForce } from "./locks.ts";
import { ORGANISATION } from "./organisations.ts";
import { PERSON, type PersonWithRefusals, REFUSED } from "./people.ts";
import { Statement } from "./statement.ts";

/** With how much there is of what a sign-in would have to look for. */
export interface PersonAtDoor extends PersonWithRefusals {
  usedCodes: number;
  openSignIns: number;
  /** 1: somebody has set a policy, for whomever. */
  policiesSet: 0 | 1;
}

type Db = Kysely<Tables>;

/** Two of them, and the one that has this code. */
const CALLED = new Statement((db: Db, { code }: { code: OrganisationCode }) => {
  const organisations = db.selectFrom("organisations").select(ORGANISATION);
  const some = db.selectFrom(organisations.limit(2).as("some")).selectAll();
  return some.unionAll(organisations.where("organisations.code", "=", code));
});
/** No row has it: it is too short. */
const NO_CODE = "-" as OrganisationCode;

interface Named {
  readonly organisation: OrganisationId;
  readonly login: Login;
  readonly key: PublicKey;
}

const NAMED = new Statement((db: Db, { organisation, login, key }: Named) =>
  db
    .selectFrom("people")
    .leftJoin("devices", (join) =>
      join
        .onRef("devices.personId", "=", "people.id")
        .on("devices.publicKey", "=", key)
        .on("devices.removedAt", "is", null),
    )
    .select(PERSON)
    .select([
      "devices.id as deviceId",
      "devices.organisationId as deviceOrganisationId",
      "devices.publicKey as deviceKey",
      "devices.code as deviceCode",
      "devices.addedAt as deviceAddedAt",
      "devices.approvedAt as deviceApprovedAt",
      "devices.approvedBy as deviceApprovedBy",
      "devices.lastUsedAt as deviceLastUsedAt",
      "devices.failures as deviceFailures",
    ])
    .where("people.login", "=", login)
    .where("people.organisationId", "=", organisation),
);

const WITH_DEVICE = new Statement((db: Db, { id, device, now }: { id: PersonId; device: string; now: number }) => {
  const usedCodes = db
    .selectFrom("usedCodes")
    .select(({ fn }) => fn.countAll<number>().as("total"))
    .where("usedCodes.personId", "=", id);
  const openSignIns = db
    .selectFrom("signIns")
    .select(({ fn }) => fn.countAll<number>().as("total"))
    .where("signIns.personId", "=", id)
    .where("signIns.endedAt", "is", null)
    .where("signIns.endsAt", ">", now);
  return db
    .selectFrom("people")
    .innerJoin("devices", "devices.personId", "people.id")
    .select([...PERSON, ...REFUSED])
    .select([
      sql<number>`(${usedCodes})`.as("usedCodes"),
      sql<number>`(${openSignIns})`.as("openSignIns"),
      sql<0 | 1>`exists (select 1 from policies)`.as("policiesSet"),
    ])
    .where("people.id", "=", id)
    .where("devices.id", "=", device)
    .where("devices.removedAt", "is", null);
});

interface Trying {
  readonly person: PersonId;
  readonly step: number;
  readonly now: number;
}

const TRYING = new Statement((db: Db, { person, step, now }: Trying) => {
  const locks = db
    .selectFrom("locks")
    .select(({ fn }) => fn.countAll().as("total"))
    .where(isInForce(now));
  const uses = db.selectFrom("usedCodes").where("personId", "=", person).where("step", "=", step);
  return db.selectNoFrom([
    sql<number>`(${locks})`.as("locks"),
    sql<number>`(${uses.select(({ fn }) => fn.countAll().as("total"))})`.as("uses"),
    sql<KeyCode | null>`(${uses.select("waitingDevice")})`.as("waitingDevice"),
  ]);
});

export class DoorQueries {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** The organisation that has this code, or whichever there is where there is only one. */
  async organisation(code: OrganisationCode | undefined): Promise<OrganisationRow | undefined> {
    const found = await CALLED.all(this.#db, { code: code ?? NO_CODE });
    if (code !== undefined) return found.find((one) => one.code === code);
    return found.length === 1 ? found[0] : undefined;
  }

  /** Who has this login there, and their device with this key, unless it was removed. */
  async person(named: Named): Promise<{ person: PersonRow; device: DeviceRow | undefined } | undefined> {
    const row = await NAMED.first(this.#db, named);
    return row && apart(row);
  }

  /** How many locks there are on whomever, how often this code was used (once at most), and by whom it made wait. */
  async trying(one: Trying): Promise<{ locks: number; uses: number; waitingDevice: KeyCode | null }> {
    const [found] = await TRYING.all(this.#db, one);
    if (!found) throw new Error("a question without a condition has one answer");
    return found;
  }

  /** With what was refused under their login. Undefined, too, where this is no device of theirs, or one no longer. */
  withDevice(id: PersonId, device: string, now: number): Promise<PersonAtDoor | undefined> {
    return WITH_DEVICE.first(this.#db, { id, device, now });
  }
}

type NamedRow = NonNullable<Awaited<ReturnType<typeof NAMED.first>>>;

function apart(row: NamedRow): { person: PersonRow; device: DeviceRow | undefined } {
  const { deviceId, deviceOrganisationId, deviceKey, deviceCode, deviceAddedAt, ...rest } = row;
  const { deviceApprovedAt, deviceApprovedBy, deviceLastUsedAt, deviceFailures, ...person } = rest;
  if (deviceId === null) return { person, device: undefined };
  const device = {
    ...{ id: deviceId, organisationId: deviceOrganisationId, personId: person.id, publicKey: deviceKey },
    ...{ code: deviceCode, addedAt: deviceAddedAt, approvedAt: deviceApprovedAt, approvedBy: deviceApprovedBy },
    ...{ lastUsedAt: deviceLastUsedAt, failures: deviceFailures, removedAt: null },
  };
  return { person, device: device as DeviceRow }; // its columns are there together, or none is
}
