/** A store of its own for a test, with the people and office PCs it needs. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Passwords } from "../../signaling/auth/password.ts";
import { operatorAs } from "../../signaling/auth/principal.ts";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { codeAt, seedOfUri } from "../../signaling/auth/totp.ts";
import { loadAdminConfig } from "../../signaling/config.ts";
import type { Desk } from "../../signaling/organisations/desk.ts";
import { approveDevice } from "../../signaling/organisations/devices.ts";
import { addGrant } from "../../signaling/organisations/grants.ts";
import { type Listing, list } from "../../signaling/organisations/listing.ts";
import { addOrganisation } from "../../signaling/organisations/organisations.ts";
import { addPerson } from "../../signaling/organisations/people.ts";
import { issueToken } from "../../signaling/organisations/terminals.ts";
import type { DatabaseServer } from "../../signaling/postgres/settings.ts";
import {
  type KeyCode,
  Login,
  OrganisationId,
  type PersonId,
  PublicKey,
  type Signature,
  type TerminalId,
} from "../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair, keyCode, sign } from "../../signaling/protocol/signed.ts";
import { openStore } from "../../signaling/store/open.ts";
import type { WaitingDevice } from "../../signaling/store/queries/devices.ts";
import { EVERYTHING, type ListFilter } from "../../signaling/store/queries/lists.ts";
import { Sealer } from "../../signaling/store/sealer.ts";
import type { Store } from "../../signaling/store/store.ts";

export interface TestStore {
  readonly store: Store;
  readonly desk: Desk;
  readonly stateDir: string;
  readonly storeKey: Uint8Array;
  readonly auditKey: Uint8Array;
  close(): Promise<void>;
}

/** `now`: the clock of the desk. `pollMs`: how often to look for other processes' changes. `database`: instead of a file. */
export async function makeStore(
  options: { now?: () => number; pollMs?: number; database?: DatabaseServer } = {},
): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), "engawa-store-"));
  const stateDir = join(folder, "state");
  const { storeKey, auditKey } = loadAdminConfig({ ENGAWA_STATE_DIR: stateDir });
  const store = await openStore({ stateDir, auditKey, pollMs: options.pollMs ?? 50, database: options.database });
  const desk: Desk = {
    store,
    sealer: new Sealer(storeKey),
    passwords: new Passwords(),
    principal: operatorAs("administrator:test"),
    now: options.now ?? Date.now,
  };
  return {
    store,
    desk,
    stateDir,
    storeKey,
    auditKey,
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A browser's device key. */
export interface TestDevice {
  readonly publicKey: PublicKey;
  readonly code: KeyCode;
  readonly key: CryptoKey;
  sign(text: string): Promise<Signature>;
}

export async function makeDevice(): Promise<TestDevice> {
  const pair = await generateKeyPair(true);
  const publicKey = await exportPublicKey(pair.publicKey);
  const key = pair.privateKey;
  return { publicKey, code: await keyCode(publicKey), key, sign: (text) => sign(key, text) };
}

export interface TestPerson {
  readonly id: PersonId;
  readonly login: Login;
  readonly password: string;
  readonly device: TestDevice;
  /** What the authenticator app shows at this moment. */
  codeAt(at: number): string;
}

/** A person with a registered device. The organisation is made when it is the first. */
export async function makePerson(
  { desk }: { desk: Desk },
  options: { login?: string; organisation?: string; mustChange?: boolean } = {},
): Promise<TestPerson> {
  const organisation = options.organisation ?? "緑市";
  const known = await desk.store.read((q) => q.organisations.byName(organisation));
  if (!known) await addOrganisation(desk, organisation);
  const login = Login.parse(options.login ?? "sato");
  const added = await addPerson(desk, {
    organisation,
    login,
    name: `${login} さん`,
    mustChange: options.mustChange ?? false,
  });
  const device = await makeDevice();
  await registerDevice({ desk }, { person: added.id, organisation }, device);
  const seed = seedOfUri(added.otpauth);
  return { id: added.id, login, password: added.password, device, codeAt: (at) => codeAt(seed, at) };
}

export async function registerDevice(
  { desk }: { desk: Desk },
  whose: { person: PersonId; organisation: string },
  device: TestDevice,
): Promise<void> {
  const row = await desk.store.read((q) => q.organisations.byName(whose.organisation));
  const at = desk.now();
  await desk.store.write((q) =>
    q.devices.putPending(
      {
        organisationId: OrganisationId.parse(row?.id),
        personId: whose.person,
        publicKey: device.publicKey,
        code: device.code,
        seenAt: at,
        expiresAt: at + 60_000,
      },
      5,
    ),
  );
  await approveDevice(desk, device.code);
}

/** The row of a sign-in of this person with their device, for as long as one lasts. Returns its id. */
export async function makeSignIn(
  { store }: Pick<TestStore, "store">,
  { id: personId, device: { publicKey } }: Pick<TestPerson, "id" | "device">,
  { at, address }: { readonly at: number; readonly address?: string },
): Promise<string> {
  const device = await store.read((q) => q.devices.registered(personId, publicKey));
  if (!device) throw new Error("the device is not registered");
  const id = randomUUID();
  const times = { createdAt: at, lastUsedAt: at, endsAt: at + DEFAULT_SIGN_IN_LIMITS.absoluteMs };
  const { organisationId, id: deviceId } = device;
  const whose = { organisationId, personId, deviceId, ...(address !== undefined && { address }) };
  await store.write((q) => q.signIns.insert({ id, ...whose, tokenHash: id, ...times, endedAt: null, reason: null }));
  return id;
}

/** An enrolled office PC of the organisation, granted to the people given. */
export async function makeTerminal(
  { desk }: { desk: Desk },
  options: { name?: string; organisation?: string; grantedTo?: readonly Login[]; publicKey?: PublicKey } = {},
): Promise<TerminalId> {
  const { terminal } = await issueToken(desk, {
    name: options.name ?? "企画課 12",
    organisation: options.organisation ?? "緑市",
  });
  const publicKey = options.publicKey ?? (await makeDevice()).publicKey;
  await desk.store.write((q) => q.terminals.enrol(terminal, PublicKey.parse(publicKey), desk.now()));
  for (const login of options.grantedTo ?? []) await addGrant(desk, login, terminal, null);
  return terminal;
}

/** Browsers that gave the right password and code and wait. */
export const waitingDevices = ({ store, now }: Desk): Promise<WaitingDevice[]> =>
  store.read((q) => q.devices.pendingPage(EVERYTHING, now(), { limit: 100 }));

/** All rows of a list that this desk is shown. */
export async function rowsOf<Row, After, Filter extends ListFilter>(
  desk: Desk,
  listing: Listing<Row, After, Filter>,
): Promise<Row[]> {
  const all: Row[] = [];
  await list(desk, listing, {}, (rows) => all.push(...rows));
  return all;
}
