/** What every store promises (signaling/store/store.ts). Each adapter is run through the same sentences. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { Passwords } from "../../signaling/auth/password.ts";
import { OrganisationId, PublicKey } from "../../signaling/protocol/ids.ts";
import { openStore } from "../../signaling/store/open.ts";
import { Sealer } from "../../signaling/store/sealer.ts";
import type { Store } from "../../signaling/store/store.ts";
import { makeDevice, makePerson, makeTerminal } from "../support/store.ts";

/** `open` opens one more connection to the same data, as another process would. */
interface Place {
  open(): Promise<Store>;
  remove(): void;
}

function sqlitePlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), "engawa-store-"));
  return {
    open: () => openStore({ stateDir: join(folder, "state"), pollMs: 20 }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

storeContract("sqlite", sqlitePlace);

function storeContract(name: string, makePlace: () => Place): void {
  describe(`store: ${name}`, () => {
    const places: Place[] = [];
    const opened: Store[] = [];
    const newPlace = () => {
      const place = makePlace();
      places.push(place);
      return async () => {
        const store = await place.open();
        opened.push(store);
        return store;
      };
    };
    const organisation = (label: string) => ({
      id: OrganisationId.parse(randomUUID()),
      name: label,
      createdAt: 1_700_000_000_000,
    });
    const deskOf = (store: Store) => ({
      desk: {
        store,
        sealer: new Sealer(new Uint8Array(32)),
        passwords: new Passwords(),
        actor: "administrator:test" as const,
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
      expect(await second.read((q) => q.organisations.list())).toEqual([row]);
    });

    test("a write that fails leaves nothing behind", async () => {
      const store = await newPlace()();
      const failing = store.write(async (q) => {
        await q.organisations.insert(organisation("半分"));
        throw new Error("in the middle");
      });
      await expect(failing).rejects.toThrow("in the middle");
      expect(await store.read((q) => q.organisations.list())).toEqual([]);
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
        Array.from({ length: 50 }, (_, i) => (stores[i % 2] as Store).write((q) => q.people.takeStep(person.id, 100))),
      );
      expect(taken.filter(Boolean)).toHaveLength(1);
      expect(await stores[0]?.write((q) => q.people.takeStep(person.id, 99))).toBe(false);
      expect(await stores[0]?.write((q) => q.people.takeStep(person.id, 101))).toBe(true);
    });

    test("an enrolment token is taken once and not after its end", async () => {
      const store = await newPlace()();
      await makePerson(deskOf(store));
      const terminalId = await makeTerminal(deskOf(store));
      const { organisationId } = (await store.read((q) => q.terminals.byId(terminalId))) ?? {};
      const token = { organisationId: OrganisationId.parse(organisationId), terminalId, createdAt: 0, usedAt: null };
      await store.write((q) => q.terminals.putToken({ ...token, hash: "a", expiresAt: 1000 }));
      expect(await store.write((q) => q.terminals.takeToken("a", 1000))).toBeUndefined();
      const taken = await Promise.all([1, 2, 3].map(() => store.write((q) => q.terminals.takeToken("a", 999))));
      expect(taken.filter((one) => one === terminalId)).toHaveLength(1);
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

    test("tells of changes by others, and not of its own", async () => {
      const open = newPlace();
      const mine = await open();
      const other = await open();
      let told = 0;
      let wake: () => void = () => {};
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      mine.onForeignChange(() => {
        told += 1;
        wake();
      });
      await mine.write((q) => q.organisations.insert(organisation("自分")));
      expect(told).toBe(0);
      await other.write((q) => q.organisations.insert(organisation("他")));
      await changed;
      expect(await mine.read((q) => q.organisations.byName("他"))).toBeDefined();
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
      const waiting = await store.read((q) => q.devices.pending(50));
      expect(waiting.map((one) => one.code)).toEqual(made.slice(1));
      expect(await store.read((q) => q.devices.pending(100))).toEqual([]);
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

    test("close may be called twice and waits for what is running", async () => {
      const store = await newPlace()();
      const running = store.write((q) => q.organisations.insert(organisation("最後")));
      await Promise.all([store.close(), store.close()]);
      await expect(running).resolves.toBeUndefined();
      await expect(store.read((q) => q.organisations.list())).rejects.toThrow("closed");
    });
  });
}
