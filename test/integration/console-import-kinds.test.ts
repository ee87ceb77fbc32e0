/** Office PCs, grants and divisions from a file, over HTTP on a real store. What all kinds share is tried with people (console-import.test.ts). */
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyAudit } from "../../signaling/audit/verify.ts";
import { columnsOf, shownColumns } from "../../signaling/console/page/list/shown-columns.ts";
import { Words } from "../../signaling/console/page/words/words.ts";
import { addDivision, moveDivision } from "../../signaling/organisations/divisions.ts";
import { addGrant, grants } from "../../signaling/organisations/grants.ts";
import { setPolicy } from "../../signaling/organisations/policies.ts";
import { issueToken, moveTerminal, terminals } from "../../signaling/organisations/terminals.ts";
import { listAnswer } from "../../signaling/protocol/console.ts";
import {
  Imported,
  type ImportKind,
  type ImportLine,
  ImportUndone,
  LastImport,
} from "../../signaling/protocol/console-import.ts";
import { csv } from "../../signaling/protocol/csv.ts";
import type { Login, Nonce, TerminalId } from "../../signaling/protocol/ids.ts";
import { enrolText } from "../../signaling/protocol/signed.ts";
import { enterWith } from "../support/console.ts";
import { askConsole, send } from "../support/http-server.ts";
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
import { makeDevice, makePerson, rowsOf } from "../support/store.ts";

const JAPAN = 540;
/** The export is written by this clock. */
const HERE = -new Date().getTimezoneOffset();
const SATO = "midori/sato" as Login;

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

const upload = (kind: string, file: string | Buffer, cookie = kanri.cookie, offset = JAPAN) =>
  uploadTo(server, cookie, `${kind}?offset=${offset}`, file);
const preview = async (kind: ImportKind, file: string | Buffer, cookie = kanri.cookie, offset = JAPAN) =>
  readable(await upload(kind, file, cookie, offset));
const nextCode = (): string => {
  at += 30_000;
  return kanri.person.codeAt(at);
};
const post = (path: string, body: object) =>
  askConsole(server, kanri.cookie, "POST", `/console/imports/${path}`, {
    reason: "年度初め",
    code: nextCode(),
    ...body,
  });
const imported = async (kind: ImportKind, file: string | Buffer): Promise<Imported> => {
  const answer = await post(`${kind}/apply`, { token: (await preview(kind, file)).token });
  expect(answer.status, answer.text).toBe(200);
  return Imported.parse(answer.json);
};
const undo = async (kind: ImportKind): Promise<ImportUndone> => {
  const { last } = LastImport.parse(
    (await askConsole(server, kanri.cookie, "GET", `/console/imports/${kind}/last`)).json,
  );
  const answer = await post(`${kind}/undo`, { import: last?.import });
  expect(answer.status, answer.text).toBe(200);
  return ImportUndone.parse(answer.json);
};
const fates = (lines: readonly ImportLine[]) => lines.map(({ fate }) => fate);
const noticed = () => noticedBy(server);
const records = (event: string) => recordsOf(place, event);
const pcsCalled = async (name: string) => (await rowsOf(place.desk, terminals)).filter((row) => row.name === name);
const divisionsOf = () => place.store.read((q) => q.organisations.divisionsOf(country.organisations.midori));

/** What the list's CSV button gives, in this language, with the usual columns and with all. */
async function exportsOf(kind: ImportKind, language: "ja" | "en"): Promise<string[]> {
  const words = await Words.load(language);
  const answer = await askConsole(server, kanri.cookie, "GET", `/console/lists/${kind}`);
  const { rows } = listAnswer(kind).parse(answer.json);
  expect(rows.length).toBeGreaterThan(2);
  return [shownColumns(kind, undefined, false), columnsOf(kind)].map((columns) =>
    csv([
      columns.map(({ key }) => words.column(key)),
      ...rows.map((row) => columns.map(({ text }) => text(row as never, words))),
    ]),
  );
}

/** It has another table for these two (organisations/imports/lines.ts). */
const asExcel = (text: string): string => text.replaceAll("〜", "～").replaceAll("−", "－");

describe.each(["terminals", "grants", "divisions"] as const)("the export of %s", (kind) => {
  test.each(["ja", "en"] as const)(
    "comes back in (%s), in UTF-8 and in Shift_JIS, and is the same",
    async (language) => {
      for (const division of ["総務部", "税務課"]) await addDivision(place.desk, "庶務係", { ...WHOLE_TOWN, division });
      for (const [i, name] of ["=cmd|x", "'-1", "ﾔﾏﾀﾞ の PC", 'a"b,c', "髙橋〜PC"].entries()) {
        const division = i % 2 ? "税務課/庶務係" : "総務部/庶務係";
        const { terminal } = await issueToken(place.desk, { ...WHOLE_TOWN, division, name });
        await addGrant(place.desk, SATO, terminal, i % 2 ? null : at + (i + 1) * 86_400_000 + 12_345);
      }
      await addDivision(place.desk, "'=A〜B−1", { ...WHOLE_TOWN, division: "総務部/庶務係" });
      at += 2 * 86_400_000; // the first grant has ended
      kanri = await enterWith(server, place, "administrator", WHOLE_TOWN);
      for (const file of await exportsOf(kind, language)) {
        for (const bytes of [file, file.slice(1), shiftJis(asExcel(file.slice(1)))]) {
          const { lines, counts } = await preview(kind, bytes, kanri.cookie, HERE);
          expect(problems(lines).filter(Boolean)).toEqual([]);
          expect(counts).toEqual({ add: 0, change: 0, same: lines.length, wrong: 0 });
        }
      }
    },
  );
});

describe("office PCs", () => {
  const FILE = "名前,端末ID,部署\n総務-07,,総務部\nsato の PC,,税務課\n";

  test("what is new gets a token that enrols it; the others are moved and renamed", async () => {
    const { lines } = await preview("terminals", `${FILE}正,${country["other division"].terminal},税務課\n`);
    expect(fates(lines)).toEqual(["add", "change", "change"]);
    expect(lines[1]?.values.id).toBe(country.own.terminal);
    const { counts, tokens, letters } = await imported(
      "terminals",
      `${FILE}正,${country["other division"].terminal},税務課\n`,
    );
    expect(counts).toEqual({ add: 1, change: 2, same: 0, wrong: 0 });
    expect(letters).toEqual([]);
    const [token] = tokens;
    expect(token).toMatchObject({ name: "総務-07", organisation: "緑市", division: "総務部" });
    expect(token?.expiresAt).toBe(at + 7 * 86_400_000);
    const [made] = await pcsCalled("総務-07");
    expect(made).toMatchObject({ id: token?.terminal, divisionId: country.divisions.soumu, enrolledAt: null });
    const { secret } = JSON.parse(Buffer.from((token?.token ?? "").slice("engawa1.".length), "base64url").toString());
    const { publicKey, sign } = await makeDevice();
    const nonce = randomBytes(16).toString("base64url") as Nonce;
    const signature = await sign(enrolText({ nonce, publicKey, token: secret }));
    const answer = await send(server.insidePort, "POST", "/api/enrol", {
      body: { token: secret, publicKey, nonce, signature },
    });
    expect(answer.json, answer.text).toMatchObject({ terminal: token?.terminal, name: "総務-07" });
    expect(await pcsCalled("正")).toMatchObject([{ id: country["other division"].terminal }]);
    const [record] = await records("terminal.imported");
    expect(record).toMatchObject({ added: 1, changed: 2, wrong: 0, reason: "年度初め" });
    for (const event of ["terminal.added", "terminal.moved", "terminal.renamed"])
      expect((await records(event)).at(-1), event).toMatchObject({ import: record?.["import"] });
    expect(JSON.stringify(await records("terminal.added"))).not.toContain(secret);
    expect(await verifyAudit(place.store)).toMatchObject({ ok: true });
    // the same file once more: nothing is made twice
    expect((await preview("terminals", FILE)).counts).toEqual({ add: 0, change: 0, same: 2, wrong: 0 });
  });

  test("open pages are told of those that have another name or division, and of those that have it no more", async () => {
    const changed = [
      { kind: "terminal", subject: country.own.terminal },
      { kind: "lock", subject: "moved" },
    ];
    await imported("terminals", FILE);
    expect(noticed()).toEqual(changed);
    await undo("terminals");
    expect(noticed()).toEqual(changed);
  });

  test("names what is wrong, and where", async () => {
    for (const _ of [1, 2]) await issueToken(place.desk, { ...WHOLE_TOWN, name: "同じ名前" });
    const { lines } = await preview(
      "terminals",
      [
        "名前,端末ID,部署",
        ",,総務部",
        "新,K7QM,",
        "新,K7QM-2Z9P-X4TD,",
        `正,${country["other organisation"].terminal},`,
        "同じ名前,,",
        "二台,,総務部",
        "二台,,税務課",
        `sato の PC,${country.own.terminal},総務部`,
        "sato の PC,,総務部",
      ].join("\n"),
    );
    expect(problems(lines)).toEqual([
      "name missing",
      "id bad-id",
      "id no-terminal",
      "id no-terminal",
      "id which-terminal",
      "name twice",
      "name twice",
      "",
      "name twice",
    ]);
  });

  test("are for who looks after them", async () => {
    const { cookie } = await enterWith(server, place, "administrator");
    const { lines } = await preview("terminals", `${FILE}新,,税務課\nsuzuki の PC,,総務部\n`, cookie);
    expect(problems(lines)).toEqual(["", "division forbidden", "division forbidden", "name forbidden"]);
    const manager = await enterWith(server, place, "manager");
    expect((await upload("terminals", FILE, manager.cookie)).json).toMatchObject({ code: "FORBIDDEN" });
    expect((await upload("sessions", FILE)).status).toBe(404);
  });

  test("taking it back removes those of which nothing came, with their tokens", async () => {
    const [first, second] = (await imported("terminals", `${FILE}総務-08,,\n`)).tokens;
    await addGrant(place.desk, SATO, second?.terminal as TerminalId, null);
    expect(await undo("terminals")).toEqual({
      ...{ removed: 1, restored: 1 },
      left: [{ id: second?.terminal, name: "総務-08", why: "used" }],
    });
    expect(await pcsCalled("総務-07")).toEqual([]);
    expect(await pcsCalled("sato の PC")).toMatchObject([{ divisionId: country.divisions.soumu }]);
    expect((await records("terminal.removed")).map(({ terminal }) => terminal)).toEqual([first?.terminal]);
    const again = await imported("terminals", FILE);
    at += 1_000;
    await issueToken(place.desk, { terminal: again.tokens[0]?.terminal });
    await moveTerminal(place.desk, country.own.terminal, undefined);
    expect((await undo("terminals")).left.map(({ why }) => why)).toEqual(["used", "changed"]);
  });
});

describe("grants", () => {
  const pc = () => country["other division"].terminal;
  const until = async (login: string, terminal: TerminalId) =>
    (await rowsOf(place.desk, grants)).find((row) => row.login === login && row.terminalId === terminal)?.until;

  test("are given and changed, to the end of the day that the file's reader means", async () => {
    await addGrant(place.desk, SATO, country.own.terminal, null);
    const file = [
      "職員ID,端末ID,期限",
      `sato,${pc()},2030/3/31`,
      `佐藤 (sato),${country.own.terminal},令和12年3月31日`,
    ];
    const { lines } = await preview("grants", file.join("\n"));
    expect(fates(lines)).toEqual(["add", "change"]);
    expect(lines[1]?.changes).toEqual([{ column: "until", from: "", to: "2030-04-01 00:00" }]);
    expect((await imported("grants", file.join("\n"))).counts).toMatchObject({ add: 1, change: 1 });
    const midnight = Date.parse("2030-04-01T00:00+09:00");
    expect(await until("sato", pc())).toBe(midnight);
    expect(await until("sato", country.own.terminal)).toBe(midnight);
    expect((await records("grant.added")).at(-1)).toMatchObject({ login: "sato", until: midnight });
    expect(await undo("grants")).toEqual({ removed: 1, restored: 1, left: [] });
    expect(await until("sato", pc())).toBeUndefined();
    expect(await until("sato", country.own.terminal)).toBeNull();
    expect((await records("grant.removed")).at(-1)).toMatchObject({ login: "sato", terminal: pc() });
  });

  test("without a column for it, or with an empty one, have no end; names of PCs do while they are one's only", async () => {
    expect((await imported("grants", "職員,職場のパソコン\nsato,suzuki の PC\n")).counts.add).toBe(1);
    expect(await until("sato", pc())).toBeNull();
    await addGrant(place.desk, SATO, pc(), at + 86_400_000);
    expect((await preview("grants", "職員,職場のパソコン\nsato,suzuki の PC\n")).counts.same).toBe(1);
    const { lines } = await preview("grants", "職員,職場のパソコン,期限\nsato,suzuki の PC,\n");
    expect(lines[0]).toMatchObject({ fate: "change", changes: [{ column: "until", to: "" }] });
  });

  test("names what is wrong, and where", async () => {
    await makePerson(place, { login: "00123", organisation: "緑市" });
    const { lines } = await preview(
      "grants",
      [
        "職員ID,端末ID,期限",
        `dareka,${pc()},`,
        `123,${pc()},`,
        "sato,K7QM-2Z9P-X4TD,",
        `sato,${country["other organisation"].terminal},`,
        `sato,${pc()},来年`,
        `suzuki,${pc()},2026-02-30`,
        `suzuki,${country.own.terminal},2001-01-01`,
        ",,2030-01-01",
      ].join("\n"),
    );
    expect(problems(lines)).toEqual([
      "person no-person",
      "person zeros",
      "terminal no-terminal",
      "terminal no-terminal",
      "until bad-date",
      "until bad-date",
      "until past",
      "person missing, terminal missing",
    ]);
    const twice = await preview("grants", `職員ID,端末ID,期限\nsato,${pc()},2030-03-31\nSato,${pc()},2031-03-31\n`);
    expect(problems(twice.lines)).toEqual(["person twice", "person twice"]);
    const { cookie } = await enterWith(server, place, "administrator");
    const forbidden = await preview("grants", `職員ID,端末ID\nsato,${pc()}\nsuzuki,${country.own.terminal}\n`, cookie);
    expect(problems(forbidden.lines)).toEqual(["terminal forbidden", "person forbidden"]);
  });

  test("what was changed since is left as it is", async () => {
    await imported("grants", `職員ID,端末ID,期限\nsato,${pc()},2030-03-31\nsuzuki,${country.own.terminal},\n`);
    await addGrant(place.desk, SATO, pc(), null);
    expect(await undo("grants")).toMatchObject({ removed: 1, left: [{ id: pc(), name: "sato", why: "changed" }] });
    expect(await until("sato", pc())).toBeNull();
  });
});

describe("divisions", () => {
  const FILE = "名前,上の部署\n人事係,総務部/総務課\n総務課,総務部\n給与担当,人事係\n税務課,\n";

  test("are added below each other, in whatever order they stand there", async () => {
    const { lines, counts } = await preview("divisions", FILE);
    expect(problems(lines).filter(Boolean)).toEqual([]);
    expect(counts).toEqual({ add: 3, change: 0, same: 1, wrong: 0 });
    expect(lines.map(({ values }) => values.parent)).toEqual(["総務部/総務課", "総務部", "総務部/総務課/人事係", ""]);
    await imported("divisions", FILE);
    const all = await divisionsOf();
    const above = (name: string) => {
      const row = all.find((one) => one.name === name);
      return all.find(({ id }) => id === row?.parentId)?.name;
    };
    expect(["総務課", "人事係", "給与担当"].map(above)).toEqual(["総務部", "総務課", "人事係"]);
    expect((await preview("divisions", FILE)).counts).toMatchObject({ add: 0, same: 4 });
    expect(await undo("divisions")).toEqual({ removed: 3, restored: 0, left: [] });
    expect((await divisionsOf()).map(({ name }) => name).sort()).toEqual(["税務課", "総務部"]);
    expect((await records("division.removed")).map(({ name }) => name)).toEqual(["給与担当", "人事係", "総務課"]);
    expect(await verifyAudit(place.store)).toMatchObject({ ok: true });
  });

  test("names what is wrong, and where; what stands below it waits too", async () => {
    for (const division of ["総務部", "税務課"]) await addDivision(place.desk, "庶務係", { ...WHOLE_TOWN, division });
    const deep = Array.from({ length: 8 }, (_, i) => `段${i + 1},${i === 0 ? "" : `段${i}`}`);
    const { lines } = await preview(
      "divisions",
      ["名前,上の部署", ",総務部", "総務/人事,", "a,総務/人事", "b,庶務係", "b,なし部", "c,", "C,", "c,", ...deep].join(
        "\n",
      ),
    );
    expect(problems(lines)).toEqual([
      "name missing",
      "name has-slash",
      "parent no-division",
      "parent which-division",
      "parent no-division",
      "",
      "",
      "name twice",
      ...Array(7).fill(""),
      "parent too-deep",
    ]);
    const { cookie } = await enterWith(server, place, "administrator");
    const { lines: theirs } = await preview("divisions", "名前,上の部署\nx,総務部\ny,総務部/x\nz,税務課\nw,\n", cookie);
    expect(problems(theirs)).toEqual(["", "", "parent forbidden", "parent forbidden"]);
  });

  test("one whose ground has gone since it was looked at is left out, and what stands on it", async () => {
    const added = await addDivision(place.desk, "総務課", { ...WHOLE_TOWN, division: "総務部" });
    const { token } = await preview("divisions", `${FILE}秘書課,\n`);
    await place.store.write((q) => q.organisations.removeDivision(added.id));
    const { counts, wrong } = Imported.parse((await post("divisions/apply", { token })).json);
    expect(counts).toMatchObject({ add: 1, same: 1, wrong: 3 });
    expect(problems(wrong)).toEqual(Array(3).fill("name changed-meanwhile"));
    expect((await divisionsOf()).map(({ name }) => name).sort()).toEqual(["秘書課", "税務課", "総務部"]);
  });

  test("those for which policy was set stay, and those above them", async () => {
    await imported("divisions", FILE);
    const id = (await divisionsOf()).find(({ name }) => name === "人事係")?.id ?? "";
    const change = {
      place: { level: "division", id },
      rules: { viewOnly: true },
      basedOn: 0,
      because: "試行",
    } as const;
    await setPolicy(place.desk, change);
    const { removed, left } = await undo("divisions");
    expect(removed).toBe(1);
    expect(left.map(({ name, why }) => `${name} ${why}`)).toEqual(["総務部/総務課/人事係 used", "総務部/総務課 used"]);
  });

  test("those with something in them, and those that were moved, stay", async () => {
    await imported("divisions", FILE);
    await moveTerminal(place.desk, country.own.terminal, "総務部/総務課/人事係");
    await moveDivision(place.desk, { ...WHOLE_TOWN, division: "給与担当" }, "税務課");
    const { removed, left } = await undo("divisions");
    expect(removed).toBe(0);
    expect(left.map(({ name, why }) => `${name} ${why}`)).toEqual([
      "総務部/総務課/人事係/給与担当 changed",
      "総務部/総務課/人事係 used",
      "総務部/総務課 used",
    ]);
  });
});
