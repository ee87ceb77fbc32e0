/** 対応表: what is asked for, by whom it is done, what this server does for it today, and where that can be looked up. */
import type { Block, Line } from "../protocol/console-documents.ts";
import { type Doer, DUTIES } from "./duty-list.ts";
import type { Facts } from "./facts.ts";
import { code, heading, joined, list, note, type Said, table } from "./parts.ts";
import { SOURCES, sourceBlocks } from "./sources.ts";

const HEAD = ["番号", "求められること", "だれが", "この製品と今の設定", "証拠（試験・文書）"];

const DOERS: Readonly<Record<Doer, string>> = { product: "製品", organisation: "団体", person: "職員" };

export function dutyBlocks(facts: Facts): Block[] {
  const rows = DUTIES.map(({ duty, source, doers, how, evidence }, index): Said[] => [
    `${index + 1}`,
    [`${duty}（出典${numberOf(source)}）`],
    doers.map((doer) => DOERS[doer]).join("・"),
    how(facts),
    evidence.length === 0 ? "団体の文書で示す" : evidenceLine(new Set(evidence.map(({ file }) => file))),
  ]);
  return [
    note(
      "「だれが」の団体と職員の分は、この製品では果たせません。団体の規程・手順・記録で示してください。",
      "証拠は、この製品のリポジトリーの中の名前です。試験は npm test で実行できます。",
    ),
    heading("1　対応表"),
    table("対応表", HEAD, rows),
    heading("2　この製品にできないこと"),
    list(
      "ブラウザーの中のページなので、家の端末のウイルス対策が動いているかは調べられません。貸出用の端末の管理で確かめます。",
      "家の端末での画面の撮影（カメラ、画面の取り込み）は止められません。規程と教育で防ぎます。",
      "端末の登録は、ブラウザーに作った鍵によります。ブラウザーのプロファイルの複製は、端末の複製になります。端末のログインとディスクの暗号化で守ります。",
      "ページのプログラムはサーバーから届きます。サーバーが乗っ取られると、登録された職員がサインインしている間は、その職員としての操作ができます。庁内パソコンのロック画面がその門です。",
    ),
    heading("3　出典"),
    ...sourceBlocks(Object.keys(SOURCES) as (keyof typeof SOURCES)[]),
  ];
}

const numberOf = (source: keyof typeof SOURCES): number => Object.keys(SOURCES).indexOf(source) + 1;

const evidenceLine = (files: ReadonlySet<string>): Line => joined([...files].map(code), " ");
