/** What every store promises (signaling/store/store.ts). Each adapter is run through the same sentences. */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Passwords } from "../../signaling/auth/password.ts";
import { operatorAs } from "../../signaling/auth/principal.ts";
import {
  DivisionId,
  type KeyCode,
  LiftCode,
  LiftHash,
  LockId,
  Login,
  OrganisationCode,
  OrganisationId,
  type PersonId,
  PublicKey,
  RequestId,
  SessionId,
  type TerminalId,
} from "../../signaling/protocol/ids.ts";
import { MAX_LOCK_KEPT_MS } from "../../signaling/protocol/limits.ts";
import type { PolicyLevel, PolicyRules } from "../../signaling/protocol/policy.ts";
import { openStore } from "../../signaling/store/open.ts";
import { EVERYTHING } from "../../signaling/store/queries/lists.ts";
import { type Changes, MAX_CHANGES } from "../../signaling/store/rows/changes.ts";
import type { RequestRow } from "../../signaling/store/rows/requests.ts";
import type { LockRow, SignInRow } from "../../signaling/store/rows/tables.ts";
import { Sealer } from "../../signaling/store/sealer.ts";
import type { Store } from "../../signaling/store/store.ts";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";
import { makeDevice, makePerson, makeTerminal } from "../support/store.ts";

const [CODE, OTHER] = ["AAAAA-AAAAA-AAAAA-AAAAA", "BBBBB-BBBBB-BBBBB-BBBBB"] as KeyCode[] as [KeyCode, KeyCode];

/** `open` opens one more connection to the same data, as another process would. */
interface Place {
  open(options?: { isBesideServer?: boolean; maxBytes?: number; onTrouble?: (cause: unknown) => void }): Promise<Store>;
  remove(): void;
}

function sqlitePlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), "engawa-store-"));
  return {
    open: (options) => openStore({ stateDir: join(folder, "state"), pollMs: 20, ...options }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres({ megabytes: 500 });
});
afterAll(() => postgres.close());

function postgresPlace(): Place {
  const database = postgres.newDatabase();
  return {
    open: async ({ maxBytes, ...options } = {}) => {
      const server = await database;
      if (maxBytes === undefined) postgres.disk?.empty();
      const store = await openStore({ stateDir: "", database: server, pollMs: 20, ...options });
      if (maxBytes !== undefined) postgres.disk?.fill();
      return store;
    },
    remove: () => {},
  };
}

storeContract("sqlite", sqlitePlace);
storeContract("postgres", postgresPlace);

function storeContract(name: string, makePlace: () => Place): void {
  describe(`store: ${name}`, () => {
    const places: Place[] = [];
    const opened: Store[] = [];
    const newPlace = () => {
      const place = makePlace();
      places.push(place);
      return async (options?: Parameters<Place["open"]>[0]) => {
        const store = await place.open(options);
        opened.push(store);
        return store;
      };
    };
    const organisation = (label: string) => ({
      id: OrganisationId.parse(randomUUID()),
      name: label,
      createdAt: 1_700_000_000_000,
      kind: "municipality" as const,
      parentId: null,
      code: OrganisationCode.parse(`c-${randomUUID().slice(0, 8)}`),
    });
    const deskOf = (store: Store) => ({
      desk: {
        store,
        sealer: new Sealer(new Uint8Array(32)),
        passwords: new Passwords(),
        principal: operatorAs("administrator:test"),
        now: Date.now,
      },
    });

    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
      for (const place of places.splice(0)) place.remove();
    });

    test("keeps what was written when it is opened again", async () => {
      const open = newPlace();
      const first = await open();
      const row = organisation("緑市");
      await first.write((q) => q.organisations.insert(row));
      await first.close();
      const second = await open();
      expect(await second.read((q) => q.organisations.page(EVERYTHING, { limit: 10 }))).toEqual([
        { ...row, parentCode: null },
      ]);
    });

    test("a write that fails leaves nothing behind", async () => {
      const store = await newPlace()();
      const failing = store.write(async (q) => {
        await q.organisations.insert(organisation("半分"));
        throw new Error("in the middle");
      });
      await expect(failing).rejects.toThrow("in the middle");
      expect(await store.read((q) => q.organisations.page(EVERYTHING, { limit: 10 }))).toEqual([]);
    });

    test("writes of two connections do not interleave", async () => {
      const open = newPlace();
      const stores = [await open(), await open()];
      const person = await makePerson(deskOf(stores[0] as Store));
      const taken = await Promise.all(
        Array.from({ length: 40 }, (_, i) =>
          (stores[i % 2] as Store).write(async (q) => {
            const before = await q.people.byId(person.id);
            await q.people.countFailure(person.id);
            const after = await q.people.byId(person.id);
            return (after?.failures ?? 0) - (before?.failures ?? 0);
          }),
        ),
      );
      expect(new Set(taken)).toEqual(new Set([1]));
      const row = await stores[1]?.read((q) => q.people.byId(person.id));
      expect(row?.failures).toBe(40);
    });

    test("a time step is taken once, whoever asks at the same moment", async () => {
      const open = newPlace();
      const stores = [await open(), await open()];
      const person = await makePerson(deskOf(stores[0] as Store));
      const taken = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          (stores[i % 2] as Store).write((q) => q.people.takeStep(person.id, 100, CODE)),
        ),
      );
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await stores[0]?.write((q) => q.people.takeStep(person.id, 100, OTHER))).toBe(false);
      expect(await stores[0]?.write((q) => q.people.takeStep(person.id, 101, CODE))).toBe(true);
      // a clock that was ahead and was put back: each step for itself
      expect(await stores[0]?.write((q) => q.people.takeStep(person.id, 99, CODE))).toBe(true);
      expect(await stores[0]?.write((q) => q.people.takeStep(person.id, 100, CODE))).toBe(false);
    });

    test("a time step that made a device wait lets in that one, once", async () => {
      const store = await newPlace()();
      const { id } = await makePerson(deskOf(store));
      const hold = (device: KeyCode) => store.write((q) => q.people.holdStep(id, 7, device));
      const take = (device: KeyCode) => store.write((q) => q.people.takeStep(id, 7, device));
      expect([await hold(CODE), await hold(OTHER), await hold(CODE), await take(OTHER)]).toEqual([
        true,
        false,
        true,
        false,
      ]);
      expect([await take(CODE), await take(CODE), await hold(CODE), await hold(OTHER)]).toEqual([
        true,
        false,
        false,
        false,
      ]);
    });

    test("a bounded number of used steps is remembered", async () => {
      const store = await newPlace()();
      const { id } = await makePerson(deskOf(store));
      for (let step = 0; step < 200; step += 1) await store.write((q) => q.people.takeStep(id, step, CODE));
      const uses = await store.read((q) =>
        Promise.all(Array.from({ length: 200 }, (_, step) => q.people.stepUse(id, step))),
      );
      expect(uses.flatMap((use, step) => (use ? [step] : []))).toEqual(Array.from({ length: 64 }, (_, i) => 136 + i));
    });

    test("an enrolment token is taken once and not after its end", async () => {
      const store = await newPlace()();
      await makePerson(deskOf(store));
      const terminalId = await makeTerminal(deskOf(store));
      const { organisationId } = (await store.read((q) => q.terminals.byId(terminalId))) ?? {};
      const token = {
        organisationId: OrganisationId.parse(organisationId),
        terminalId,
        createdAt: 0,
        usedAt: null,
        host: null,
      };
      await store.write((q) => q.terminals.putToken({ ...token, hash: "a", expiresAt: 1000 }));
      expect(await store.write((q) => q.terminals.takeToken("a", 1000))).toBeUndefined();
      const taken = await Promise.all([1, 2, 3].map(() => store.write((q) => q.terminals.takeToken("a", 999))));
      expect(taken.filter((one) => one?.terminalId === terminalId)).toHaveLength(1);
    });

    test("keeps the cards an office PC told last, until another PC takes its place", async () => {
      const store = await newPlace()();
      await makePerson(deskOf(store));
      const id = await makeTerminal(deskOf(store));
      const kept = () => store.read(async (q) => (await q.terminals.byId(id))?.interfaces);
      expect(await kept()).toBeNull();
      const text = JSON.stringify([{ mac: "00:11:22:33:44:55", address: "10.1.2.7", prefix: 24 }]);
      for (const told of [text, "[]", text]) {
        await store.write((q) => q.terminals.setInterfaces(id, told));
        expect(await kept()).toBe(told);
      }
      await store.write((q) => q.terminals.enrol(id, PublicKey.parse("A".repeat(122)), 1));
      expect(await kept()).toBeNull();
    });

    /** What a store is told of others, in order; `next` waits for one more. */
    const heard = async (store: Store) => {
      const told: Changes[] = [];
      let wake = () => {};
      store.onForeignChange((changes) => {
        told.push(changes);
        wake();
      });
      await store.read((q) => q.changes.newest()); // it has asked the same first: what comes now is behind that
      const next = async (): Promise<Changes> => {
        while (told.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        return told.shift() as Changes;
      };
      return { told, next };
    };

    test("tells of changes by others, whose they are, and not of its own", async () => {
      const open = newPlace();
      const mine = await open();
      const other = await open();
      const person = await makePerson(deskOf(mine));
      const terminal = await makeTerminal(deskOf(mine));
      const { told, next } = await heard(mine);
      await mine.write((q) => q.people.setDisabled(person.id, 1));
      await other.write((q) => q.terminals.setDisabled(terminal, 1));
      // had the own one been told, it would stand here, before or with the other's
      expect(await next()).toEqual([{ kind: "terminal", subject: terminal }]);
      await mine.write((q) => q.people.setDisabled(person.id, null));
      await other.write(async (q) => {
        await q.people.setDisabled(person.id, 2);
        await q.terminals.removeGrant(person.id, terminal);
      });
      expect(await next()).toEqual([{ kind: "person", subject: person.id }]);
      expect(told).toEqual([]);
    });

    test("says everything changed where it is not known what: nothing was noted, or too much, or it is gone", async () => {
      const open = newPlace();
      const mine = await open();
      const other = await open();
      const { next } = await heard(mine);
      await other.write((q) => q.organisations.insert(organisation("他")));
      expect(await next()).toBe("everything");
      const many = Array.from({ length: MAX_CHANGES + 1 }, () => SessionId.parse(randomUUID()));
      await other.write((q) =>
        q.changes.insert(
          "another",
          many.map((subject) => ({ kind: "session", subject })),
        ),
      );
      expect(await next()).toBe("everything");
      await other.write(async (q) => {
        await q.changes.insert(
          "another",
          many.slice(0, 3).map((subject) => ({ kind: "session", subject })),
        );
        await q.changes.keepNewest(1);
      });
      expect(await next()).toBe("everything");
    });

    test("says nothing of a write beside it that changed nobody's rights, and whose they are who were moved", async () => {
      const open = newPlace();
      const mine = await open();
      const beside = await open({ isBesideServer: true });
      const person = await makePerson(deskOf(mine));
      const terminal = await makeTerminal(deskOf(mine));
      const { told, next } = await heard(mine);
      await beside.write((q) => q.organisations.insert(organisation("他")));
      await beside.write((q) => q.people.setName({ id: person.id, login: person.login }, "別名"));
      await beside.write((q) => q.people.setDisabled(person.id, 1));
      // had the others been told, they would stand here, before it
      expect(await next()).toEqual([{ kind: "person", subject: person.id }]);
      await beside.write(async (q) => {
        await q.people.setDivision(person.id, null);
        await q.terminals.setDivision(terminal, null);
      });
      expect(await next()).toEqual([
        { kind: "person", subject: person.id },
        { kind: "lock", subject: "moved" },
        { kind: "terminal", subject: terminal },
      ]);
      expect(told).toEqual([]);
    });

    test("a change that was not kept is not told", async () => {
      const open = newPlace();
      const mine = await open();
      const other = await open();
      const person = await makePerson(deskOf(mine));
      const { next } = await heard(mine);
      const failing = other.write(async (q) => {
        await q.people.setDisabled(person.id, 1);
        throw new Error("in the middle");
      });
      await expect(failing).rejects.toThrow("in the middle");
      const terminal = await makeTerminal(deskOf(other));
      expect(await next()).not.toContainEqual({ kind: "person", subject: person.id });
      expect(terminal).toBeDefined();
    });

    test("without room says so with a code and the cause, keeps what it has, and works again when there is room", async () => {
      const open = newPlace();
      const roomy = await open();
      const before = organisation("前");
      await roomy.write((q) => q.organisations.insert(before));
      await roomy.close();
      const troubles: unknown[] = [];
      const tight = await open({ maxBytes: 1, onTrouble: (cause) => troubles.push(cause) }); // not below what it has
      const large = randomBytes(300_000).toString("hex");
      const writeLarge = (store: Store) => store.write((q) => q.refusals.put("large", large));
      const failed = await writeLarge(tight).catch((error: unknown) => error);
      const cause = { message: expect.stringMatching(/full|No space left/) };
      expect(failed).toMatchObject({ code: "STORAGE_UNAVAILABLE", cause });
      expect(await tight.problem()).toMatch(/full/);
      await writeLarge(tight).catch(() => {});
      expect(troubles).toHaveLength(1);
      expect(await tight.read((q) => q.organisations.page(EVERYTHING, { limit: 10 }))).toEqual([
        { ...before, parentCode: null },
      ]);
      await tight.close();
      const again = await open();
      await writeLarge(again);
      expect(await again.problem()).toBeUndefined();
      expect(await again.read((q) => q.refusals.sum("large"))).toBe(large);
    });

    test("forgets old sign-ins by and by, and only those", async () => {
      const store = await newPlace()();
      const person = await makePerson(deskOf(store));
      const row = await signInRowOf(store, person.id, person.device.publicKey);
      const add = (endsAt: number) =>
        store.write((q) => q.signIns.insert({ ...row, id: randomUUID(), tokenHash: randomUUID(), endsAt }));
      for (const endsAt of [1, 2, 3, 4, 5]) await add(endsAt);
      const forget = (organisations?: readonly OrganisationId[]) =>
        store.write((q) => q.signIns.forget({ before: 4, organisations }, 2));
      expect(await forget([organisation("別").id])).toBe(0);
      expect(await forget([row.organisationId])).toBe(2);
      expect([await forget(), await forget()]).toEqual([1, 0]);
      expect(await store.read((q) => q.signIns.openOf(person.id, 0))).toHaveLength(2);
    });

    test("forgets ended sessions by and by, and never the last one of a device at an office PC", async () => {
      const store = await newPlace()();
      const person = await makePerson(deskOf(store));
      const [here, there] = [await makeTerminal(deskOf(store)), await makeTerminal(deskOf(store), { name: "PC 2" })];
      const { organisationId } = await signInRowOf(store, person.id, person.device.publicKey);
      const add = async (terminalId: TerminalId, liveAt: number | null, endedAt: number | null) => {
        const id = SessionId.parse(randomUUID());
        await store.write((q) =>
          q.sessions.insert({
            ...{ id, organisationId, terminalId, personId: person.id, login: person.login, personName: "佐藤" },
            ...{ deviceKey: person.device.publicKey, signInId: null, requestedAt: 1, liveAt, endedAt },
            ...{ reason: endedAt === null ? null : ("viewer-left" as const), lock: null, lockAt: null },
          }),
        );
        return id;
      };
      const forgotten = [
        await add(here, 1, 2),
        await add(here, 3, 4),
        await add(here, null, 5),
        await add(there, null, 6),
      ];
      const stay = [await add(here, 7, 8), await add(there, 7, 8), await add(here, 5, null), await add(here, 6, 20)];
      const forget = (organisations?: readonly OrganisationId[]) =>
        store.write((q) => q.sessions.forget({ before: 10, organisations }, 3));
      expect(await forget([organisation("別").id])).toBe(0);
      expect([await forget([organisationId]), await forget(), await forget()]).toEqual([3, 1, 0]);
      for (const id of forgotten) expect(await store.read((q) => q.sessions.byId(id))).toBeUndefined();
      for (const id of stay) expect(await store.read((q) => q.sessions.byId(id))).toBeDefined();
    });

    test("keeps every version of policy at every place, once each, and says which is the newest", async () => {
      const store = await newPlace()();
      const [organisationId, other] = [randomUUID(), randomUUID()];
      const put = (version: number, rules: PolicyRules, place = organisationId) =>
        store.write((q) =>
          q.policies.insert({
            ...{ level: "organisation", place, version, rules: JSON.stringify(rules) },
            ...{ at: version, by: "administrator:test", because: "試行" },
          }),
        );
      expect(await store.read((q) => q.policies.areSet())).toBe(false);
      await put(1, { viewOnly: true, from: ["elsewhere"] });
      await put(2, { viewOnly: false });
      await put(1, { from: ["elsewhere"] }, other);
      await expect(put(2, {})).rejects.toThrow();
      expect(await store.read((q) => q.policies.areSet())).toBe(true);
      const newest = await store.read((q) => q.policies.newest([organisationId, "nowhere"]));
      expect(newest.map(({ version, rules }) => [version, JSON.parse(rules)])).toEqual([[2, { viewOnly: false }]]);
      const history = await store.read((q) => q.policies.history({ level: "organisation", place: organisationId }, 1));
      expect(history.map(({ version }) => version)).toEqual([2]);
      expect(await store.read((q) => q.policies.history({ level: "person", place: organisationId }, 9))).toEqual([]);
      const named = await store.read((q) => q.policies.withRule("from", ["organisation"]));
      expect(named.map(({ place }) => place)).toEqual([other]);
      expect(await store.read((q) => q.policies.withRule("from", ["server"]))).toEqual([]);
    });

    test("knows whom policy of a place concerns: those below it too, and the office PCs that they may use", async () => {
      const store = await newPlace()();
      const desk = deskOf(store);
      const [sato, mori] = [await makePerson(desk), await makePerson(desk, { login: "mori" })];
      const elsewhere = await makePerson(desk, { login: "abe", organisation: "桜町" });
      const shared = await makeTerminal(desk, { grantedTo: [sato.login, mori.login] });
      const hers = await makeTerminal(desk, { name: "PC 2", organisation: "桜町", grantedTo: [elsewhere.login] });
      const town = (await store.read((q) => q.people.byId(sato.id)))?.organisationId as OrganisationId;
      const [upper, lower] = [DivisionId.parse(randomUUID()), DivisionId.parse(randomUUID())];
      await store.write(async (q) => {
        await q.organisations.insertDivision({
          id: upper,
          organisationId: town,
          parentId: null,
          name: "総務部",
          createdAt: 1,
        });
        await q.organisations.insertDivision({
          id: lower,
          organisationId: town,
          parentId: upper,
          name: "人事課",
          createdAt: 1,
        });
        await q.people.setDivision(sato.id, lower);
      });
      const at = (level: PolicyLevel, place: string) => store.read((q) => q.policies.concerned({ level, place }));
      expect(await at("server", "server")).toEqual({ people: 3, terminals: 2 });
      expect(await at("organisation", town)).toEqual({ people: 2, terminals: 1 });
      expect(await at("division", upper)).toEqual({ people: 1, terminals: 1 });
      expect(await at("person", elsewhere.id)).toEqual({ people: 1, terminals: 1 });
      expect(await store.read((q) => q.policies.terminalsOf({ level: "division", place: lower }))).toEqual([shared]);
      const users = await store.read((q) => q.policies.usersOf([shared, hers], 1));
      expect(users.map(({ personId }) => personId).sort()).toEqual([sato.id, mori.id, elsewhere.id].sort());
    });

    test("knows who comes to the door: their organisation, their device, and how much of theirs there is", async () => {
      const store = await newPlace()();
      const { id, login, device } = await makePerson(deskOf(store));
      const organisation = (code?: OrganisationCode) => store.read((q) => q.door.organisation(code));
      const midori = await organisation();
      if (!midori) throw new Error("the only organisation is not found");
      expect(await organisation(midori.code)).toEqual(midori);
      await makePerson(deskOf(store), { organisation: "青市", login });
      expect(await organisation()).toBeUndefined(); // which of the two?
      expect(await organisation(midori.code)).toEqual(midori);
      expect(await organisation(OrganisationCode.parse("nowhere"))).toBeUndefined();

      const named = (o: { key?: PublicKey; login?: Login } = {}) =>
        store.read((q) => q.door.person({ organisation: midori.id, login, key: device.publicKey, ...o }));
      const person = await store.read((q) => q.people.byId(id));
      const registered = await store.read((q) => q.devices.registered(id, device.publicKey));
      expect(await named()).toEqual({
        person,
        device: expect.objectContaining({ id: registered?.id, code: device.code }),
      });
      expect(registered).toMatchObject((await named())?.device ?? {});
      expect(await named({ key: (await makeDevice()).publicKey })).toEqual({ person, device: undefined });
      expect(await named({ login: Login.parse("nobody") })).toBeUndefined();

      const row = await signInRowOf(store, id, device.publicKey);
      const atDoor = () => store.read((q) => q.door.withDevice(id, registered?.id ?? "", 50));
      expect(await atDoor()).toMatchObject({ id, usedCodes: 0, openSignIns: 0, policiesSet: 0, refusals: 0 });
      await store.write(async (q) => {
        for (const [name, endsAt] of [
          ["a", 100],
          ["b", 100],
          ["over", 50],
        ] as const)
          await q.signIns.insert({ ...row, id: name, tokenHash: name, endsAt });
        await q.signIns.end({ id: "b" }, 20, "signed-out");
        await q.people.takeStep(id, 7, device.code);
      });
      expect(await atDoor()).toMatchObject({ usedCodes: 1, openSignIns: 1 });
      const trying = (step: number) => store.read((q) => q.door.trying({ person: id, step, now: 50 }));
      expect(await trying(7)).toEqual({ locks: 0, uses: 1, waitingDevice: null });
      expect(await trying(8)).toEqual({ locks: 0, uses: 0, waitingDevice: null });
      await store.write((q) => q.people.holdStep(id, 8, OTHER));
      expect(await trying(8)).toEqual({ locks: 0, uses: 1, waitingDevice: OTHER });
      await store.write((q) => q.devices.remove(registered?.id ?? "", 60));
      expect([await atDoor(), await named()]).toEqual([undefined, { person, device: undefined }]);
    });

    test("of used codes the newest are remembered, also where a sign-in knows how many there are", async () => {
      const store = await newPlace()();
      const { id } = await makePerson(deskOf(store));
      const remembered = async () => {
        const uses = Array.from({ length: 70 }, (_, step) => store.read((q) => q.people.stepUse(id, step)));
        return (await Promise.all(uses)).filter((use) => use !== undefined).length;
      };
      for (let step = 0; step < 64; step += 1) await store.write((q) => q.people.takeStep(id, step, CODE, step));
      expect(await remembered()).toBe(64);
      await store.write((q) => q.people.takeStep(id, 64, CODE, 64));
      expect(await remembered()).toBe(64);
      expect(await store.read((q) => q.people.stepUse(id, 0))).toBeUndefined();
      await store.write((q) => q.people.takeStep(id, 65, CODE));
      expect(await remembered()).toBe(64);
    });

    test("ends the sign-ins of a person except one, which goes on under another token", async () => {
      const store = await newPlace()();
      const person = await makePerson(deskOf(store));
      const row = await signInRowOf(store, person.id, person.device.publicKey);
      for (const id of ["a", "b", "c"])
        await store.write((q) => q.signIns.insert({ ...row, id, tokenHash: id, lastUsedAt: 10, endsAt: 100 }));
      const ended = await store.write(async (q) => {
        await q.signIns.setToken("b", "new");
        return q.signIns.end({ personId: person.id, except: "b" }, 20, "signed-out");
      });
      expect(ended.sort()).toEqual(["a", "c"]);
      const live = (tokenHash: string) => store.read((q) => q.signIns.live({ tokenHash }, 20, 1_000));
      expect((await live("new"))?.id).toBe("b");
      for (const worthless of ["a", "b", "c"]) expect(await live(worthless)).toBeUndefined();
    });

    test("keeps whether a password has to be changed, and when codes let in first, until there is a new seed", async () => {
      const store = await newPlace()();
      const { id } = await makePerson(deskOf(store), { mustChange: true });
      const kept = async () => {
        const row = await store.read((q) => q.people.byId(id));
        return [row?.mustChange, row?.passwordChangedAt, row?.seedConfirmedAt];
      };
      expect(await kept()).toEqual([1, expect.any(Number), null]);
      await store.write((q) => q.people.setPassword(id, { hash: "h", mustChange: 0 }, 7));
      for (const at of [8, 9]) await store.write((q) => q.people.confirmSeed(id, at));
      expect(await kept()).toEqual([0, 7, 8]);
      await store.write((q) => q.people.setSeed(id, "s"));
      expect(await kept()).toEqual([0, 7, null]);
    });

    test("keeps waiting devices of one person to the bound, the newest", async () => {
      const store = await newPlace()();
      const person = await makePerson(deskOf(store));
      const organisationId = OrganisationId.parse((await store.read((q) => q.people.byId(person.id)))?.organisationId);
      const made = [];
      for (let seenAt = 1; seenAt <= 4; seenAt += 1) {
        const { publicKey, code } = await makeDevice();
        made.push(code);
        const row = { organisationId, personId: person.id, publicKey, code, seenAt, expiresAt: 100 };
        await store.write((q) => q.devices.putPending(row, 3));
      }
      const waiting = await store.read((q) => q.devices.pendingPage(EVERYTHING, 50, { limit: 10 }));
      expect(waiting.map((one) => one.code)).toEqual(made.slice(1).sort());
      expect(await store.read((q) => q.devices.pendingPage(EVERYTHING, 100, { limit: 10 }))).toEqual([]);
    });

    test("counts how often a waiting device asked", async () => {
      const store = await newPlace()();
      const person = await makePerson(deskOf(store));
      const organisationId = OrganisationId.parse((await store.read((q) => q.people.byId(person.id)))?.organisationId);
      const { publicKey, code } = await makeDevice();
      for (const seenAt of [1, 2, 3]) {
        const row = { organisationId, personId: person.id, publicKey, code, seenAt, expiresAt: 100 };
        await store.write((q) => q.devices.putPending(row, 3));
      }
      const waiting = await store.read((q) => q.devices.pendingOf(person.id, 50));
      expect(waiting).toMatchObject([{ code, asked: 3, seenAt: 3 }]);
    });

    test("leaves out terminals that are disabled, not enrolled or no longer granted", async () => {
      const store = await newPlace()();
      const { desk } = deskOf(store);
      const person = await makePerson({ desk });
      const usable = await makeTerminal({ desk }, { name: "A", grantedTo: [person.login] });
      const disabled = await makeTerminal({ desk }, { name: "B", grantedTo: [person.login] });
      const ended = await makeTerminal({ desk }, { name: "C", grantedTo: [person.login] });
      await makeTerminal({ desk }, { name: "D" });
      const organisationId = OrganisationId.parse((await store.read((q) => q.people.byId(person.id)))?.organisationId);
      await store.write(async (q) => {
        await q.terminals.setDisabled(disabled, 1);
        const grant = { organisationId, personId: person.id, terminalId: ended, createdAt: 0, until: 500 };
        await q.terminals.putGrant(grant);
      });
      const at = async (now: number) =>
        (await store.read((q) => q.terminals.usableBy(person.id, now))).map((t) => t.id);
      expect(await at(499)).toEqual([usable, ended]);
      expect(await at(500)).toEqual([usable]);
    });

    test("refuses a second audit record with the same number", async () => {
      const store = await newPlace()();
      await makePerson(deskOf(store));
      const before = await store.read((q) => q.audit.after(0, 10));
      const twice = store.write(async (q) => {
        for (const row of before) await q.audit.insert(row);
      });
      await expect(twice).rejects.toThrow();
      expect(await store.read((q) => q.audit.after(0, 10))).toEqual(before);
    });

    test("a lock is in force until its end or until it is lifted, with all that stands below what it is on", async () => {
      const store = await newPlace()();
      const [town, ken] = [organisation("緑市"), organisation("県")];
      const [lower, upper] = [randomUUID(), randomUUID()].map((id) => DivisionId.parse(id)) as [DivisionId, DivisionId];
      const row = (id: string, more: Partial<LockRow>): LockRow => ({
        ...{ id: LockId.parse(id), organisationId: town.id, kind: "division", divisionId: null, personId: null },
        ...{ deviceCode: null, terminalId: null, sessionId: null, reason: "r", setBy: "administrator:test" },
        ...{ createdAt: 1, until: null, hash: LiftHash.parse("A".repeat(43)), liftedAt: null, liftedBy: null },
        ...{ liftCode: null, ...more },
      });
      await store.write(async (q) => {
        await q.organisations.insert(ken);
        await q.organisations.insert({ ...town, parentId: ken.id });
        const division = { organisationId: town.id, createdAt: 1 };
        await q.organisations.insertDivision({ ...division, id: upper, parentId: null, name: "総務部" });
        await q.organisations.insertDivision({ ...division, id: lower, parentId: upper, name: "人事課" });
        await q.locks.insert(row("AAAA-0001", { divisionId: upper }));
        await q.locks.insert(
          row("AAAA-0002", { kind: "organisation", organisationId: ken.id, createdAt: 2, until: 100 }),
        );
      });
      const inForce = (now: number) => store.read((q) => q.locks.inForce(now));
      const [first, second] = await inForce(99);
      const atDoor = (now: number) => store.read((q) => q.door.trying({ person: town.id as never, step: 1, now }));
      expect([(await atDoor(99)).locks, (await atDoor(100)).locks]).toEqual([2, 1]);
      expect(first).toMatchObject({ id: "AAAA-0001", divisions: new Set([upper, lower]), organisations: new Set() });
      expect(second).toMatchObject({ id: "AAAA-0002", organisations: new Set([ken.id, town.id]) });
      expect((await inForce(100)).map(({ id }) => id)).toEqual(["AAAA-0001"]);
      const lift = (code: LiftCode | null) =>
        store.write((q) => q.locks.lift(LockId.parse("AAAA-0001"), "x", 50, code));
      expect([await lift(null), await lift(null)]).toEqual([true, false]);
      expect(await inForce(100)).toEqual([]);
      expect(await store.read((q) => q.locks.lifted(100))).toEqual([]);
      const code = LiftCode.parse("AAAAA-AAAAA-AAAAA-AAAAA");
      expect([await lift(code), await lift(code)]).toEqual([true, false]);
      expect((await store.read((q) => q.locks.lifted(100))).map(({ liftCode }) => liftCode)).toEqual([code]);
      expect(await store.read((q) => q.locks.lifted(50 + MAX_LOCK_KEPT_MS))).toEqual([]);
    });

    test("approved overtime lasts until its end, or until it was taken back or given up", async () => {
      const store = await newPlace()();
      const { id: person } = await makePerson(deskOf(store));
      const { organisationId } = (await store.read((q) => q.people.byId(person))) ?? {};
      if (organisationId === undefined) throw new Error("nobody");
      const at = (hour: number) => hour * 3_600_000;
      const wish = (state: RequestRow["state"], since: number, until: number, decidedAt: number): RequestRow => ({
        ...{ id: RequestId.parse(randomUUID()), organisationId, personId: person, kind: "overtime", purpose: "決算" },
        ...{ terminalId: null, since: at(since), until: at(until), expiresAt: at(until), needed: 1, answers: "[]" },
        ...{ state, askedAt: at(16), decidedAt: at(decidedAt) },
      });
      const extension = async () => (await store.read((q) => q.requests.extensions([person], at(18)))).get(person);
      const terminalId = await makeTerminal(deskOf(store));
      const behind = (requestedAt: number) =>
        store.read((q) => q.requests.behind({ personId: person, terminalId, requestedAt: at(requestedAt) }, at(22)));
      const asked = () => store.read((q) => q.requests.overtimeOf([person], { from: at(0), to: at(24) }));
      await store.write((q) => q.requests.insert(wish("refused", 17, 23, 16)));
      expect(await extension()).toBeUndefined();
      await store.write((q) => q.requests.insert(wish("taken-back", 17, 22, 19)));
      expect(await extension()).toBe(at(19));
      expect([(await behind(18)).length, (await behind(20)).length]).toEqual([1, 0]);
      await store.write((q) => q.requests.insert(wish("given-up", 18, 23, 20)));
      await store.write((q) => q.requests.insert(wish("given-up", 20, 23, 18)));
      expect(await extension()).toBe(at(20));
      await store.write((q) => q.requests.insert(wish("approved", 17, 21, 16)));
      expect(await extension()).toBe(at(21));
      // what was given up before it began is as what was withdrawn
      const states = (await asked()).map(({ state }) => state).sort();
      expect(states).toEqual(["approved", "given-up", "refused", "taken-back"]);
    });

    test("close may be called twice and waits for what is running", async () => {
      const store = await newPlace()();
      const running = store.write((q) => q.organisations.insert(organisation("最後")));
      await Promise.all([store.close(), store.close()]);
      await expect(running).resolves.toBeUndefined();
      await expect(store.read((q) => q.organisations.page(EVERYTHING, { limit: 10 }))).rejects.toThrow("closed");
    });
  });
}

async function signInRowOf(store: Store, personId: PersonId, publicKey: PublicKey): Promise<SignInRow> {
  const device = await store.read((q) => q.devices.registered(personId, publicKey));
  if (!device) throw new Error("no device");
  const { organisationId, id: deviceId } = device;
  const times = { createdAt: 0, lastUsedAt: 0, endsAt: 0, endedAt: null, reason: null };
  return { id: "", organisationId, personId, deviceId, tokenHash: "", ...times };
}
