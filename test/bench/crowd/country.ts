/**
 * A country on one server, as a service that many municipalities share has it: prefectures, towns with divisions, people with
 * a browser and an office PC each, a morning of sessions. Names are made of parts, so that a search finds few, some or all.
 */
import { randomUUID } from "node:crypto";
import { appendAudit } from "../../../signaling/audit/chain.ts";
import { Passwords } from "../../../signaling/auth/password.ts";
import { MAX_FAILURES } from "../../../signaling/auth/throttle.ts";
import { newSeed } from "../../../signaling/auth/totp.ts";
import { newTerminalId } from "../../../signaling/organisations/terminals.ts";
import { GRANT_ENDING_MS } from "../../../signaling/protocol/console.ts";
import { DivisionId, Login, OrganisationCode, OrganisationId, SessionId } from "../../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair, keyCode } from "../../../signaling/protocol/signed.ts";
import { openStore } from "../../../signaling/store/open.ts";
import type { Queries } from "../../../signaling/store/queries.ts";
import type { OrganisationKind } from "../../../signaling/store/rows/tables.ts";
import { Sealer } from "../../../signaling/store/sealer.ts";
import type { Store } from "../../../signaling/store/store.ts";
import { insertPerson, type NewPerson, PASSWORD, type Person, slicesOf } from "./rows.ts";
import type { Server } from "./server.ts";

export const ORGANISATIONS = 794;
export const ROOT_CODE = "center";
const PREFECTURES = 47;
/** Of the first town, a city among villages. */
const LARGE = 1_050;
const AUDIT_RECORDS = 50_000;

const FRONTS = ["青", "緑", "桜", "白", "北", "南", "東", "西", "大", "小", "新", "古", "上", "中", "下", "高"];
const BACKS = ["川", "山", "野", "島", "原", "沢", "浜", "崎", "森", "田", "池", "谷", "岡", "橋", "津", "井"];
const ENDS = ["市", "町", "村"];
const DIVISIONS = ["総務課", "税務課", "福祉課", "市民課", "都市整備課", "教育委員会"];
const KINDS = ["ノートPC-", "ﾉｰﾄPC-", "デスクトップ-", "ＰＣ－", "庁内PC "];
const FAMILIES = [
  ...["佐藤 sato", "鈴木 suzuki", "高橋 takahashi", "田中 tanaka", "伊藤 ito", "渡辺 watanabe", "山本 yamamoto"],
  ...["中村 nakamura", "小林 kobayashi", "加藤 kato", "吉田 yoshida", "山田 yamada", "佐々木 sasaki", "山口 yamaguchi"],
  ...["松本 matsumoto", "井上 inoue", "木村 kimura", "林 hayashi", "清水 shimizu", "齋藤 saito", "タナカ tanaka"],
  ...["長谷川 hasegawa", "五十嵐 igarashi", "ワタナベ watanabe"],
].map((both) => both.split(" "));
const GIVEN = [
  "一郎",
  "美咲",
  "健太",
  "さくら",
  "直樹",
  "陽子",
  "誠",
  "ひかり",
  "大輔",
  "由美",
  "ハナコ",
  "サブロウ",
  "翔",
];

export interface Country {
  /** Looks after all of it. */
  readonly operator: Person;
  readonly root: OrganisationId;
  readonly prefecture: OrganisationId;
  readonly town: OrganisationId;
  readonly people: readonly Person[];
}

interface Town {
  readonly organisation: OrganisationId;
  readonly divisions: readonly DivisionId[];
}

interface CountrySize {
  readonly agents: number;
  readonly records?: number;
  readonly auditKey?: Uint8Array;
}

type Shared = Pick<NewPerson, "code" | "passwordHash" | "sealer">;

/** Before the server starts. `agents`: office PCs, and as many people. `records`: of the audit, sealed with the key where there is one. */
export async function fillCountry(
  server: Pick<Server, "stateDir" | "storeKey">,
  { agents, records = AUDIT_RECORDS, auditKey }: CountrySize,
): Promise<Country> {
  const store = await openStore({ stateDir: server.stateDir, ...(auditKey && { auditKey }) });
  try {
    // one key and one password for all: what is measured is the server
    const keys = await generateKeyPair(true);
    const publicKey = await exportPublicKey(keys.publicKey);
    const passwordHash = await new Passwords().hash(PASSWORD);
    const shared = { code: await keyCode(publicKey), passwordHash, sealer: new Sealer(server.storeKey) };
    const newPerson = (login: string): Person => ({
      ...{ login: Login.parse(login), seed: newSeed(), keys, publicKey, terminal: newTerminalId() },
    });
    const { root, prefecture, towns } = await fillTowns(store);
    const people = Array.from({ length: agents }, (_, i) => newPerson(`${familyOf(i)[1]}${i}`));
    for (const slice of slicesOf(people.map((person, i) => ({ person, i }))))
      await store.write(async (q) => {
        for (const { person, i } of slice) await fillDesk(q, { ...shared, person, i, town: townOf(towns, i) });
      });
    for (const slice of slicesOf(Array.from({ length: records }, (_, i) => i)))
      await store.write(async (q) => {
        for (const i of slice) await record(q, townOf(towns, i).organisation, people[i % agents]);
      });
    const operator = newPerson("kanri");
    await store.write((q) => appoint(q, { ...shared, person: operator, name: "見本 管理", organisation: root }));
    return { operator, root, prefecture, town: townOf(towns, LARGE).organisation, people };
  } finally {
    await store.close();
  }
}

const familyOf = (i: number): readonly string[] => FAMILIES[i % FAMILIES.length] ?? [];
const townOf = (towns: readonly Town[], i: number): Town => towns[i < LARGE ? 0 : 1 + (i % (towns.length - 1))] as Town;

async function fillTowns(
  store: Store,
): Promise<{ root: OrganisationId; prefecture: OrganisationId; towns: readonly Town[] }> {
  const add = async (
    q: Queries,
    kind: OrganisationKind,
    name: string,
    parentId: OrganisationId | null,
    code: string,
  ) => {
    const id = OrganisationId.parse(randomUUID());
    const row = { id, name, kind, parentId, code: OrganisationCode.parse(code), createdAt: Date.now() };
    await q.organisations.insert(row);
    return id;
  };
  return store.write(async (q) => {
    const root = await add(q, "operator", "共同利用センター", null, ROOT_CODE);
    const prefectures: OrganisationId[] = [];
    for (let i = 0; i < PREFECTURES; i += 1)
      prefectures.push(await add(q, "prefecture", `見本県 ${i + 1}`, root, `ken-${i + 1}`));
    const towns: Town[] = [];
    for (let i = 0; i < ORGANISATIONS - PREFECTURES - 1; i += 1) {
      const name = `${FRONTS[i % 16]}${BACKS[Math.floor(i / 16) % 16]}${ENDS[Math.floor(i / 256)]}`;
      const organisation = await add(q, "municipality", name, prefectures[i % PREFECTURES] ?? root, `town-${i}`);
      const divisions = DIVISIONS.map(() => DivisionId.parse(randomUUID()));
      for (const [at, id] of divisions.entries()) {
        const row = {
          id,
          organisationId: organisation,
          parentId: null,
          name: DIVISIONS[at] ?? "",
          createdAt: Date.now(),
        };
        await q.organisations.insertDivision(row);
      }
      towns.push({ organisation, divisions });
    }
    return { root, prefecture: prefectures[0] ?? root, towns };
  });
}

/** A person with an office PC and a session that has ended. A few of each are in another state than usual. */
async function fillDesk(q: Queries, of: Shared & { person: Person; i: number; town: Town }): Promise<void> {
  const { person, i, town, ...shared } = of;
  const { organisation: organisationId, divisions } = town;
  const division = divisions[i % divisions.length] as DivisionId;
  const at = Date.now() - i;
  const { login, publicKey, terminal } = person;
  const isEnrolled = i % 50 !== 1;
  await q.terminals.insert({
    ...{ id: terminal, organisationId, divisionId: division, createdAt: at, lastSeenAt: isEnrolled ? at : null },
    ...{ name: `${KINDS[i % KINDS.length]}${String(i % 700).padStart(4, "0")}`, interfaces: null },
    ...{ publicKey: isEnrolled ? publicKey : null, enrolledAt: isEnrolled ? at : null },
    disabledAt: i % 100 === 2 ? at : null,
  });
  const name = `${familyOf(i)[0]} ${GIVEN[Math.floor(i / FAMILIES.length) % GIVEN.length]}`;
  const personId = await insertPerson(q, { ...shared, person, name, organisation: organisationId, division });
  if (i % 100 === 3) await q.people.setDisabled(personId, at);
  for (let failures = 0; i % 200 === 4 && failures < MAX_FAILURES; failures += 1) await q.people.countFailure(personId);
  const until = i % 10 === 5 ? at + GRANT_ENDING_MS * (i % 3) : null;
  if (until !== null)
    await q.terminals.putGrant({ organisationId, personId, terminalId: terminal, createdAt: at, until });
  await q.sessions.insert({
    ...{ id: SessionId.parse(randomUUID()), organisationId, terminalId: terminal, personId, login, personName: name },
    ...{ deviceKey: publicKey, signInId: null, requestedAt: at - 3_600_000, liveAt: at - 3_599_000, endedAt: at },
    ...{ reason: "viewer-left", lock: null, lockAt: null },
  });
}

async function record(q: Queries, organisation: OrganisationId, person: Person | undefined): Promise<void> {
  if (!person) return;
  const about = { login: person.login, terminal: person.terminal, until: null };
  await appendAudit(q, { event: "grant.added", at: Date.now(), actor: "administrator:bench", organisation, about });
}

async function appoint(q: Queries, person: NewPerson): Promise<void> {
  const { terminal } = person.person;
  const none = { publicKey: null, enrolledAt: null, disabledAt: null, lastSeenAt: null, interfaces: null };
  const standing = { organisationId: person.organisation, divisionId: null };
  await q.terminals.insert({ ...none, ...standing, id: terminal, name: "管理者のPC", createdAt: Date.now() });
  const personId = await insertPerson(q, person);
  await q.duties.insert({ ...standing, personId, role: "operator", since: Date.now(), givenBy: "bench" });
}
