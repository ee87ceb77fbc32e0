/** What the hub is promised of its records (signaling/records.ts), whoever keeps them: the store, or a test's memory. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { createLog } from "../../signaling/log.ts";
import { setLock } from "../../signaling/organisations/locks.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import type { DatabaseServer } from "../../signaling/postgres/settings.ts";
import { type KeyCode, type PersonId, SessionId, TerminalId } from "../../signaling/protocol/ids.ts";
import { keyCode } from "../../signaling/protocol/signed.ts";
import type { Records, SessionRecord, SignedIn } from "../../signaling/records.ts";
import { MemoryRecords } from "../support/memory-records.ts";
import { startTestPostgres, type TestPostgres } from "../support/postgres.ts";
import { makePerson, makeStore, makeTerminal } from "../support/store.ts";

/** Records with one person who is signed in and may use two office PCs, and what others can do to them. */
interface Place {
  readonly records: Records;
  readonly signedIn: SignedIn;
  readonly terminals: readonly [TerminalId, TerminalId];
  removeSignIn(): Promise<void>;
  disableTerminal(id: TerminalId): Promise<void>;
  removeGrant(id: TerminalId): Promise<void>;
  /** The person is locked out. */
  lock(): Promise<void>;
  orderForget(id: TerminalId, code: KeyCode): Promise<void>;
  close(): Promise<void>;
}

async function inMemory(): Promise<Place> {
  const records = new MemoryRecords();
  const pcs = [records.addTerminal("AAAA-AAAA-AAAA"), records.addTerminal("BBBB-BBBB-BBBB")] as const;
  const signedIn = records.signIn("sato", "laptop", pcs);
  return {
    records,
    signedIn,
    terminals: [pcs[0].id, pcs[1].id],
    removeSignIn: async () => void records.signIns.delete(signedIn.signInId),
    disableTerminal: async (id) => void records.terminals.delete(id),
    removeGrant: async (id) => void records.grants.delete(`${signedIn.person} ${id}`),
    lock: async () => void records.locked.add(signedIn.login),
    orderForget: async (terminal, code) =>
      void records.forgets.push({ terminal, code, login: signedIn.login, person: signedIn.person }),
    close: async () => {},
  };
}

async function onTheStore(database?: DatabaseServer): Promise<Place> {
  const place = await makeStore({ ...(database && { database }) });
  const { store } = place;
  const person = await makePerson(place);
  const pc = (name: string) => makeTerminal(place, { name, grantedTo: [person.login] });
  const terminals = [await pc("PC A"), await pc("PC B")] as const;
  const device = await store.read((q) => q.devices.registered(person.id, person.device.publicKey));
  if (!device) throw new Error("no device");
  const at = Date.now();
  const id = crypto.randomUUID();
  const times = {
    createdAt: at,
    lastUsedAt: at,
    endsAt: at + DEFAULT_SIGN_IN_LIMITS.absoluteMs,
    endedAt: null,
    reason: null,
  };
  const whose = { organisationId: device.organisationId, personId: person.id, deviceId: device.id };
  await store.write((q) => q.signIns.insert({ id, ...whose, tokenHash: id, ...times }));
  const records = new StoreRecords({
    store,
    log: createLog({ level: "silent" }),
    limits: DEFAULT_SIGN_IN_LIMITS,
    now: Date.now,
  });
  const signedIn = await records.signedIn(id);
  if (!signedIn) throw new Error("not signed in");
  return {
    records,
    signedIn,
    terminals,
    removeSignIn: async () => void (await store.write((q) => q.signIns.end({ id }, at, "administrator"))),
    disableTerminal: (terminal) => store.write((q) => q.terminals.setDisabled(terminal, at)),
    removeGrant: async (terminal) => void (await store.write((q) => q.terminals.removeGrant(person.id, terminal))),
    lock: async () => void (await setLock({ ...place.desk, reason: "r" }, { kind: "person", who: person.login }, null)),
    orderForget: (terminalId, code) =>
      store.write((q) =>
        q.forgets.order({
          ...{ organisationId: device.organisationId, personId: person.id, terminalId, code },
          orderedAt: Date.now(),
        }),
      ),
    async close() {
      await records.close();
      await place.close();
    },
  };
}

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.close());

recordsContract("in memory", inMemory);
recordsContract("on SQLite", onTheStore);
recordsContract("on PostgreSQL", async () => onTheStore(await postgres.newDatabase()));

function recordsContract(name: string, makePlace: () => Promise<Place>): void {
  describe(`records: ${name}`, () => {
    const places: Place[] = [];
    const newPlace = async (): Promise<Place> => {
      const place = await makePlace();
      places.push(place);
      return place;
    };
    afterEach(async () => {
      for (const place of places.splice(0)) await place.close();
    });
    const sessionOf = ({ signedIn, terminals }: Place): SessionRecord => ({
      id: SessionId.parse(crypto.randomUUID()),
      terminal: terminals[0],
      organisation: signedIn.organisation.id,
      person: signedIn.person,
      login: signedIn.login,
      personName: signedIn.name,
      deviceKey: signedIn.deviceKey,
      requestedAt: 1_700_000_000_000,
      signInId: signedIn.signInId,
    });
    test("a session of who is locked out is due, and nothing else is", async () => {
      const one = await newPlace();
      const { records, signedIn, terminals } = one;
      const session = sessionOf(one);
      await records.sessionRequested(session);
      expect(await records.lockOver(signedIn, terminals[0])).toBeUndefined();
      expect(await records.sessionsDue([session.id])).toEqual(new Map());
      await one.lock();
      expect(await records.lockOver(signedIn, terminals[0])).toEqual({ until: undefined });
      expect(await records.sessionsDue([session.id])).toEqual(new Map([[session.id, "locked-out"]]));
    });

    const stranger = TerminalId.parse("ZZZZ-ZZZZ-ZZZZ");

    test("says who is signed in while the sign-in holds, and among many which hold no longer", async () => {
      const { records, signedIn, removeSignIn } = await newPlace();
      const { signInId } = signedIn;
      expect(await records.signedIn(signInId)).toEqual(signedIn);
      expect(await records.signInsOver([signInId])).toEqual(new Map());
      await removeSignIn();
      expect(await records.signedIn(signInId)).toBeUndefined();
      const over = await records.signInsOver([signInId, "never made"]);
      expect(over).toEqual(new Map([signInId, "never made"].map((id) => [id, "administrator"])));
    });

    test("lists what a person may use, all or one of it", async () => {
      const { records, signedIn, terminals, removeGrant } = await newPlace();
      const listed = async (only?: TerminalId) =>
        (await records.terminalsOf(signedIn.person, only)).map(({ id }) => id);
      expect((await listed()).sort()).toEqual([...terminals].sort());
      expect(await listed(terminals[1])).toEqual([terminals[1]]);
      expect(await listed(stranger)).toEqual([]);
      await removeGrant(terminals[1]);
      expect(await listed()).toEqual([terminals[0]]);
      expect(await listed(terminals[1])).toEqual([]);
    });

    test("bars a terminal that is disabled or unknown, and no other", async () => {
      const { records, terminals, disableTerminal } = await newPlace();
      await disableTerminal(terminals[0]);
      expect(await records.terminalsBarred([...terminals, stranger])).toEqual(
        new Map([
          [terminals[0], "terminal-disabled"],
          [stranger, "terminal-disabled"],
        ]),
      );
      expect(await records.terminal(terminals[0])).toBeUndefined();
      expect((await records.terminal(terminals[1]))?.id).toBe(terminals[1]);
    });

    test("keeps an open session with the sign-in it hangs on, until it ends", async () => {
      const place = await newPlace();
      const { records } = place;
      const session = sessionOf(place);
      await records.sessionRequested(session);
      expect(await records.openSessions()).toEqual([session]);
      await records.sessionHangsOn(session.id, "another");
      expect(await records.openSessions()).toEqual([{ ...session, signInId: "another" }]);
      await records.sessionEnded(session.id, 2, "viewer-left");
      expect(await records.openSessions()).toEqual([]);
    });

    test("lets one session begin on each office PC, whoever asks at the same moment, until it ends", async () => {
      const place = await newPlace();
      const { records } = place;
      const wishes = Array.from({ length: 4 }, () => sessionOf(place));
      const answers = await Promise.all(
        wishes.map((wish) => records.sessionRequested(wish).catch((error: { code: string }) => error.code)),
      );
      expect(answers.filter((answer) => answer === "TERMINAL_YOURS_ELSEWHERE")).toHaveLength(3);
      const [open, ...more] = await records.openSessions();
      expect(more).toEqual([]);
      if (!open) throw new Error("no session");
      // as the hub does it: the end of the former one is not waited for
      const ended = records.sessionEnded(open.id, 2, "taken-over");
      const next = sessionOf(place);
      await records.sessionRequested(next);
      await ended;
      expect(await records.openSessions()).toEqual([next]);
    });

    test("says why a session may not go on, of those that may not", async () => {
      const place = await newPlace();
      const { records, terminals, removeGrant } = place;
      const sessions = [sessionOf(place), { ...sessionOf(place), terminal: terminals[1] }] as const;
      for (const session of sessions) await records.sessionRequested(session);
      const due = () => records.sessionsDue(sessions.map(({ id }) => id));
      expect(await due()).toEqual(new Map());
      await removeGrant(terminals[1]);
      expect(await due()).toEqual(new Map([[sessions[1].id, "grant-removed"]]));
      await place.disableTerminal(terminals[0]);
      expect((await due()).get(sessions[0].id)).toBe("terminal-disabled");
    });

    test("knows in whose lists a terminal may stand", async () => {
      const { records, signedIn, terminals } = await newPlace();
      expect(await records.readersOf(terminals)).toEqual(new Set<PersonId>([signedIn.person]));
      expect(await records.readersOf([stranger])).toEqual(new Set());
    });

    test("tells why a session ended, once it has", async () => {
      const place = await newPlace();
      const { records } = place;
      const session = sessionOf(place);
      await records.sessionRequested(session);
      expect(await records.whyEnded(session.id)).toBeUndefined();
      await records.sessionEnded(session.id, 2, "idle");
      expect(await records.whyEnded(session.id)).toMatchObject({ session: { id: session.id }, reason: "idle" });
    });

    test("tells an office PC what it is to forget until its own word says that it has", async () => {
      const place = await newPlace();
      const { records, signedIn, terminals } = place;
      const [mine, other] = terminals;
      const wish = { code: await keyCode(signedIn.deviceKey), login: signedIn.login };
      expect(await records.devicesToForget({ terminals: [mine] })).toEqual(new Map());
      await place.orderForget(mine, wish.code);
      await place.orderForget(other, wish.code);
      const persons = [signedIn.person];
      const both = new Map(terminals.map((id) => [id, [wish]]));
      for (const of of [{ persons }, "everybody"] as const) expect(await records.devicesToForget(of)).toEqual(both);
      expect(await records.devicesToForget({ terminals: [mine] })).toEqual(new Map([[mine, [wish]]]));
      expect(await records.devicesToForget({ persons: [] })).toEqual(new Map());
      const done = [{ ...wish, known: true }];
      expect(await records.devicesForgotten(mine, done, 5)).toBe(1);
      expect(await records.devicesForgotten(mine, done, 5)).toBe(0);
      expect(await records.devicesToForget({ persons })).toEqual(new Map([[other, [wish]]]));
    });

    test("takes a report of protection for the terminal's own session only, whether it is over or not", async () => {
      const place = await newPlace();
      const { records, terminals } = place;
      const session = sessionOf(place);
      await records.sessionRequested(session);
      await records.sessionEnded(session.id, 2, "viewer-left");
      const report = { session: session.id, event: "locked", happenedAt: 1, reason: "ended" } as const;
      expect(await records.protection({ ...report, terminal: terminals[0] }, 3)).toMatchObject({ id: session.id });
      expect(await records.protection({ ...report, terminal: terminals[1] }, 3)).toBeUndefined();
    });
  });
}
