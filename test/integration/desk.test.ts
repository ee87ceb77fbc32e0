/** No function of the administrators' desk acts without asking the table: each one is found in the source and tried by who may, and by who may not. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { operatorAs, type Principal } from "../../signaling/auth/principal.ts";
import {
  applyForIds,
  approveWave,
  refuseApplication,
  withdrawApplication,
} from "../../signaling/organisations/applications.ts";
import { approvalsFor } from "../../signaling/organisations/approvals.ts";
import { auditRecords, recordReading, verifyRecords } from "../../signaling/organisations/audit.ts";
import { exportRecords } from "../../signaling/organisations/audit-export.ts";
import { sealSegments, verifySegmentFile } from "../../signaling/organisations/audit-segments.ts";
import { confirm } from "../../signaling/organisations/confirm.ts";
import { confirmations } from "../../signaling/organisations/confirmations.ts";
import { type Desk, DeskError, look, NotAllowed, perform } from "../../signaling/organisations/desk.ts";
import { approveDevice, devices, pendingDevices, removeDevice } from "../../signaling/organisations/devices.ts";
import { addDivision, type DivisionName, divisions, moveDivision } from "../../signaling/organisations/divisions.ts";
import { duties, giveDuty, principalOf, takeDuty } from "../../signaling/organisations/duties.ts";
import { declareEvent, endEffect, setEventEnd } from "../../signaling/organisations/events.ts";
import { addGrant, grants, removeGrant } from "../../signaling/organisations/grants.ts";
import type { Shown } from "../../signaling/organisations/imports/import.ts";
import { IMPORTS } from "../../signaling/organisations/imports/kinds.ts";
import type { FileLine } from "../../signaling/organisations/imports/lines.ts";
import { labourOf } from "../../signaling/organisations/labour.ts";
import { monthOf } from "../../signaling/organisations/labour-days.ts";
import { makeLetter } from "../../signaling/organisations/letters.ts";
import {
  leave,
  loseDevice,
  losePhone,
  replaceTerminal,
  settleTwins,
  transfer,
} from "../../signaling/organisations/life-cycle.ts";
import {
  foreseeLeaving,
  foreseeLostDevice,
  foreseeLostPhone,
  foreseeReplacement,
  foreseeSettling,
  foreseeTransfer,
} from "../../signaling/organisations/life-cycle-effects.ts";
import type { Listing } from "../../signaling/organisations/listing.ts";
import { liftLock, locks, setLock } from "../../signaling/organisations/locks.ts";
import { addOrganisation, organisations, setOrganisationCode } from "../../signaling/organisations/organisations.ts";
import {
  addPerson,
  disablePerson,
  enablePerson,
  movePerson,
  people,
  resetOtp,
  setMail,
  setPassword,
  signOutPerson,
  unlockPerson,
} from "../../signaling/organisations/people.ts";
import { mustBeSettable, policyEffect, policyView, setPolicy } from "../../signaling/organisations/policies.ts";
import { policyPlaceNamed } from "../../signaling/organisations/policy-named.ts";
import { policyPlaces } from "../../signaling/organisations/policy-places.ts";
import { sessionReceipt } from "../../signaling/organisations/receipts.ts";
import { decideRequest, takeBackRequest } from "../../signaling/organisations/requests.ts";
import { endSession, sessions } from "../../signaling/organisations/sessions.ts";
import {
  allotTerminal,
  disableTerminal,
  enableTerminal,
  issueToken,
  moveTerminal,
  terminals,
} from "../../signaling/organisations/terminals.ts";
import { unseenDevices, unseenPeople, unseenTerminals } from "../../signaling/organisations/unseen.ts";
import { wavesView } from "../../signaling/organisations/waves-view.ts";
import { IMPORT_KINDS, type ImportKind } from "../../signaling/protocol/console-import.ts";
import type { PolicyPlaceId } from "../../signaling/protocol/console-policy.ts";
import {
  type ApplicationId,
  type EventId,
  type KeyCode,
  type LockId,
  Login,
  OrganisationCode,
  type OrganisationId,
  type PersonId,
  RequestId,
  SessionId,
  type TerminalId,
} from "../../signaling/protocol/ids.ts";
import { MailAddress } from "../../signaling/protocol/mail-address.ts";
import { openStore } from "../../signaling/store/open.ts";
import { EVERYTHING } from "../../signaling/store/queries/lists.ts";
import type { DutyRole } from "../../signaling/store/rows/tables.ts";
import { makeDevice, makePerson, makeStore, makeTerminal, rowsOf, type TestStore } from "../support/store.ts";

const FOLDER = "signaling/organisations";
const SATO = Login.parse("sato");
const YAMADA = Login.parse("yamada");
const code = (text: string) => OrganisationCode.parse(text);

/** 県 with 緑市 (総務部/人事課: sato, a PC; 税務課: yamada) and 桜町 (its own sato). */
interface Ground {
  readonly pc: TerminalId;
  readonly disabledPc: TerminalId;
  readonly twinPc: TerminalId;
  readonly registered: KeyCode;
  readonly waiting: KeyCode;
  readonly session: SessionId;
  /** Overtime of sato, that waits. */
  readonly request: RequestId;
  readonly approved: RequestId;
  /** Of the disabled PC. */
  readonly lock: LockId;
  /** A newcomer of a file of each kind, as it was looked at. */
  readonly shown: Readonly<Record<ImportKind, Shown>>;
  /** Alice's last imports. */
  readonly imported: Readonly<Record<ImportKind, string>>;
  /** New codes for sato, asked for by a first person. */
  readonly wish: string;
  readonly event: EventId;
  /** For the event, and waiting. */
  readonly application: ApplicationId;
  readonly midori: OrganisationId;
  readonly ids: Readonly<Record<"sato" | "yamada" | "other", PersonId>>;
}

let original: TestStore;
let ground: Ground;
beforeAll(async () => {
  original = await makeStore();
  ground = await fill(original);
});
afterAll(() => original.close());

let folder: string;
let desk: Desk;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "engawa-desk-"));
  cpSync(original.stateDir, folder, { recursive: true });
  desk = { ...original.desk, store: await openStore({ stateDir: folder }) };
});
afterEach(async () => {
  await desk.store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function fill(place: TestStore): Promise<Ground> {
  const { desk, store } = place;
  await addOrganisation(desk, "県", { code: code("ken"), kind: "prefecture" });
  await addOrganisation(desk, "緑市", { code: code("midori"), parent: "ken" });
  await addOrganisation(desk, "桜町", { code: code("sakura"), parent: "ken" });
  const midori = { organisation: "midori" };
  await addDivision(desk, "総務部", midori);
  await addDivision(desk, "人事課", { ...midori, division: "総務部" });
  await addDivision(desk, "税務課", midori);
  const sato = await makePerson(place, { login: "sato" });
  const yamada = await makePerson(place, { login: "yamada" });
  await movePerson(desk, SATO, "総務部/人事課");
  await movePerson(desk, YAMADA, "税務課");
  const pc = await makeTerminal(place, { grantedTo: [SATO] });
  const disabledPc = await makeTerminal(place, { name: "PC 2" });
  await moveTerminal(desk, pc, "人事課");
  await moveTerminal(desk, disabledPc, "人事課");
  await disableTerminal(desk, disabledPc);
  const twinPc = await makeTerminal(place, { name: "PC 0" });
  await moveTerminal(desk, twinPc, "人事課");
  await giveDuty(desk, SATO, "auditor", { ...midori, division: "人事課" });
  await addPerson(desk, { ...midori, division: "人事課", login: Login.parse("gone"), name: "去った人" });
  await disablePerson(desk, Login.parse("gone"));
  const other = await makePerson(place, { login: "sato", organisation: "桜町" });
  const { publicKey, code: waiting } = await makeDevice();
  const session = SessionId.parse(crypto.randomUUID());
  const [request, approved] = [RequestId.parse(crypto.randomUUID()), RequestId.parse(crypto.randomUUID())];
  await store.write(async (q) => {
    const person = await q.people.byId(sato.id);
    if (!person) throw new Error("not there");
    const { organisationId } = person;
    await q.terminals.setAside({ terminalId: twinPc, organisationId, at: 1, first: "a", second: "b" });
    const whose = { organisationId, personId: sato.id };
    await q.devices.putPending({ ...whose, publicKey, code: waiting, seenAt: 1, expiresAt: Date.now() * 2 }, 5);
    await q.sessions.insert({
      ...{ ...whose, id: session, terminalId: pc, login: SATO, personName: "佐藤", deviceKey: publicKey },
      ...{ signInId: null, requestedAt: 1, liveAt: 1, endedAt: null, reason: null, lock: null, lockAt: null },
    });
    const until = Date.now() + 3_600_000;
    const asked = {
      ...{
        ...whose,
        kind: "overtime" as const,
        purpose: "決算",
        terminalId: null,
        since: Date.now(),
        until,
        expiresAt: until,
      },
      ...{ needed: 1, answers: "[]", askedAt: 1, decidedAt: null },
    };
    await q.requests.insert({ ...asked, id: request, state: "waiting" });
    await q.requests.insert({ ...asked, id: approved, state: "approved" });
  });
  const asks: Desk = { ...desk, twoPersons: new Set(["otp.reset"]), principal: operatorAs("administrator:first") };
  const wish = await resetOtp(asks, "midori/sato" as Login);
  const { lock } = await setLock({ ...desk, reason: "紛失" }, { kind: "terminal", terminal: disabledPc }, null);
  await addPerson(desk, { ...midori, division: "人事課", login: Login.parse("mada"), name: "まだ来ていない人" });
  const alice: Desk = { ...desk, principal: operatorAs("administrator:alice") };
  const files = (name: string, terminal: TerminalId): Readonly<Record<ImportKind, Said>> => ({
    people: { login: name, name: "新しい人", division: "人事課" },
    terminals: { name: `${name} の PC`, division: "人事課" },
    grants: { person: "sato", terminal },
    divisions: { name: `${name} 係`, parent: "人事課" },
  });
  const imported = await forEachKind(async (kind) => {
    await IMPORTS[kind].apply(alice, await shownOf(alice, kind, files("kita", twinPc)[kind]));
    return (await IMPORTS[kind].last(alice)).last?.import ?? "";
  });
  const shown = await forEachKind((kind) => shownOf(alice, kind, files("minami", disabledPc)[kind]));
  const event = await declareEvent(desk, EVENT);
  const { organisationId } = (await store.read((q) => q.people.byId(sato.id))) ?? never();
  const lines = [{ organisation: organisationId, count: 2 }];
  const application = await applyForIds(desk, { event, because: "在宅勤務", lines });
  const ids = { sato: sato.id, yamada: yamada.id, other: other.id };
  return {
    wish: "confirmation" in wish ? wish.confirmation : "",
    pc,
    disabledPc,
    twinPc,
    registered: sato.device.code,
    waiting,
    session,
    request,
    approved,
    lock,
    shown,
    imported,
    event,
    application,
    midori: organisationId,
    ids,
  };
}

const never = (): never => {
  throw new Error("not there");
};

type Said = FileLine["values"];

async function shownOf(desk: Desk, kind: ImportKind, said: Said): Promise<Shown> {
  const values = { ...said, organisation: "midori" };
  const file = { lines: [{ row: 2, values, cells: Object.values(values), isTooLong: false }], offset: 540 };
  return { file, lines: await IMPORTS[kind].look(desk, file) };
}

async function forEachKind<T>(work: (kind: ImportKind) => Promise<T>): Promise<Record<ImportKind, T>> {
  const made: Partial<Record<ImportKind, T>> = {};
  for (const kind of IMPORT_KINDS) made[kind] = await work(kind);
  return made as Record<ImportKind, T>;
}

/** Each function of the desk, done to the people and PCs of 人事課 in 緑市. */
const MIDORI = { organisation: "midori", division: "人事課" };
const sato = "midori/sato" as Login;
const EVENT = { name: "緊急事態宣言", basis: "emergency", lastDay: "2099-12-31" } as const;
const WRITES: Record<string, (desk: Desk) => Promise<unknown>> = {
  addOrganisation: (d) => addOrganisation(d, "若葉村", { parent: "ken" }),
  setOrganisationCode: (d) => setOrganisationCode(d, "midori", code("green")),
  addDivision: (d) => addDivision(d, "給与係", MIDORI),
  moveDivision: (d) => moveDivision(d, MIDORI, undefined),
  movePerson: (d) => movePerson(d, sato, "総務部"),
  addPerson: (d) => addPerson(d, { ...MIDORI, login: Login.parse("new"), name: "新人" }),
  makeLetter: (d) => makeLetter(d, "midori/mada" as Login),
  setMail: (d) => setMail(d, sato, MailAddress.parse("sato@city.example")),
  disablePerson: (d) => disablePerson(d, sato),
  enablePerson: (d) => enablePerson(d, Login.parse("gone")),
  signOutPerson: (d) => signOutPerson(d, sato),
  unlockPerson: (d) => unlockPerson(d, sato),
  setPassword: (d) => setPassword(d, sato),
  resetOtp: (d) => resetOtp(d, sato),
  approveDevice: (d) => approveDevice(d, ground.waiting),
  removeDevice: (d) => removeDevice(d, ground.registered),
  issueToken: (d) => issueToken(d, { ...MIDORI, name: "PC 3" }),
  moveTerminal: (d) => moveTerminal(d, ground.pc, "総務部"),
  disableTerminal: (d) => disableTerminal(d, ground.pc),
  enableTerminal: (d) => enableTerminal(d, ground.disabledPc),
  addGrant: (d) => addGrant(d, sato, ground.disabledPc, null),
  removeGrant: (d) => removeGrant(d, sato, ground.pc),
  endSession: (d) => endSession(d, ground.session),
  setLock: (d) => setLock({ ...d, reason: "紛失" }, { kind: "person", who: sato }, null),
  liftLock: (d) => liftLock(d, ground.lock),
  giveDuty: (d) => giveDuty(d, sato, "manager", MIDORI),
  confirm: (d) => confirm(d, ground.wish),
  decideRequest: (d) => decideRequest(d, "決める人", { request: ground.request, yes: true }),
  takeBackRequest: (d) => takeBackRequest(d, "決める人", { request: ground.approved, reason: "今日はここまで" }),
  leave: (d) => leave(d, sato),
  transfer: (d) => transfer(d, sato, { division: "総務部", keep: new Set(), add: [ground.disabledPc] }),
  losePhone: (d) => losePhone(d, sato),
  loseDevice: (d) => loseDevice(d, ground.registered, sato),
  replaceTerminal: (d) => replaceTerminal(d, ground.pc),
  settleTwins: (d) => settleTwins(d, ground.twinPc, "もう一台"),
  takeDuty: (d) => takeDuty(d, sato, "auditor", MIDORI),
  declareEvent: (d) => declareEvent(d, EVENT),
  setEventEnd: (d) => setEventEnd({ ...d, reason: "解除" }, { event: ground.event, lastDay: "now" }),
  applyForIds: (d) => applyForIds(d, { because: "増やす", lines: [{ organisation: ground.midori, count: 3 }] }),
  withdrawApplication: (d) => withdrawApplication(d, ground.application),
  refuseApplication: (d) => refuseApplication(d, ground.application, "多すぎる"),
  approveWave: (d) => approveWave(d, [ground.application]),
  allotTerminal: (d) => allotTerminal(d, ground.pc, "regular"),
  setPolicy: (d) => setPolicy(d, { place: satosPlace(), rules: { viewOnly: true }, basedOn: 0, because: "試行" }),
};
const satosPlace = () => ({ level: "person", id: ground.ids.sato }) as const;
/** The same from a file. */
const FROM_FILES: typeof WRITES = Object.fromEntries(
  IMPORT_KINDS.flatMap((kind) => [
    [`import of ${kind}`, (d) => IMPORTS[kind].apply(d, ground.shown[kind])],
    [`undoing an import of ${kind}`, (d) => IMPORTS[kind].undo(d, ground.imported[kind])],
  ]),
);
/** Each list. */
const LISTS = {
  organisations,
  divisions,
  people,
  devices,
  pendingDevices,
  terminals,
  grants,
  sessions,
  locks,
  duties,
  confirmations,
  auditRecords,
};
const READS: Record<string, (desk: Desk) => Promise<readonly unknown[]>> = Object.fromEntries(
  Object.entries(LISTS).map(([name, listing]) => [name, (d: Desk) => rowsOf(d, listing as Listing<unknown, unknown>)]),
);
/** What was not seen for long, some time from now. */
const LATER = 400 * 86_400_000;
const later = (d: Desk): Desk => ({ ...d, now: () => Date.now() + LATER });
const UNSEEN: typeof READS = {
  unseenPeople: (d) => unseenPeople(later(d), 90),
  unseenTerminals: (d) => unseenTerminals(later(d), 90),
  unseenDevices: (d) => unseenDevices(later(d), 90),
};
/** What was asked of managers, and a month of it. */
const ASKED: typeof READS = {
  approvalsFor: async (d) => (await approvalsFor(d)).waiting,
  labourOf: async (d) => (await labourOf(d, monthOf(Date.now()), false)).people,
};
/** What an act would come to is for who may do it. */
const FORESEEN: Record<string, (desk: Desk) => Promise<unknown>> = {
  foreseeLeaving: (d) => foreseeLeaving(d, sato),
  foreseeTransfer: (d) => foreseeTransfer(d, sato, { keep: new Set(), add: [] }),
  foreseeLostPhone: (d) => foreseeLostPhone(d, sato),
  foreseeLostDevice: (d) => foreseeLostDevice(d, ground.registered, sato),
  foreseeReplacement: (d) => foreseeReplacement(d, ground.pc),
  foreseeSettling: (d) => foreseeSettling(d, ground.twinPc),
};
const OTHERS: Record<string, (desk: Desk) => Promise<unknown>> = {
  verifyRecords,
  recordReading: (d) => recordReading(d, {}),
  sessionReceipt: (d) => sessionReceipt(d, ground.session),
  sealSegments: (d) => sealSegments(d, { before: 0, folder }),
  verifySegmentFile: (d) => verifySegmentFile(d, "none"),
  exportRecords: (d) => exportRecords(d, { form: "csv", home: null }),
  policyPlaces,
  policyPlaceNamed: (d) => policyPlaceNamed(d, { person: sato }),
  policyView: (d) => policyView(d, satosPlace()),
  policyEffect: (d) => policyEffect(d, satosPlace(), { viewOnly: true }),
  wavesView,
  endEffect: (d) => endEffect(d, { event: ground.event, lastDay: "now" }),
  mustBeSettable: (d) => mustBeSettable(d, { place: satosPlace(), basedOn: 0 }),
};

const FUNCTION =
  /export (?:async )?(?:(?:function (\w+)(?:<[^>]*>)?\(|const (\w+) = (?:async )?\()\s*desk: Desk|const (\w+): Listing<)/g;
const inSource = (): string[] =>
  readdirSync(FOLDER, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) =>
      [...readFileSync(join(FOLDER, file), "utf8").matchAll(FUNCTION)].map(([, ...names]) => names.find(Boolean) ?? ""),
    );

/** yamada with this duty alone. */
const principal = async (role: DutyRole | "nobody", where: DivisionName = {}): Promise<Principal> => {
  const as: Desk = { ...original.desk, store: desk.store };
  if (role !== "nobody") await giveDuty(as, YAMADA, role, where);
  const found = await desk.store.read((q) => principalOf(q, ground.ids.yamada));
  if (role !== "nobody") await takeDuty(as, YAMADA, role, where);
  if (!found) throw new Error("nobody");
  expect(found.duties).toHaveLength(role === "nobody" ? 0 : 1);
  return found;
};

/** Every row of every table. */
function dump(): unknown {
  const database = new DatabaseSync(join(folder, "engawa.db"), { readOnly: true });
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
  const rows = tables.map(({ name }) => [name, database.prepare(`select * from ${name}`).all()]);
  database.close();
  return rows;
}

test("each function of the desk is tried here", () => {
  expect(inSource().sort()).toEqual(
    [
      ...Object.keys(WRITES),
      ...Object.keys(READS),
      ...Object.keys(UNSEEN),
      ...Object.keys(ASKED),
      ...Object.keys(FORESEEN),
      ...Object.keys(OTHERS),
      "perform",
      "look",
      "list",
      "needsTwo",
      "askSecond",
    ].sort(),
  );
});

describe.each(Object.entries({ ...WRITES, ...FROM_FILES }))("%s", (name, act) => {
  const refused = async (as: Principal) => {
    const before = dump();
    await expect(act({ ...desk, principal: as })).rejects.toBeInstanceOf(DeskError);
    expect(dump()).toEqual(before);
  };

  test("is done for the operator, and recorded with who it was", async () => {
    await act({ ...desk, principal: operatorAs("administrator:alice") });
    const last = await desk.store.read((q) => q.audit.last());
    const [record] = await desk.store.read((q) => q.audit.after((last?.seq ?? 0) - 1, 1));
    expect(record?.actor).toMatch(/^(administrator:alice|server)$/);
  });

  test("is refused to who has no duty, to who only reads, and to who has one elsewhere; nothing changes", async () => {
    await refused(await principal("nobody"));
    await refused(await principal("auditor", { organisation: "midori" }));
    if (name !== "confirm" && name !== "decideRequest")
      await refused(await principal("manager", { organisation: "midori" }));
    await refused(await principal("administrator", { organisation: "sakura" }));
    await refused(await principal("administrator", { organisation: "midori", division: "税務課" }));
  });
});

describe.each(Object.entries(FORESEEN))("%s", (_name, foresee) => {
  test("answers who may do it, and nobody else; nothing is changed", async () => {
    const others = [
      await principal("nobody"),
      await principal("auditor", { organisation: "midori" }),
      await principal("administrator", { organisation: "midori", division: "税務課" }),
    ];
    const before = dump();
    expect(await foresee(desk)).toMatchObject({ people: expect.any(Number) });
    for (const other of others) await expect(foresee({ ...desk, principal: other })).rejects.toBeInstanceOf(DeskError);
    expect(dump()).toEqual(before);
  });
});

describe.each(Object.entries({ ...READS, ...UNSEEN, ...ASKED }))("%s", (name, read) => {
  test("shows the operator what there is, and nobody without a duty anything", async () => {
    expect((await read(desk)).length).toBeGreaterThan(0);
    const nobody = await principal("nobody");
    await expect(Promise.resolve().then(() => read({ ...desk, principal: nobody }))).rejects.toBeInstanceOf(NotAllowed);
  });

  test("shows who has a duty in another division, or organisation, nothing of this one", async () => {
    const other = await principal("administrator", { organisation: "midori", division: "税務課" });
    const seen = JSON.stringify(await read({ ...desk, principal: other }));
    for (const theirs of ["人事課", ground.pc, ground.waiting, ground.session, '"login":"sato"']) {
      expect(seen).not.toContain(theirs);
    }
    if (name !== "organisations") return;
    expect(seen).toBe("[]");
  });
});

describe.each(IMPORT_KINDS)("the last import of %s", (kind) => {
  test("is shown to who did it, and to nobody who may import nothing", async () => {
    const alice = { ...desk, principal: operatorAs("administrator:alice") };
    const { last } = IMPORTS[kind];
    expect((await last(alice)).last?.import).toBe(ground.imported[kind]);
    expect(await last({ ...desk, principal: operatorAs("administrator:bob") })).toEqual({});
    const auditor = await principal("auditor", { organisation: "midori" });
    await expect(last({ ...desk, principal: auditor })).rejects.toBeInstanceOf(NotAllowed);
  });
});

describe("verifyRecords", () => {
  test("is for who may look at the server as a whole", async () => {
    expect(await verifyRecords(desk)).toMatchObject({ ok: true });
    const auditor = await principal("auditor", { organisation: "midori" });
    await expect(verifyRecords({ ...desk, principal: auditor })).rejects.toBeInstanceOf(NotAllowed);
  });
});

describe("recordReading", () => {
  test("is for who may read the record, in the chain of whose it is, and lets itself not be seen", async () => {
    const as = async (d: Desk, wish: Parameters<typeof recordReading>[1]) => {
      const before = (await desk.store.read((q) => q.audit.last()))?.seq ?? 0;
      expect(await recordReading(d, wish)).toBe(before + 1);
      const [row] = await desk.store.read((q) => q.audit.after(before, 1));
      return row && { ...row, about: JSON.parse(row.about) as object };
    };
    const alice = { ...desk, principal: operatorAs("administrator:alice") };
    const read = { event: "audit.read", actor: "administrator:alice" };
    expect(await as(alice, {})).toMatchObject({ ...read, organisationId: null, about: { name: "" } });
    const wish = { organisation: "midori", search: "sign-in" };
    expect(await as(alice, wish)).toMatchObject({ ...read, organisationId: ground.midori, about: { name: "sign-in" } });
    await expect(recordReading(alice, { organisation: "nowhere" })).rejects.toBeInstanceOf(DeskError);
    const manager = { ...desk, principal: await principal("manager", { organisation: "midori" }) };
    await expect(recordReading(manager, {})).rejects.toBeInstanceOf(NotAllowed);
  });
});

describe("exportRecords", () => {
  const written = async (as: Desk, more: object = {}) => {
    let text = "";
    for await (const piece of await exportRecords(as, { form: "json", home: null, ...more })) text += piece;
    return JSON.parse(text) as { seq: number; organisation: string; about: string }[];
  };

  test("is of what is in reach, and a record of its own that it does not hold", async () => {
    const last = (await desk.store.read((q) => q.audit.last()))?.seq;
    const all = await written(desk);
    expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: last ?? 0 }, (_, i) => i + 1));
    const record = await desk.store.read((q) => q.audit.last());
    expect(record).toMatchObject({ event: "audit.exported", seq: (last ?? 0) + 1 });
    const auditor = { ...desk, principal: await principal("auditor", { organisation: "midori" }) };
    const own = await written(auditor);
    expect(own.length).toBeLessThan(all.length);
    expect(new Set(own.map(({ organisation }) => organisation))).toEqual(new Set(["midori"]));
    const asked = await written(desk, { organisation: "midori" });
    expect(asked.slice(0, own.length)).toEqual(own);
    expect(await written(desk, { to: "2001-01-01" })).toEqual([]);
    for (const role of ["manager", "nobody"] as const) {
      const other = { ...desk, principal: await principal(role, role === "nobody" ? {} : { organisation: "midori" }) };
      await expect(written(other)).rejects.toBeInstanceOf(NotAllowed);
    }
  });
});

describe("policy", () => {
  const as = async (role: DutyRole | "nobody", where?: DivisionName): Promise<Desk> => ({
    ...desk,
    principal: await principal(role, where),
  });

  test("is shown to who has a duty there, and of the tree as much as the duty is for", async () => {
    const names = async (d: Desk) => (await policyPlaces(d)).places.map(({ name, depth }) => `${depth} ${name}`);
    expect(await names(desk)).toEqual(expect.arrayContaining(["0 ", "1 県", "2 緑市", "3 総務部", "4 人事課"]));
    const seen = await names(await as("auditor", MIDORI));
    expect(seen.filter((name) => name.startsWith("0 "))).toEqual(["0 人事課"]);
    expect(await policyView(await as("auditor", MIDORI), satosPlace())).toMatchObject({ maySet: false, version: 0 });
    for (const elsewhere of [
      await as("administrator", { organisation: "sakura" }),
      await as("administrator", { organisation: "midori", division: "税務課" }),
    ]) {
      await expect(policyView(elsewhere, satosPlace())).rejects.toBeInstanceOf(DeskError);
      await expect(policyEffect(elsewhere, satosPlace(), {})).rejects.toBeInstanceOf(DeskError);
    }
    for (const look of Object.values(OTHERS).slice(2))
      await expect(look(await as("nobody"))).rejects.toBeInstanceOf(DeskError);
  });

  test("of the whole server is set by the operator alone; of a division also by its administrator", async () => {
    const rules = { viewOnly: true };
    const change = (place: PolicyPlaceId) => ({ place, rules, basedOn: 0, because: "試行" });
    const server = change({ level: "server", id: "server" });
    await expect(setPolicy(await as("prefecture", { organisation: "ken" }), server)).rejects.toThrow(NotAllowed);
    const places = (await policyPlaces(desk)).places;
    const idOf = (name: string) => change(places.find((one) => one.name === name) as PolicyPlaceId & { name: string });
    const [midori, jinji, soumu] = ["緑市", "人事課", "総務部"].map((name) => {
      const { place, ...rest } = idOf(name);
      return { ...rest, place: { level: place.level, id: place.id } };
    }) as [typeof server, typeof server, typeof server];
    const own = await as("administrator", MIDORI);
    await expect(setPolicy(own, midori)).rejects.toBeInstanceOf(DeskError);
    await expect(setPolicy(own, soumu)).rejects.toBeInstanceOf(DeskError);
    await setPolicy(own, jinji);
    const set = { version: 1, maySet: true, here: rules, inForce: rules };
    expect(await policyView(own, jinji.place)).toMatchObject(set);
    await setPolicy(await as("prefecture", { organisation: "ken" }), midori);
    await setPolicy(desk, server);
    for (const { place } of [midori, server]) expect(await policyView(desk, place)).toMatchObject({ version: 1 });
  });
});

describe("a password", () => {
  const made = { organisation: "midori", login: Login.parse("atarashii"), name: "新規 採用" };
  const hashOf = async (id: PersonId) => (await desk.store.read((q) => q.people.byId(id)))?.passwordHash;

  test.each<[string, () => Promise<PersonId>]>([
    ["of somebody new", async () => (await addPerson(desk, made)).id],
    ["set anew", () => setPassword(desk, "midori/sato" as Login).then(() => ground.ids.sato)],
    ["of a first letter", async () => (await makeLetter(desk, "midori/mada" as Login)).person.id],
  ])("that is made here is hashed at the price of one that nobody guesses: %s", async (_what, act) => {
    expect(await hashOf(await act())).toContain("m=256,");
  });

  test("that was chosen is hashed at the full price", async () => {
    const password = "hamburger-veranda-41";
    expect(await hashOf((await addPerson(desk, { ...made, password })).id)).toContain("m=19456,");
    await setPassword(desk, "midori/sato" as Login, password);
    expect(await hashOf(ground.ids.sato)).toContain("m=19456,");
  });
});

describe("two persons", () => {
  const TWO = { twoPersons: new Set(["device.approve", "otp.reset"] as const) };
  const alice = () => ({ ...desk, ...TWO, principal: operatorAs("administrator:alice") });
  const bob = () => ({ ...desk, ...TWO, principal: operatorAs("administrator:bob") });
  const waits = (outcome: object): string => ("confirmation" in outcome ? String(outcome.confirmation) : "");
  const events = async () => (await desk.store.read((q) => q.audit.after(0, 1_000))).slice(-3);

  test("a device is let in when a second one confirms, recorded both times", async () => {
    const id = waits(await approveDevice(alice(), ground.waiting));
    expect((await rowsOf(desk, devices)).map((one) => one.code)).not.toContain(ground.waiting);
    expect((await rowsOf(desk, pendingDevices)).map((one) => one.code)).toContain(ground.waiting);
    expect(await confirm(bob(), id)).toMatchObject({ action: "device.approve", login: "sato", code: ground.waiting });
    const row = (await rowsOf(desk, devices)).find((one) => one.code === ground.waiting);
    expect(row?.approvedBy).toBe("administrator:alice, administrator:bob");
    expect((await events()).map(({ event, actor }) => [event, actor])).toEqual([
      ["confirmation.asked", "administrator:alice"],
      ["device.added", "administrator:bob"],
      ["confirmation.given", "administrator:bob"],
    ]);
    expect((await events()).every(({ about }) => about.includes(id))).toBe(true);
    await expect(confirm(alice(), id)).rejects.toThrow("nothing waits");
  });

  test("codes are the old ones until a second one confirms", async () => {
    const seed = async () => (await desk.store.read((q) => q.people.byId(ground.ids.sato)))?.totpSeed;
    const before = await seed();
    const outcome = await resetOtp(alice(), "midori/sato" as Login);
    expect(JSON.stringify(outcome)).not.toContain("otpauth");
    expect(await seed()).toBe(before);
    expect(await confirm(bob(), waits(outcome))).toMatchObject({ otpauth: expect.stringMatching(/^otpauth:/) });
    expect(await seed()).not.toBe(before);
  });

  test("whoever asked does not confirm, and asking again is the same wish", async () => {
    const id = waits(await approveDevice(alice(), ground.waiting));
    await expect(confirm(alice(), id)).rejects.toThrow(NotAllowed);
    expect(await approveDevice(alice(), ground.waiting)).toMatchObject({ confirmation: id });
    expect(await approveDevice(bob(), ground.waiting)).toMatchObject({
      confirmation: id,
      askedBy: "administrator:alice",
    });
    expect((await rowsOf(desk, devices)).map((one) => one.code)).not.toContain(ground.waiting);
  });

  test("a day later it is too late", async () => {
    const id = waits(await resetOtp(alice(), YAMADA));
    const later = (ms: number) => ({ ...bob(), now: () => Date.now() + ms });
    expect((await rowsOf(later(23 * 3_600_000), confirmations)).map((one) => one.id)).toContain(id);
    expect(await rowsOf(later(24 * 3_600_000 + 1), confirmations)).toEqual([]);
    await expect(confirm(later(24 * 3_600_000 + 1), id)).rejects.toThrow("nothing waits");
  });

  test("what changed meanwhile is looked at again", async () => {
    const id = waits(await approveDevice(alice(), ground.waiting));
    await approveDevice(desk, ground.waiting); // a server without the rule
    await expect(confirm(bob(), id)).rejects.toThrow(DeskError);
    expect((await rowsOf(desk, confirmations)).map((one) => one.id)).toContain(id);
  });

  test("a manager confirms in their division, and nowhere else", async () => {
    const id = waits(await approveDevice(alice(), ground.waiting));
    const elsewhere = await principal("manager", { organisation: "midori", division: "税務課" });
    await expect(confirm({ ...desk, principal: elsewhere }, id)).rejects.toThrow("nothing waits");
    const manager = await principal("manager", MIDORI);
    expect(await confirm({ ...desk, principal: manager }, id)).toMatchObject({ code: ground.waiting });
  });
});

describe("an administrator of a division", () => {
  test("does its work, and is told of nobody else", async () => {
    const own = { ...desk, principal: await principal("administrator", MIDORI) };
    await disablePerson(own, SATO); // of the two, the one they may see
    expect((await rowsOf(own, people)).map(({ login }) => login).sort()).toEqual(["gone", "kita", "mada", "sato"]);
    const [record] = await desk.store.read(async (q) => q.audit.after(((await q.audit.last())?.seq ?? 0) - 1, 1));
    expect(record).toMatchObject({ event: "person.disabled", actor: "person:midori/yamada" });
    await expect(disablePerson(own, YAMADA)).rejects.toThrow("there is nobody with the login yamada");
    await expect(disablePerson(own, "sakura/sato" as Login)).rejects.toThrow("there is nobody");
    await expect(addPerson(own, { organisation: "midori", login: Login.parse("x"), name: "X" })).rejects.toThrow(
      NotAllowed,
    );
  });

  test("moves nobody out of reach, and takes in nobody from there", async () => {
    const own = {
      ...desk,
      principal: await principal("administrator", { organisation: "midori", division: "総務部" }),
    };
    await movePerson(own, SATO, "総務部");
    await expect(movePerson(own, SATO, "税務課")).rejects.toThrow(NotAllowed);
    await expect(movePerson(own, YAMADA, "総務部")).rejects.toThrow("nobody");
    await expect(moveDivision(own, MIDORI, undefined)).rejects.toThrow(NotAllowed);
  });

  test("gives no duty beyond it", async () => {
    const own = { ...desk, principal: await principal("administrator", MIDORI) };
    await giveDuty(own, SATO, "administrator", MIDORI);
    await expect(giveDuty(own, SATO, "auditor", { organisation: "midori" })).rejects.toThrow(NotAllowed);
    await expect(giveDuty(own, SATO, "auditor", { organisation: "midori", division: "税務課" })).rejects.toThrow(
      NotAllowed,
    );
    await expect(giveDuty(own, SATO, "prefecture", MIDORI)).rejects.toThrow(DeskError);
  });
});

test("a prefecture looks after its municipalities, and after none that is another's", async () => {
  await addOrganisation(desk, "隣県", { code: code("rin"), kind: "prefecture" });
  await addOrganisation(desk, "港町", { code: code("minato"), parent: "rin" });
  const prefecture = { ...desk, principal: await principal("prefecture", { organisation: "ken" }) };
  expect((await rowsOf(prefecture, organisations)).map((one) => one.code).sort()).toEqual(["ken", "midori", "sakura"]);
  await addOrganisation(prefecture, "若葉村", { parent: "ken" });
  await expect(addOrganisation(prefecture, "浜村", { parent: "rin" })).rejects.toThrow(DeskError);
  await expect(addOrganisation(prefecture, "浜村")).rejects.toThrow(NotAllowed);
  await expect(disablePerson(prefecture, SATO)).rejects.toThrow("midori/sato, sakura/sato");
});

test("a division stands nowhere below itself", async () => {
  await expect(moveDivision(desk, { organisation: "midori", division: "総務部" }, "人事課")).rejects.toThrow(
    "below itself",
  );
});

test("what does not ask is undone, and fails", async () => {
  const before = dump();
  const silent = perform(desk, "person.disabled", async (q, _ask, at) => {
    await q.people.setDisabled(ground.ids.sato, at);
    return { organisation: null, about: {}, result: undefined };
  });
  await expect(silent).rejects.toThrow("nobody asked");
  await expect(look(desk, (q) => q.people.page(EVERYTHING, { limit: 10 }))).rejects.toThrow("nobody asked");
  expect(dump()).toEqual(before);
});

test("the command line reaches the store by the desk only", () => {
  const files = readdirSync("signaling/cli").map((file) => [file, readFileSync(join("signaling/cli", file), "utf8")]);
  expect(files.filter(([, text]) => /\.(read|write)\(/.test(text ?? "")).map(([file]) => file)).toEqual([]);
});

test("a person who is disabled has no duty", async () => {
  await disablePerson(desk, YAMADA);
  expect(await desk.store.read((q) => principalOf(q, ground.ids.yamada))).toBeUndefined();
});
