/** Documents: what they say is what the settings and rules say, and what they name as evidence is there. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DUTIES } from "../../signaling/documents/duty-list.ts";
import type { Facts } from "../../signaling/documents/facts.ts";
import { pageOf } from "../../signaling/documents/html.ts";
import { saidOf } from "../../signaling/documents/rule-words.ts";
import { documentOf } from "../../signaling/documents/write.ts";
import { type Block, DOCUMENTS, Document, type DocumentName } from "../../signaling/protocol/console-documents.ts";
import { OrganisationCode, OrganisationId } from "../../signaling/protocol/ids.ts";
import { POLICY_RULES, PolicyRules } from "../../signaling/protocol/policy.ts";
import { toldSettings } from "../support/told-settings.ts";

const organisation = {
  id: OrganisationId.parse("00000000-0000-4000-8000-000000000001"),
  name: "緑市",
  code: OrganisationCode.parse("midori"),
};
const facts = (more: Partial<Facts> = {}): Facts => ({
  settings: toldSettings(),
  relay: undefined,
  organisation,
  hasSeveral: true,
  policy: { inForce: {}, from: {} },
  ...{ divisions: [], peopleApart: 0, people: 40, terminals: 30, at: Date.UTC(2026, 10, 30, 3) },
  ...more,
});
const make = (name: DocumentName, more?: Partial<Facts>): Document => Document.parse(documentOf(name, facts(more)));
const wordsOf = (blocks: readonly Block[]): string => JSON.stringify(blocks);
const rowsOf = (document: Document): string[] =>
  document.blocks.flatMap((block) => (block.kind === "table" ? block.rows.map((row) => JSON.stringify(row)) : []));

describe("every document", () => {
  test.each(DOCUMENTS)("%s keeps its contract, and is a page that loads nothing", (name) => {
    const page = pageOf(make(name));
    expect(page).toContain('<html lang="ja">');
    expect(page).toContain("緑市");
    expect(page).toContain("令和8年11月30日");
    expect(page).not.toMatch(/<script|<link|<img|\ssrc=|url\((?!#)|@import/);
  });

  test("says names as they are, whatever letters they have", () => {
    const page = pageOf(make("rules", { organisation: { ...organisation, name: '<b>"緑" & 市</b>' } }));
    expect(page).toContain("&lt;b&gt;&quot;緑&quot; &amp; 市&lt;/b&gt;");
    expect(page).not.toContain("<b>");
  });
});

describe("the rules for use", () => {
  const inForce = PolicyRules.parse({
    hours: [...Array(5).fill({ from: 510, to: 1_035 }), null, null],
    lockOn: "end",
    signInHours: 8,
    kbps: 200,
    retentionDays: 400,
  });

  test("have the values in force, with where they are from", () => {
    const from = { hours: { level: "organisation", id: organisation.id, name: "緑市" } } as const;
    const said = wordsOf(make("rules", { policy: { inForce, from } }).blocks);
    for (const words of ["月～金 8:30～17:15", "8時間で終わる", "平均200kbit/s", "6Mbit/s", "400日残す"])
      expect(said).toContain(words);
    const [row = ""] = rowsOf(make("rules", { policy: { inForce, from } })).filter((one) =>
      one.includes("利用できる時間"),
    );
    expect(row).toContain("緑市");
  });

  test("say two persons where two are wanted, and one where not", () => {
    const two = { settings: toldSettings({ ENGAWA_TWO_PERSONS: "device.approve" }) };
    expect(wordsOf(make("rules", two).blocks)).toContain("端末の承認は、担当二人の確認により");
    expect(wordsOf(make("rules").blocks)).toContain("端末の承認は、担当が");
  });

  test("speak of codes by mail only where there is a mail server", () => {
    const policy = { inForce: PolicyRules.parse({ signInWays: "app-or-mail" }), from: {} };
    const mail = { ENGAWA_MAIL_URL: "smtps://mail.example.lg.jp", ENGAWA_MAIL_FROM: "engawa@example.lg.jp" };
    const [without, by] = [make("rules", { policy }), make("rules", { policy, settings: toldSettings(mail) })];
    expect(wordsOf(without.blocks.slice(0, 20))).not.toContain("メール");
    expect(wordsOf(by.blocks.slice(0, 20))).toContain("登録したアドレスに届くメール");
  });

  test("name the divisions that have rules of their own, and nobody of the people", () => {
    const said = wordsOf(
      make("rules", { divisions: [{ name: "総務課", rules: { viewOnly: true } }], peopleApart: 3 }).blocks,
    );
    expect(said).toContain("総務課");
    expect(said).toContain("見るだけ（キーボードとマウスは届かない）");
    expect(said).toContain("職員が3人いる");
  });

  test("have words for every rule, set and unset", () => {
    for (const rule of POLICY_RULES) expect(saidOf({}, rule), rule).not.toMatch(/undefined|^$/);
    expect(saidOf({ hours: Array(7).fill(null) }, "hours")).toBe("どの曜日にも使えない");
    const days = [
      { name: "年末年始", on: "12-29", to: "01-03", hours: null },
      { name: "臨時開庁", on: "2026-11-03", hours: { from: 540, to: 720 } },
    ];
    expect(saidOf({ calendar: { holidays: true, days } }, "calendar")).toBe(
      "国民の祝日・休日は利用できない、年末年始（12-29～01-03）は利用できない、臨時開庁（2026-11-03）は9:00～12:00",
    );
    expect(saidOf({ endNotices: { firstMin: 90, everyMin: 30, lastMin: 10, graceMin: 30 } }, "endNotices")).toBe(
      "90 分前から 30 分ごと、接続を終える前の 10 分間は 1 分ごとに知らせ、終わりの時刻の 30 分後に接続を終える",
    );
    expect(saidOf({ shutDown: "never" }, "shutDown")).toBe("切らない");
    expect(saidOf({ from: ["庁内", "elsewhere"] }, "from")).toBe("庁内、名前のない場所（自宅など）");
  });
});

describe("the sheet of communications", () => {
  const server = { organisation: undefined } as const;

  test("has a row for each way of the settings, with host, port and who seals it", () => {
    const rows = rowsOf(make("communications", server));
    const row = (...words: string[]) => rows.filter((one) => words.every((word) => one.includes(word))).length;
    expect(row("家の端末のブラウザー", "telework.example.lg.jp", "192.0.2.5", "TCP 443", "TLS 1.3")).toBe(1);
    expect(row("内側の入口", "10.0.0.5", "TCP 443")).toBe(1);
    expect(row("庁内パソコン（agent）", "中継（coturn）", "10.0.0.6", "UDP 3478", "中継は解けない")).toBe(1);
    expect(row("管理画面", "kanri.example.lg.jp", "TCP 8445")).toBe(1);
    expect(row("入口（edge）", "中継（coturn）", "10.0.0.6", "UDP 3478")).toBe(1);
  });

  test("of an organisation has nothing of what servers say to each other", () => {
    const rows = rowsOf(make("communications"));
    expect(rows.length).toBeLessThan(rowsOf(make("communications", server)).length);
    expect(rows.join()).not.toMatch(/中継アドレス|シグナリング/);
  });

  test("of an edge of its own names who hands over to whom; what nobody said stays blank", () => {
    const settings = toldSettings({
      ENGAWA_OUTSIDE_LISTEN: "",
      ENGAWA_OUTSIDE_PROXIED_LISTEN: "10.0.0.9:8443",
      ENGAWA_OUTSIDE_PROXIED_FROM: "10.0.0.4",
      ENGAWA_MAIL_URL: "smtps://engawa@mail.example.lg.jp",
      ENGAWA_MAIL_FROM: "engawa@example.lg.jp",
      ENGAWA_SYSLOG_URL: "syslog-tls://log.example.lg.jp",
    });
    const rows = rowsOf(make("communications", { ...server, settings }));
    expect(rows[0]).toContain('{"blank":"この名前のIPアドレス"}');
    expect(rows.some((row) => row.includes("10.0.0.4") && row.includes("TCP 8443"))).toBe(true);
    expect(rows.some((row) => row.includes("mail.example.lg.jp") && row.includes("TCP 465"))).toBe(true);
    expect(rows.some((row) => row.includes("log.example.lg.jp") && row.includes("TCP 6514"))).toBe(true);
    expect(rows.some((row) => row.includes('"blank":"中継アドレス'))).toBe(true);
  });

  test("takes what the relay's configuration says", () => {
    const relay = { relayIp: "10.99.0.1", ports: { min: 50_000, max: 59_999 } };
    const rows = rowsOf(make("communications", { ...server, relay }));
    expect(rows.some((row) => row.includes("10.99.0.1") && row.includes("UDP 50000～59999"))).toBe(true);
  });

  test("has no waking where policy forbids it, and a relay that is reached by TLS alone has no UDP", () => {
    const settings = toldSettings({ ENGAWA_TURN_INSIDE_URLS: "turns:10.0.0.5:443?transport=tcp" });
    const said = rowsOf(make("communications", { settings, policy: { inForce: { wake: false }, from: {} } })).join();
    expect(said).not.toMatch(/UDP 3478|Wake-on-LAN/);
  });
});

describe("the leaflet", () => {
  test("names the page with the organisation's code only where there are several", () => {
    expect(wordsOf(make("leaflet").blocks)).toContain("https://telework.example.lg.jp/?o=midori");
    expect(wordsOf(make("leaflet", { hasSeveral: false }).blocks)).not.toContain("?o=");
  });

  test("has five steps", () => {
    const [steps] = make("leaflet").blocks.filter((block) => block.kind === "list" && block.isOrdered);
    expect(steps?.kind === "list" && steps.lines.length).toBe(5);
  });
});

describe("the matrix of duties", () => {
  test.each(DUTIES.map((duty) => [duty.duty, duty] as const))("%s: its evidence is there", (_, { doers, evidence }) => {
    expect(doers.length).toBeGreaterThan(0);
    // what the product does has to be shown
    if (doers.includes("product")) expect(evidence.length).toBeGreaterThan(0);
    for (const { file, words } of evidence) {
      expect(existsSync(file), file).toBe(true);
      if (words !== undefined) expect(readFileSync(file, "utf8"), file).toContain(words);
    }
  });
});

describe("the placement", () => {
  test("has a drawing of each model, also said in words, with the ports of the settings", () => {
    const settings = toldSettings({ ENGAWA_OUTSIDE_ORIGINS: "https://telework.example.lg.jp:8443" });
    const drawings = make("placement", { settings }).blocks.flatMap((block) =>
      block.kind === "drawing" ? [block] : [],
    );
    expect(drawings.map(({ caption }) => caption)).toEqual([
      "αモデルの配置",
      "α′モデルの配置",
      "βモデルの配置",
      "β′モデルの配置",
    ]);
    for (const { drawing } of drawings) {
      expect(drawing.words.length).toBeGreaterThan(20);
      expect(drawing.arrows.map(({ label }) => label)).toEqual(
        expect.arrayContaining(["TCP 8443", "TCP 443", "UDP 3478"]),
      );
      for (const { x, y, width, height } of drawing.boxes) {
        expect(x + width).toBeLessThanOrEqual(drawing.width);
        expect(y + height).toBeLessThanOrEqual(drawing.height);
      }
    }
  });
});
