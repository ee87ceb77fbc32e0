/**
 * The duties themselves. No duty stands here that was not read in its source; evidence is a file of this repository, with the words of
 * the test that shows it (test/unit/documents.test.ts looks for both).
 */
import type { Line } from "../protocol/console-documents.ts";
import { MIN_PASSWORD_CHARS } from "../protocol/limits.ts";
import type { Facts } from "./facts.ts";
import { blank, lineOf } from "./parts.ts";
import { codesOf, saidOf } from "./rule-words.ts";
import type { SourceKey } from "./sources.ts";

export type Doer = "product" | "organisation" | "person";

export interface Evidence {
  readonly file: string;
  /** As it stands there. */
  readonly words?: string;
}

export interface Duty {
  readonly duty: string;
  readonly source: SourceKey;
  readonly doers: readonly Doer[];
  readonly how: (facts: Facts) => Line;
  readonly evidence: readonly Evidence[];
}

const say =
  (words: string): Duty["how"] =>
  () =>
    lineOf(words);

const OF_TERMS: readonly Duty[] = [
  {
    duty: "接続元端末は貸与端末を推奨する。私物を使うなら、政府機関等の対策基準策定のためのガイドライン等を参考に対策する",
    source: "terms",
    doers: ["organisation", "product"],
    how: ({ settings }) => [
      `登録した端末（ブラウザーの鍵）だけが接続できる。サーバーの承認は${settings.twoPersons.includes("device.approve") ? "二人" : "一人"}、庁内パソコンの一覧にも登録が要る。貸与か私物かは、`,
      blank("団体の貸出簿"),
      "で管理する。",
    ],
    evidence: [
      {
        file: "test/unit/agent-admission.test.ts",
        words: "a device that is removed between the look at the list and the session is noticed",
      },
      { file: "test/unit/agent-devices.test.ts", words: "a device has its day" },
    ],
  },
  {
    duty: "支給端末にログインする際の利用者認証を必須とする",
    source: "terms",
    doers: ["organisation", "person"],
    how: () => ["端末そのもののログインは、この製品の外にある。", blank("端末の設定・管理台帳")],
    evidence: [],
  },
  {
    duty: "パスワードポリシーを定める（長さ、文字種、辞書にある言葉の禁止など）",
    source: "terms",
    doers: ["product", "organisation"],
    how: say(
      `${MIN_PASSWORD_CHARS}文字以上。よくある言葉と並び、名前・職員ID・団体名を含むものは、理由を示して断る。渡したパスワードは初回に変えさせる。`,
    ),
    evidence: [{ file: "test/integration/password.test.ts", words: "that will not do is refused with the reason" }],
  },
  {
    duty: "接続したシステムのデータを支給端末に保存させない、画面転送によるリモート接続とする",
    source: "terms",
    doers: ["product"],
    how: say(
      "庁内パソコンの画面を映像として送るだけで、ファイルを送るプログラムも、映像を端末に保存するプログラムもない。",
    ),
    evidence: [
      { file: "test/unit/viewer-absent.test.ts", words: "the page has no code for %s" },
      { file: "test/e2e/session.test.ts", words: "is connected through the relay at both ends" },
    ],
  },
  {
    duty: "接続したシステムのデータを支給端末にコピーできないようにする（クリップボード共有の禁止）",
    source: "terms",
    doers: ["product"],
    how: say("クリップボードをやり取りするプログラムがない。利用者にも管理者にも、有効にする設定がない。"),
    evidence: [
      { file: "test/unit/viewer-absent.test.ts", words: "the page has no code for %s" },
      { file: "test/unit/agent-gate.test.ts", words: "the gate" },
    ],
  },
  {
    duty: "職員の業務端末（FAT端末）の持ち出しを認める場合は、事前に端末のデータを削除する",
    source: "terms",
    doers: ["organisation"],
    how: () => [
      "この製品は、業務端末を庁内に置いたまま使う。持ち出しを認める場合の手順は、",
      blank("団体の手順"),
      "。",
    ],
    evidence: [],
  },
  {
    duty: "接続したシステムのデータを支給端末から印刷できないようにする（プリンターリダイレクトの禁止）",
    source: "terms",
    doers: ["product"],
    how: say("印刷を送るプログラムがない。ブラウザーの印刷では、白紙になる。"),
    evidence: [{ file: "test/e2e/session.test.ts", words: "prints a blank page" }],
  },
  {
    duty: "画面ののぞき見の対策として、端末にのぞき見防止フィルターの実装を検討する",
    source: "terms",
    doers: ["organisation", "person", "product"],
    how: ({ policy: { inForce } }) => [
      `家の側のフィルターは、`,
      blank("配布する・しない"),
      `。庁内の側は、接続中のモニターを「${saidOf(inForce, "cover")}」、操作がないときは${saidOf(inForce, "idleMinutes")}で終える。`,
    ],
    evidence: [
      { file: "test/e2e/cover.test.ts", words: "covered monitors are dark while the page shows the screen" },
      { file: "test/unit/agent-idle.test.ts", words: "is warned of a minute before its end, and is over at its end" },
    ],
  },
  {
    duty: "不特定の人がいる場所での利用についての定め（原文の続きを読めていないので、本文を確かめること）",
    source: "terms",
    doers: ["organisation", "person", "product"],
    how: ({ policy: { inForce } }) => [
      `利用できる場所は「${saidOf(inForce, "from")}」。アドレスで分かる場所だけを限ることができる。公共の場所の扱いは、`,
      blank("団体の決まり"),
      "。",
    ],
    evidence: [{ file: "test/integration/policies.test.ts", words: "from a place that is not allowed is refused" }],
  },
];

const OF_SYSTEM: readonly Duty[] = [
  {
    duty: "ファイル共有とクリップボード共有は強制的に無効とし、利用者が有効にできない",
    source: "system",
    doers: ["product"],
    how: say("無効にしているのではなく、プログラムがない。"),
    evidence: [{ file: "test/unit/viewer-absent.test.ts", words: "the page has no code for %s" }],
  },
  {
    duty: "ワンタイムパスワードによる多要素認証を必須とする",
    source: "system",
    doers: ["product"],
    how: (facts) =>
      lineOf(
        `パスワード、使い捨てのコード（${codesOf(facts)}）、端末の鍵の三つが必ず要る。切る設定はない。一つのコードは一度だけ使える。`,
      ),
    evidence: [
      { file: "test/integration/sign-in.test.ts", words: "a code counts in its own thirty seconds only, and once" },
      { file: "test/integration/sign-in.test.ts", words: "a hundred tries at once with one valid code: one succeeds" },
    ],
  },
];

const OF_NETWORK: readonly Duty[] = [
  {
    duty: "特定通信は、通信経路の限定（MACアドレス、IPアドレス）に加えて、アプリケーションプロトコル（ポート番号）でも限定する",
    source: "communication",
    doers: ["organisation", "product"],
    how: ({ settings }) => [
      `「特定通信」の帳票に、送信元・宛先・ポートを設定から出す。庁内から出るのは ${new URL(settings.inside.url).host} ほか表のものだけ。機器の設定は、`,
      blank("ネットワーク担当"),
      "が行う。",
    ],
    evidence: [
      { file: "turn-config/README.md" },
      { file: "turn-config/engawa-turn.nft" },
      { file: "test/integration/turn-check.test.ts", words: "finds nothing wanting in the generated configuration" },
      { file: "test/integration/relay-firewall.test.ts", words: "hold back an office PC that floods the relay" },
    ],
  },
  {
    duty: "LGWAN接続系とインターネット接続系の通信経路を分割し、両者で通信するときは無害化した通信とする",
    source: "layers",
    doers: ["product", "organisation"],
    how: () => [
      "庁内から出るのは画面の映像、庁内へ入るのはキーとマウスと打った文字だけで、どの文も一つの検査所（agentの門）で形・回数・許可を確かめる。中継は自分自身の中でしかつながない。置き場所の判断は、",
      blank("団体（「配置」の帳票）"),
      "。",
    ],
    evidence: [
      { file: "test/unit/agent-gate.test.ts", words: "takes 500 events in a second, refuses the next" },
      { file: "test/integration/edge.test.ts", words: "methods that no client needs do not reach the relay" },
      { file: "signaling/protocol/README.md" },
    ],
  },
];

const OF_GUIDELINE: readonly Duty[] = [
  {
    duty: "多要素認証と、電子証明書を活用した端末の認証が推奨されている（令和6年10月版。解説記事による）",
    source: "guideline",
    doers: ["product", "organisation"],
    how: say(
      "端末ごとの鍵（ブラウザーから取り出せないもの）で署名して確かめる。電子証明書そのものではない。団体が端末に配る証明書での認証は、この製品の前の機器で行う。",
    ),
    evidence: [
      { file: "test/integration/sign-in.test.ts", words: "signatures are verified only for who was let in to try" },
      { file: "signaling/protocol/README.md" },
    ],
  },
  {
    duty: "α・α′・β・β′のどの構成かを定め、それに応じた対策をとる（令和6年10月版でα′が加わった。解説記事による）",
    source: "guideline",
    doers: ["organisation"],
    how: () => ["「配置」の帳票に、構成ごとの置き場所を示す。団体の構成は、", blank("α・α′・β・β′"), "。"],
    evidence: [],
  },
];

/** Of these only the names of their sections were read: what they ask for is in the standard of one's own. */
const OF_STANDARD: readonly Duty[] = [
  {
    duty: "「アクセス制御」「ID及びパスワード等の管理」の節（権限の付与と見直し）",
    source: "standard",
    doers: ["product", "organisation"],
    how: say(
      "できることは一つの表にあり、書かれていないことはできない。異動・退職は一つの操作で、許可・端末・サインインをまとめて終わらせる。",
    ),
    evidence: [
      { file: "test/integration/access.test.ts", words: "every action × every role × every relation" },
      { file: "test/integration/life-cycle.test.ts", words: "and nothing that would let them in is left" },
    ],
  },
  {
    duty: "「情報システムの監視」「遵守状況の確認」の節（記録の取得と点検）",
    source: "standard",
    doers: ["product", "organisation"],
    how: ({ policy: { inForce } }) => [
      `監査記録は消えず、つながりと封印で書きかえが分かる。接続とサインインの記録は「${saidOf(inForce, "retentionDays")}」。点検は、`,
      blank("点検する人と間隔"),
      "。",
    ],
    evidence: [
      { file: "test/unit/audit.test.ts", words: "a chain written anew does not fit its seals" },
      { file: "test/unit/audit.test.ts", words: "our own program can neither change nor remove a record" },
    ],
  },
  {
    duty: "「情報セキュリティインシデントの報告」「侵害時の対応等」の節",
    source: "standard",
    doers: ["product", "organisation", "person"],
    how: () => ["緊急停止は数秒で効き、庁内パソコンが自分で守る。届け出る先は、", blank("連絡先・CSIRT"), "。"],
    evidence: [{ file: "test/e2e/locks.test.ts", words: "and the office PC keeps them out" }],
  },
  {
    duty: "「研修及び訓練」の節",
    source: "standard",
    doers: ["organisation", "person"],
    how: () => ["職員向けの手引きと、1枚のリーフレットがある。実施の記録は、", blank("研修の記録"), "。"],
    evidence: [{ file: "viewer/README.md" }],
  },
];

export const DUTIES: readonly Duty[] = [...OF_TERMS, ...OF_SYSTEM, ...OF_NETWORK, ...OF_GUIDELINE, ...OF_STANDARD];
