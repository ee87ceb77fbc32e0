/**
 * The texts that duties and placements are from, as far as they could be read when this was written (2026-11). A document that cites
 * one says so, and that its current edition is what counts.
 */
import type { Block, Line } from "../protocol/console-documents.ts";
import { code, list, note } from "./parts.ts";

interface Source {
  readonly title: string;
  readonly where: string;
  /** How much of it was read. */
  readonly read: string;
}

export const SOURCES = {
  terms: {
    title:
      "IPA「自治体テレワークシステム for LGWAN 使用条件等」2020年11月19日版（総務省のLGWAN接続系のテレワークセキュリティ要件を引くもの）",
    where: "https://telework.cyber.ipa.go.jp/lgwan/terms/",
    read: "技術要件のはじめの9項目を読みました。続きは読めていません。",
  },
  system: {
    title: "IPA「自治体テレワークシステム for LGWAN」の案内（強化した点）",
    where: "https://telework.cyber.ipa.go.jp/lgwan/",
    read: "画面転送と多要素認証の項を読みました。",
  },
  guideline: {
    title: "総務省「地方公共団体における情報セキュリティポリシーに関するガイドライン」（令和6年10月版、令和7年3月版）",
    where: "https://www.soumu.go.jp/denshijiti/jyouhou_policy/",
    read: "本文は読めていません。解説記事（FinalCode 2024-12-26、トレンドマイクロ 2024-11-28、IIJ、NTT東日本、IT Leaders 2025-04-21）によります。",
  },
  layers: {
    title: "総務省「新たな自治体情報セキュリティ対策の抜本的強化に向けて」概要版（平成27年11月24日、三層の対策）",
    where: "解説記事に引かれたもの（富士通）",
    read: "三つの指針の要約を読みました。",
  },
  communication: {
    title:
      "総務省 自治体情報セキュリティ対策検討チーム報告 参考5「自治体情報システム強靱性向上モデル要件シートの一例」No.2（特定通信）",
    where: "解説記事に引かれたもの（https://ittrip.xyz/security/kyoujinka/tokuteitsuushin）",
    read: "特定通信の一文を読みました。個人番号利用事務のネットワークについて書かれたものです。",
  },
  standard: {
    title:
      "団体の情報セキュリティ対策基準（節の名前は、東近江市情報セキュリティ対策基準 平成27年訓令第42号 の目次から）",
    where: "https://www2.city.higashiomi.shiga.jp/reiki_int/reiki_honbun/r151RG00001671.html",
    read: "目次だけを読みました。条文は、自分の団体の対策基準で確かめてください。",
  },
} as const satisfies Readonly<Record<string, Source>>;

export type SourceKey = keyof typeof SOURCES;

/** Named at the end of a document, with what its reader has to do. */
export function sourceBlocks(keys: readonly SourceKey[]): Block[] {
  return [
    note(
      "出典と、読めた範囲は次のとおりです。ここにない義務がないという意味ではありません。提出や監査の前に、各文書の現行版の本文を確かめてください。",
    ),
    list(...keys.map((key): Line => [`${SOURCES[key].title}　`, code(SOURCES[key].where), `　${SOURCES[key].read}`])),
  ];
}
