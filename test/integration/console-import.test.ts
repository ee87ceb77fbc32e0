/** People from a file, over HTTP on a real store: each line's fate, doing it in one write, and taking it back. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyAudit } from "../../signaling/audit/verify.ts";
import { codeAt, seedOfUri } from "../../signaling/auth/totp.ts";
import { columnsOf, shownColumns } from "../../signaling/console/page/list/shown-columns.ts";
import { Words } from "../../signaling/console/page/words/words.ts";
import { Housekeeping } from "../../signaling/housekeeping.ts";
import { createLog } from "../../signaling/log.ts";
import { addDivision } from "../../signaling/organisations/divisions.ts";
import { addGrant } from "../../signaling/organisations/grants.ts";
import { setLock } from "../../signaling/organisations/locks.ts";
import { addPerson, movePerson, setMail, setPassword } from "../../signaling/organisations/people.ts";
import { policyView, setPolicy } from "../../signaling/organisations/policies.ts";
import { lapseRequests } from "../../signaling/organisations/requests.ts";
import { retention } from "../../signaling/organisations/retention.ts";
import { listAnswer } from "../../signaling/protocol/console.ts";
import {
  type Imported,
  Imported as ImportedSchema,
  type ImportLine,
  ImportUndone,
  LastImport,
  MAX_IMPORT_BYTES,
} from "../../signaling/protocol/console-import.ts";
import { csv } from "../../signaling/protocol/csv.ts";
import type { Login } from "../../signaling/protocol/ids.ts";
import { DATABASE_FILE } from "../../signaling/store/open.ts";
import { enter, enterWith } from "../support/console.ts";
import { askConsole, trySignIn } from "../support/http-server.ts";
import {
  type ImportDesk,
  noticedBy,
  openImports,
  problems,
  readable,
  recordsOf,
  uploadTo,
  WHOLE_TOWN,
} from "../support/imports.ts";
import { shiftJis } from "../support/shift-jis.ts";
import { makeDevice, registerDevice } from "../support/store.ts";

const DAY_MS = 24 * 3_600_000;

let at = 1_800_000_000_000;
let place: ImportDesk["place"];
let server: ImportDesk["server"];
let country: ImportDesk["country"];
let kanri: ImportDesk["kanri"];
beforeEach(async () => {
  at = 1_800_000_000_000;
  ({ place, server, country, kanri } = await openImports(() => at));
});
afterEach(async () => {
  await server.close();
  await place.close();
});

const upload = (file: string | Buffer, cookie = kanri.cookie, type?: string) =>
  uploadTo(server, cookie, "people", file, type);
const preview = async (file: string | Buffer, cookie = kanri.cookie) => readable(await upload(file, cookie));
const fates = (lines: readonly ImportLine[]) => lines.map(({ values, fate }) => `${values.login} ${fate}`);
const nextCode = (): string => {
  at += 30_000;
  return kanri.person.codeAt(at);
};
const post = (path: string, body: object, cookie = kanri.cookie) =>
  askConsole(server, cookie, "POST", `/console/imports/people/${path}`, { reason: "年度初め", ...body });
const apply = (token: string) => post("apply", { token, code: nextCode() });
const imported = async (file: string): Promise<Imported> => {
  const answer = await apply((await preview(file)).token);
  expect(answer.status, answer.text).toBe(200);
  return ImportedSchema.parse(answer.json);
};
const last = async (cookie = kanri.cookie) =>
  LastImport.parse((await askConsole(server, cookie, "GET", "/console/imports/people/last")).json).last;
const undo = async () => {
  const answer = await post("undo", { import: (await last())?.import, code: nextCode() });
  expect(answer.status, answer.text).toBe(200);
  return ImportUndone.parse(answer.json);
};
const person = (login: string, organisation = country.organisations.midori) =>
  place.store.read((q) => q.people.byLogin(organisation, login as Login));
const noticed = () => noticedBy(server);
const records = (event: string) => recordsOf(place, event);

describe("mail addresses", () => {
  const FILE = "名前,職員ID,部署,メールアドレス\n";
  const mailOf = async (login: string) => (await person(login))?.mail;

  test("come with a person, are changed and taken away, and go back; the record has them masked", async () => {
    const { counts } = await imported(
      `${FILE}森 三郎,mori,総務部,ｍｏｒｉ@city.example\nsato さん,sato,総務部,sato@city.example\n`,
    );
    expect(counts).toMatchObject({ add: 1, change: 1 });
    expect([await mailOf("mori"), await mailOf("sato")]).toEqual(["mori@city.example", "sato@city.example"]);
    const { lines } = await preview(`${FILE}森 三郎,mori,総務部,\nsato さん,sato,総務部,hanako@city.example\n`);
    expect(lines.map(({ changes }) => changes)).toEqual([
      [{ column: "mail", from: "m***@city.example", to: "" }],
      [{ column: "mail", from: "s***@city.example", to: "hanako@city.example" }],
    ]);
    await imported(`${FILE}森 三郎,mori,総務部,\nsato さん,sato,総務部,hanako@city.example\n`);
    expect([await mailOf("mori"), await mailOf("sato")]).toEqual([null, "hanako@city.example"]);
    expect(await records("person.mail-set")).toMatchObject([
      { login: "sato", mail: "s***@city.example" },
      { login: "mori", mail: null },
      { login: "sato", mail: "h***@city.example" },
    ]);
    expect(await undo()).toMatchObject({ restored: 2 });
    expect([await mailOf("mori"), await mailOf("sato")]).toEqual(["mori@city.example", "sato@city.example"]);
    const all = await place.store.read((q) => q.audit.after(0, 100_000));
    expect(JSON.stringify(all)).not.toMatch(/(sato|mori|hanako)@city/);
  });

  test("without the column they stay; the masked one is the one there is; what is none is to be mended", async () => {
    await imported(`${FILE}sato さん,sato,総務部,sato@city.example\n`);
    const found = await preview("名前,職員ID,部署\nsato さん,sato,総務部\n");
    expect(fates(found.lines)).toEqual(["sato same"]);
    const { lines } = await preview(
      `${FILE}sato さん,sato,総務部,s***@city.example\nsuzuki さん,suzuki,税務課,suzuki\n`,
    );
    expect(fates(lines)).toEqual(["sato same", "suzuki wrong"]);
    expect(problems(lines)).toEqual(["", "mail bad-mail"]);
    expect(await mailOf("sato")).toBe("sato@city.example");
  });

  test("one that was changed since is left as it is", async () => {
    await imported(`${FILE}sato さん,sato,総務部,sato@city.example\n`);
    await setMail(place.desk, "midori/sato" as Login, undefined);
    expect(await undo()).toMatchObject({ restored: 0, left: [{ id: "sato", why: "changed" }] });
  });
});

describe("each line's fate", () => {
  test("is to be added, changed, left or mended, and nothing is done yet", async () => {
    const { lines, counts, ignored } = await preview(
      "名前,職員ID,部署,状態\n森 三郎,ＭＯＲＩ,総務部,\nsato さん,Sato,総務部,利用中\n鈴木 花子,suzuki,総務部,利用中\n,kara,,\n",
    );
    expect(fates(lines)).toEqual(["mori add", "sato same", "suzuki change", "kara wrong"]);
    expect(counts).toEqual({ add: 1, change: 1, same: 1, wrong: 1 });
    expect(ignored).toEqual(["状態"]);
    expect(lines[2]?.changes).toEqual([
      { column: "name", from: "suzuki さん", to: "鈴木 花子" },
      { column: "division", from: "税務課", to: "総務部" },
    ]);
    expect(lines[3]).toMatchObject({ row: 5, cells: ["", "kara", "", ""] });
    expect(await person("mori")).toBeUndefined();
  });

  test.each(["ja", "en"] as const)(
    "of what the list's export gives (%s) is the same, whatever names and places hold",
    async (language) => {
      for (const division of ["総務部", "税務課"]) await addDivision(place.desk, "庶務係", { ...WHOLE_TOWN, division });
      for (const [i, name] of ["=cmd|x", "'-1", "ﾔﾏﾀﾞ 花子", 'a"b,c', "髙橋　美咲"].entries()) {
        const division = i % 2 ? "税務課/庶務係" : "総務部/庶務係";
        await addPerson(place.desk, { ...WHOLE_TOWN, division, login: `p${i}` as Login, name });
      }
      const words = await Words.load(language);
      const answer = await askConsole(server, kanri.cookie, "GET", "/console/lists/people");
      const { rows } = listAnswer("people").parse(answer.json);
      for (const columns of [shownColumns("people", undefined, false), columnsOf("people")]) {
        const file = csv([
          columns.map(({ key }) => words.column(key)),
          ...rows.map((row) => columns.map(({ text }) => text(row, words))),
        ]);
        const { lines, counts } = await preview(file);
        expect(problems(lines).filter(Boolean)).toEqual([]);
        expect(counts).toEqual({ add: 0, change: 0, same: rows.length, wrong: 0 });
      }
      expect(rows.length).toBeGreaterThan(7);
    },
  );

  test("a file from Excel is read in Shift_JIS, and a letter it has not is not taken for a question mark", async () => {
    await addPerson(place.desk, { ...WHOLE_TOWN, login: "yoshida" as Login, name: "𠮷田 一" });
    const { lines } = await preview(shiftJis("名前,職員ID\r\n森 ｻﾌﾞﾛｳ,mori\r\n𠮷田 一,yoshida\r\n"));
    expect(lines[0]).toMatchObject({ fate: "add", values: { name: "森 サブロウ" } });
    expect(problems(lines)).toEqual(["", "name lost-letter"]);
  });

  test("what the letters' tables tell apart is the same division", async () => {
    await addDivision(place.desk, "A〜B−1", WHOLE_TOWN);
    const { lines } = await preview(shiftJis("名前,職員ID,部署\r\n森,mori,A～B－1\r\n"));
    expect(lines[0]).toMatchObject({ fate: "add", values: { division: "A〜B−1" } });
  });

  test("names what is wrong, and where", async () => {
    await addDivision(place.desk, "庶務係", { ...WHOLE_TOWN, division: "総務部" });
    await addDivision(place.desk, "庶務係", { ...WHOLE_TOWN, division: "税務課" });
    await addPerson(place.desk, { ...WHOLE_TOWN, login: "00123" as Login, name: "零" });
    const { lines } = await preview(
      [
        "名前,職員ID,部署",
        "森,モリ,",
        "森,mori,秘書課",
        "林,hayashi,庶務係",
        "林,hayashi2,税務課/庶務係",
        "零,123,",
        "乙,kinoto,",
        "乙,Kinoto,",
        "丙,hinoe,",
        "丙 二,hinoe,",
        "鈴,木,suzuki,税務課",
        "？田,hatena,",
      ].join("\n"),
    );
    expect(problems(lines)).toEqual([
      "login bad-login",
      "division no-division",
      "division which-division",
      "",
      "login zeros",
      "",
      "login twice",
      "login twice",
      "login twice",
      "name too-many-cells, login bad-login, division no-division",
      "name lost-letter",
    ]);
    expect(lines[6]?.problems[0]?.fact).toBe("7");
    expect(lines[7]?.problems[0]?.fact).toBe("10");
    expect(lines[2]?.problems[0]?.fact).toBe("税務課/庶務係, 総務部/庶務係");
  });

  test("is asked of the table: other divisions and towns are for others", async () => {
    const { cookie } = await enterWith(server, place, "administrator");
    const file =
      "名前,職員ID,部署\n森,mori,総務部\n林,hayashi,税務課\n原,haraguchi,\n鈴木,suzuki,総務部\nsato さん,sato,税務課\n";
    const { lines } = await preview(file, cookie);
    expect(problems(lines)).toEqual([
      "",
      "division forbidden",
      "division forbidden",
      "login forbidden",
      "division forbidden",
    ]);
    const abroad = await preview("名前,職員ID,団体\n森,mori,桜町\n森,mori,日村\n森,mori,なし町\n", cookie);
    expect(problems(abroad.lines)).toEqual(Array(3).fill("organisation no-organisation"));
  });

  test("with several towns in reach says that it has to be said which", async () => {
    const { cookie } = await enterWith(server, place, "prefecture");
    const { lines } = await preview("名前,職員ID,団体\n森,mori,\n森,mori,桜町\n森,mori,ＭＩＤＯＲＩ\n", cookie);
    expect(problems(lines)).toEqual(["organisation which-organisation", "", ""]);
    expect(lines.map(({ values }) => values.organisation)).toEqual(["", "桜町", "緑市"]);
  });
});

describe("a file that is not taken", () => {
  test("says why", async () => {
    expect((await upload("名前,部署\nx,y\n")).json).toEqual({
      is: "unreadable",
      problem: "no-column",
      column: "login",
    });
    expect((await upload(Buffer.from([0x50, 0x4b, 3, 4]))).json).toEqual({ is: "unreadable", problem: "excel" });
  });

  test("too large, or no CSV by its kind: refused", async () => {
    for (const bytes of [MAX_IMPORT_BYTES + 1, 50 * 1024 * 1024]) {
      const large = await upload(Buffer.alloc(bytes, "x"));
      expect([large.status, (large.json as { code: string }).code]).toEqual([400, "BAD_REQUEST"]);
    }
    expect((await upload("{}", kanri.cookie, "application/json")).status).toBe(400);
  });

  test("nobody is heard without a cookie, a manager and an auditor are refused", async () => {
    expect((await upload("x", "")).status).toBe(401);
    for (const role of ["manager", "auditor"] as const) {
      const { cookie } = await enterWith(server, place, role);
      expect((await upload("名前,職員ID\n森,mori\n", cookie)).json).toMatchObject({ code: "FORBIDDEN" });
      expect((await askConsole(server, cookie, "GET", "/console/imports/people/last")).json).toMatchObject({
        code: "FORBIDDEN",
      });
    }
  });
});

describe("doing it", () => {
  const FILE = "名前,職員ID,部署\n森 三郎,mori,総務部\n鈴木 花子,suzuki,総務部\nsato さん,sato,総務部\n悪,,\n";

  test("adds and changes, hands over what newcomers sign in with, and leaves its record", async () => {
    const { counts, wrong, letters } = await imported(FILE);
    expect(counts).toEqual({ add: 1, change: 1, same: 1, wrong: 1 });
    expect(fates(wrong)).toEqual([" wrong"]);
    expect(letters).toMatchObject([{ login: "mori", name: "森 三郎", division: "総務部", organisationCode: "midori" }]);
    expect(await person("suzuki")).toMatchObject({ name: "鈴木 花子", divisionId: country.divisions.soumu });
    expect(await person("mori")).toMatchObject({ divisionId: country.divisions.soumu, mustChange: 1 });
    const [record] = await records("person.imported");
    expect(record).toMatchObject({ added: 1, changed: 1, wrong: 1, reason: "年度初め" });
    for (const event of ["person.renamed", "person.moved"])
      expect((await records(event)).at(-1)).toMatchObject({ login: "suzuki", import: record?.["import"] });
    expect((await records("person.added")).at(-1)).toMatchObject({ login: "mori", import: record?.["import"] });
    expect(await verifyAudit(place.store)).toMatchObject({ ok: true });
    const [letter] = letters;
    expect(JSON.stringify(await place.store.read((q) => q.audit.after(0, 100_000)))).not.toContain(letter?.password);
  });

  test("with the handed-over password and code a newcomer signs in, and has to choose their own", async () => {
    const [letter] = (await imported(FILE)).letters;
    if (!letter) throw new Error("no letter");
    const newcomer = await person("mori");
    const device = await makeDevice();
    if (newcomer) await registerDevice(place, { person: newcomer.id, organisation: "緑市" }, device);
    const who = { login: "mori", organisation: "midori", password: letter.password, device };
    const code = codeAt(seedOfUri(letter.otpauth), at);
    expect((await trySignIn(server, { ...who, password: "not-it-at-all", code })).status).toBe(401);
    const answer = await trySignIn(server, { ...who, code });
    expect(answer.json).toMatchObject({ login: "mori", mustChange: true });
  });

  test("needs a fresh code, a file that was looked at, by the one who did", async () => {
    const { token } = await preview(FILE);
    expect((await post("apply", { token })).json).toMatchObject({ code: "CODE_NEEDED" });
    const other = await enterWith(server, place, "administrator", WHOLE_TOWN);
    at += 30_000;
    const theirs = await post("apply", { token, code: other.person.codeAt(at) }, other.cookie);
    expect(theirs.json).toMatchObject({ code: "ACT_REFUSED" });
    expect((await post("apply", { token: "x", code: nextCode() })).json).toMatchObject({ code: "ACT_REFUSED" });
    expect((await apply(token)).status).toBe(200);
    expect((await apply(token)).json).toMatchObject({ code: "ACT_REFUSED" });
    const late = await preview("名前,職員ID\n林,hayashi\n");
    at += 31 * 60_000;
    const again = await enter(server, place, kanri.person);
    expect((await post("apply", { token: late.token, code: nextCode() }, again)).json).toMatchObject({
      code: "ACT_REFUSED",
    });
    expect(await person("hayashi")).toBeUndefined();
  });

  test("a line that would come to something else by now is left out, and said to be wrong", async () => {
    const { token } = await preview(`${FILE}林,hayashi,\n`);
    await addPerson(place.desk, { ...WHOLE_TOWN, login: "mori" as Login, name: "森 別人" });
    await movePerson(place.desk, "midori/suzuki" as Login, undefined);
    const answer = await apply(token);
    const { counts, wrong } = ImportedSchema.parse(answer.json);
    expect(counts).toEqual({ add: 1, change: 0, same: 1, wrong: 3 });
    expect(problems(wrong)).toEqual(["login changed-meanwhile", "login changed-meanwhile", "login missing"]);
    expect(wrong[0]?.cells).toEqual(["森 三郎", "mori", "総務部"]);
    expect(await person("mori")).toMatchObject({ name: "森 別人" });
    expect(await person("suzuki")).toMatchObject({ name: "suzuki さん", divisionId: null });
  });

  test("is all or nothing: what fails in the middle leaves nothing behind, and can be done again", async () => {
    const rows = Array.from({ length: 250 }, (_, i) => `見本 ${i},mihon${i},総務部`);
    const { token } = await preview(`名前,職員ID,部署\n${rows.join("\n")}\n`);
    const before = await place.store.read((q) => q.audit.last());
    const database = new DatabaseSync(join(place.stateDir, DATABASE_FILE));
    database.exec(
      "create trigger broken before insert on people when new.login = 'mihon240' begin select raise(abort, 'broken'); end",
    );
    expect((await apply(token)).json).toMatchObject({ code: "INTERNAL" });
    expect(await person("mihon0")).toBeUndefined();
    expect((await place.store.read((q) => q.audit.last()))?.seq).toBe(before?.seq);
    expect(await last()).toBeUndefined();
    database.exec("drop trigger broken");
    database.close();
    const answer = await apply(token);
    expect(ImportedSchema.parse(answer.json).letters).toHaveLength(250);
    expect(new Set((await records("person.added")).map(({ login }) => login)).size).toBeGreaterThan(250);
  });

  test("two at once: what one has done the other does not do again", async () => {
    const { token } = await preview("名前,職員ID\n森,mori\n");
    const [first, second] = [nextCode(), nextCode()];
    const answers = await Promise.all([post("apply", { token, code: second }), post("apply", { token, code: first })]);
    expect(answers.filter(({ status }) => status === 200).length).toBe(1);
    expect((await records("person.added")).filter(({ login }) => login === "mori")).toHaveLength(1);
  });
});

describe("taking it back", () => {
  const FILE = "名前,職員ID,部署\n森,mori,総務部\n林,hayashi,\n鈴木 花子,suzuki,総務部\n佐藤 新,sato,総務部\n";

  test("removes who was added and gives the others back what there was", async () => {
    await imported(FILE);
    expect(await last()).toMatchObject({ added: 2, changed: 2, until: at + DAY_MS });
    expect(await undo()).toEqual({ removed: 2, restored: 2, left: [] });
    expect(await person("mori")).toBeUndefined();
    expect(await person("suzuki")).toMatchObject({ name: "suzuki さん", divisionId: country.divisions.zeimu });
    expect(await person("sato")).toMatchObject({ name: "sato さん" });
    expect((await records("person.removed")).map(({ login }) => login)).toEqual(["mori", "hayashi"]);
    expect(await records("person.import-undone")).toMatchObject([{ removed: 2, restored: 2, left: 0 }]);
    expect(await last()).toBeUndefined();
    expect(await verifyAudit(place.store)).toMatchObject({ ok: true });
    expect((await imported(FILE)).counts).toMatchObject({ add: 2, change: 2 });
  });

  test("as doing it does, tells who is here of those who are called or stand otherwise now", async () => {
    const persons = ["suzuki", "sato"].map(async (login) => ({ kind: "person", subject: (await person(login))?.id }));
    const changed = [...(await Promise.all(persons)), { kind: "lock", subject: "moved" }];
    await imported(FILE);
    expect(noticed()).toEqual(changed);
    await undo();
    expect(noticed()).toEqual(changed);
  });

  test("leaves who is in use or was changed since, and says why", async () => {
    await imported(FILE);
    at += 1_000;
    await addGrant(place.desk, "midori/mori" as Login, country.own.terminal, null);
    await setPassword(place.desk, "midori/hayashi" as Login);
    await movePerson(place.desk, "midori/suzuki" as Login, undefined);
    const { removed, restored, left } = await undo();
    expect([removed, restored]).toEqual([0, 1]);
    expect(left.map(({ id, why }) => `${id} ${why}`)).toEqual(["mori used", "hayashi changed", "suzuki changed"]);
    expect(await person("mori")).toBeDefined();
    expect(await person("suzuki")).toMatchObject({ name: "鈴木 花子", divisionId: null });
  });

  test("leaves who is locked out, so that the lock stays", async () => {
    await imported(FILE);
    await setLock({ ...place.desk, reason: "紛失" }, { kind: "person", who: "midori/mori" as Login }, null);
    expect(await undo()).toMatchObject({ removed: 1, restored: 2, left: [{ id: "mori", why: "used" }] });
  });

  test("leaves for whom policy was set, and it stands", async () => {
    await imported(FILE);
    const mori = { level: "person", id: (await person("mori"))?.id ?? "" } as const;
    await setPolicy(place.desk, { place: mori, rules: { viewOnly: true }, basedOn: 0, because: "試行" });
    expect(await undo()).toMatchObject({ removed: 1, left: [{ id: "mori", why: "used" }] });
    expect((await policyView(place.desk, mori)).here).toEqual({ viewOnly: true });
  });

  test("is for the one who did it, with a fresh code, within a day, once", async () => {
    await imported(FILE);
    const id = (await last())?.import as string;
    const other = await enterWith(server, place, "administrator", WHOLE_TOWN);
    expect(await last(other.cookie)).toBeUndefined();
    at += 30_000;
    expect((await post("undo", { import: id, code: other.person.codeAt(at) }, other.cookie)).json).toMatchObject({
      code: "ACT_REFUSED",
    });
    expect((await post("undo", { import: id })).json).toMatchObject({ code: "CODE_NEEDED" });
    await undo();
    expect((await post("undo", { import: id, code: nextCode() })).json).toMatchObject({ code: "ACT_REFUSED" });
    await imported(FILE);
    at += DAY_MS;
    const again = await enter(server, place, kanri.person);
    expect(await last(again)).toBeUndefined();
    const actor = `person:midori/${kanri.person.login}`;
    const log = createLog({ level: "silent" });
    const house = new Housekeeping({ store: place.store, retention, lapse: lapseRequests, log, now: () => at - 1_000 });
    await house.run();
    expect(await place.store.read((q) => q.imports.lastOf(actor, "people"))).toBeDefined();
    await new Housekeeping({ store: place.store, retention, lapse: lapseRequests, log, now: () => at }).run();
    expect(await place.store.read((q) => q.imports.lastOf(actor, "people"))).toBeUndefined();
  });
});
