/** Rows for a crowd, by the store's own queries: enrolled office PCs, people with a registered browser and a grant for one PC. */
import { randomBytes, randomUUID } from "node:crypto";
import { Passwords } from "../../../signaling/auth/password.ts";
import { newSeed } from "../../../signaling/auth/totp.ts";
import {
  CROCKFORD,
  Login,
  OrganisationCode,
  OrganisationId,
  PersonId,
  type PublicKey,
  TerminalId,
} from "../../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair, keyCode } from "../../../signaling/protocol/signed.ts";
import { openStore } from "../../../signaling/store/open.ts";
import type { Queries } from "../../../signaling/store/queries.ts";
import { Sealer } from "../../../signaling/store/sealer.ts";
import type { Store } from "../../../signaling/store/store.ts";
import type { Crowd, Server } from "./server.ts";

/** Rows in one write. */
const SLICE = 1_000;
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
  readonly terminals: readonly TerminalId[];
  /** All office PCs have this one: what is measured is the server. */
  readonly keys: CryptoKeyPair;
  readonly publicKey: PublicKey;
  readonly people: readonly Person[];
}

/** Before the server starts. */
export async function fill(server: Pick<Server, "stateDir" | "storeKey">, crowd: Crowd): Promise<Rows> {
  const store = await openStore({ stateDir: server.stateDir });
  try {
    const organisation = OrganisationId.parse(randomUUID());
    const town = { id: organisation, name: "見本市", kind: "municipality", parentId: null } as const;
    const code = OrganisationCode.parse("mihon");
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
          await insertPerson(q, { person, code: codes[i] ?? "", organisation, passwordHash, sealer });
      });
      people.push(...newcomers);
    }
    return { terminals: terminals.slice(0, crowd.agents), keys, publicKey, people };
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

function newTerminalId(): TerminalId {
  const text = Array.from(randomBytes(12), (byte) => CROCKFORD[byte % CROCKFORD.length]).join("");
  return TerminalId.parse(text.replace(/(.{4})(?=.)/g, "$1-"));
}

async function newPerson(number: number, terminal: TerminalId): Promise<Person> {
  const keys = await generateKeyPair(true);
  const publicKey = await exportPublicKey(keys.publicKey);
  return { login: Login.parse(`shokuin${number}`), seed: newSeed(), keys, publicKey, terminal };
}

async function insertPerson(
  q: Queries,
  about: { person: Person; code: string; organisation: OrganisationId; passwordHash: string; sealer: Sealer },
): Promise<void> {
  const { person, code, organisation: organisationId, passwordHash, sealer } = about;
  const id = PersonId.parse(randomUUID());
  const at = Date.now();
  const { login, seed, publicKey } = person;
  await q.people.insert({
    ...{ id, organisationId, divisionId: null, login, name: login, passwordHash, passwordChangedAt: at },
    ...{ totpSeed: sealer.seal(seed, id), failures: 0, createdAt: at, disabledAt: null },
    ...{ mustChange: 0, seedConfirmedAt: at, driftLowMs: null, driftHighMs: null, driftAt: null },
  });
  await q.devices.insert({
    ...{ id: randomUUID(), organisationId, personId: id, publicKey, code: code as Awaited<ReturnType<typeof keyCode>> },
    ...{ addedAt: at, approvedAt: at, approvedBy: "bench", lastUsedAt: null, failures: 0, removedAt: null },
  });
  await q.terminals.putGrant({ organisationId, personId: id, terminalId: person.terminal, createdAt: at, until: null });
}

function slicesOf<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / SLICE) }, (_, i) => all.slice(i * SLICE, (i + 1) * SLICE));
}
