/** Rows for a crowd, by the store's own queries: enrolled office PCs, people with a registered browser and a grant for one PC. */
import { randomUUID } from "node:crypto";
import { Passwords } from "../../../signaling/auth/password.ts";
import { newSeed } from "../../../signaling/auth/totp.ts";
import { newTerminalId } from "../../../signaling/organisations/terminals.ts";
import {
  type DivisionId,
  Login,
  OrganisationCode,
  OrganisationId,
  PersonId,
  type PublicKey,
  type TerminalId,
} from "../../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair, keyCode } from "../../../signaling/protocol/signed.ts";
import { openStore } from "../../../signaling/store/open.ts";
import type { Queries } from "../../../signaling/store/queries.ts";
import { Sealer } from "../../../signaling/store/sealer.ts";
import type { Store } from "../../../signaling/store/store.ts";
import type { Crowd, Server } from "./server.ts";

/** Rows in one write. */
const SLICE = 1_000;
/** Said by whoever signs in: other organisations may be beside it. */
export const TOWN_CODE = OrganisationCode.parse("mihon");
export const PASSWORD = "a password of the bench";

export interface Person {
  readonly login: Login;
  readonly seed: Uint8Array;
  readonly keys: CryptoKeyPair;
  readonly publicKey: PublicKey;
  /** The office PC they may use. */
  readonly terminal: TerminalId;
}

export interface Rows {
  readonly organisation: OrganisationId;
  readonly terminals: readonly TerminalId[];
  /** All office PCs have this one: what is measured is the server. */
  readonly keys: CryptoKeyPair;
  readonly publicKey: PublicKey;
  readonly people: readonly Person[];
}

/** Before the server starts. */
export async function fill(
  server: Pick<Server, "stateDir" | "storeKey"> & Partial<Pick<Server, "database">>,
  crowd: Crowd,
): Promise<Rows> {
  const store = await openStore({ stateDir: server.stateDir, database: server.database });
  try {
    const organisation = OrganisationId.parse(randomUUID());
    const town = { id: organisation, name: "見本市", kind: "municipality", parentId: null } as const;
    const code = TOWN_CODE;
    await store.write((q) => q.organisations.insert({ ...town, code, createdAt: Date.now() }));
    const keys = await generateKeyPair(true);
    const publicKey = await exportPublicKey(keys.publicKey);
    const terminals = await fillTerminals(store, organisation, publicKey, Math.max(crowd.agents, crowd.people));
    const sealer = new Sealer(server.storeKey);
    const passwordHash = await new Passwords().hash(PASSWORD);
    const people: Person[] = [];
    for (const slice of slicesOf(terminals.slice(0, crowd.people))) {
      const newcomers = await Promise.all(slice.map((terminal, i) => newPerson(people.length + i, terminal)));
      const codes = await Promise.all(newcomers.map((person) => keyCode(person.publicKey)));
      await store.write(async (q) => {
        for (const [i, person] of newcomers.entries())
          await insertPerson(q, {
            person,
            name: person.login,
            code: codes[i] ?? "",
            organisation,
            passwordHash,
            sealer,
          });
      });
      people.push(...newcomers);
    }
    return { organisation, terminals: terminals.slice(0, crowd.agents), keys, publicKey, people };
  } finally {
    await store.close();
  }
}

async function fillTerminals(
  store: Store,
  organisationId: OrganisationId,
  publicKey: PublicKey,
  count: number,
): Promise<TerminalId[]> {
  const ids = Array.from({ length: count }, newTerminalId);
  const at = Date.now();
  const row = { organisationId, publicKey, createdAt: at, enrolledAt: at };
  const none = { divisionId: null, disabledAt: null, lastSeenAt: null, interfaces: null };
  for (const slice of slicesOf(ids))
    await store.write(async (q) => {
      for (const id of slice) await q.terminals.insert({ ...row, ...none, id, name: `庁内PC ${id}` });
    });
  return ids;
}

async function newPerson(number: number, terminal: TerminalId): Promise<Person> {
  const keys = await generateKeyPair(true);
  const publicKey = await exportPublicKey(keys.publicKey);
  return { login: Login.parse(`shokuin${number}`), seed: newSeed(), keys, publicKey, terminal };
}

export interface NewPerson {
  readonly person: Person;
  readonly name: string;
  /** Of their browser's key. */
  readonly code: string;
  readonly organisation: OrganisationId;
  readonly division?: DivisionId;
  readonly passwordHash: string;
  readonly sealer: Sealer;
}

/** With a registered browser, and a grant for their office PC. */
export async function insertPerson(q: Queries, about: NewPerson): Promise<PersonId> {
  const { person, name, code, organisation: organisationId, division = null, passwordHash, sealer } = about;
  const id = PersonId.parse(randomUUID());
  const at = Date.now();
  const { login, seed, publicKey } = person;
  await q.people.insert({
    ...{ id, organisationId, divisionId: division, login, name, passwordHash, passwordChangedAt: at },
    ...{ totpSeed: sealer.seal(seed, id), failures: 0, createdAt: at, disabledAt: null, mail: null },
    ...{ mustChange: 0, seedConfirmedAt: at, driftLowMs: null, driftHighMs: null, driftAt: null },
  });
  await q.devices.insert({
    ...{ id: randomUUID(), organisationId, personId: id, publicKey, code: code as Awaited<ReturnType<typeof keyCode>> },
    ...{ addedAt: at, approvedAt: at, approvedBy: "bench", lastUsedAt: null, failures: 0, removedAt: null },
  });
  await q.terminals.putGrant({ organisationId, personId: id, terminalId: person.terminal, createdAt: at, until: null });
  return id;
}

export function slicesOf<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / SLICE) }, (_, i) => all.slice(i * SLICE, (i + 1) * SLICE));
}
