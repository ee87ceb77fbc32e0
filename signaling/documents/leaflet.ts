/** 職員向けリーフレット: one page of A4 for who begins to work from home. */
import type { Block } from "../protocol/console-documents.ts";
import { MIN_PASSWORD_CHARS } from "../protocol/limits.ts";
import type { Facts } from "./facts.ts";
import { blank, code, heading, list, steps, table, text } from "./parts.ts";
import { saidOf } from "./rule-words.ts";

export function leafletBlocks(facts: Facts): Block[] {
  const { policy } = facts;
  return [
    text("家の貸出用パソコンから、職場の自分のパソコンを使えます。届くのは画面だけで、ファイルは職場から出ません。"),
    table(
      "開くページと連絡先",
      ["開くページ", "困ったときの電話"],
      [[[code(pageOf(facts))], [blank("課・内線・受付時間")]]],
    ),
    heading("用意するもの"),
    list(
      "貸出用のパソコン（Microsoft Edge か Google Chrome）とインターネットの回線",
      "職員ID、パスワード、スマートフォンの認証アプリ（6桁の数字）",
      "担当から紙で渡された、職場のパソコンの確認コード（20文字）",
    ),
    heading("はじめての日"),
    steps(
      "上のページを開き、職員ID・パスワード・6桁の数字を入れます。はじめは断られます。",
      "画面の「この端末の登録コード」を、担当に電話で読み上げます。登録が済むまで待ちます。",
      `もう一度サインインして、パスワードを自分で決めたもの（${MIN_PASSWORD_CHARS}文字以上）に変えます。`,
      "職場のパソコンを選んで「接続する」。空いている5文字を紙の確認コードから入れ、残りが同じか見比べます。",
      "終わったら、画面の上の「終了」を押します。職場のパソコンの電源は切れません。",
    ),
    heading("うまくいかないとき"),
    table(
      "うまくいかないとき",
      ["こんなとき", "すること"],
      [
        ["サインインできない", "6桁の数字が変わるのを待って、もう一度。続くときは電話します。"],
        ["「電源が切れているか、スリープ中です」", wakeWords(facts)],
        ["「再接続しています…」", "そのまま待ちます。自動でつなぎ直します。"],
        ["「混み合っています」", "ページを開いたまま待ちます。順番が来るとつながります。"],
        ["「注意」で始まる画面、1文字でも違う確認コード", "つながずに、すぐ電話します。"],
        ["パソコンやスマートフォンをなくした", "すぐに電話します。その場で使えなくできます。"],
      ],
    ),
    heading("決まり"),
    list(
      `使える時間：${saidOf(policy.inForce, "hours")}。${daysOffOf(facts)}使える場所：${saidOf(policy.inForce, "from")}。`,
      "画面を撮ったり、人に見せたりしません。席を離れるときは、両方のパソコンをロックします。",
      "パスワードと6桁の数字を聞かれても、だれにも教えません。聞かれたら、すぐ電話します。",
    ),
  ];
}

const daysOffOf = ({ policy }: Facts): string =>
  policy.inForce.calendar === undefined ? "" : `${saidOf(policy.inForce, "calendar")}。`;

const wakeWords = ({ policy }: Facts): string =>
  policy.inForce.wake === false
    ? "職場にいる人に、電源を入れてもらいます。"
    : "「起動する」を押し、1～2分待ってから「接続する」を押します。";

/** With the organisation's code nobody is asked for it. */
function pageOf({ settings, organisation, hasSeveral }: Facts): string {
  const [origin = ""] = settings.outside.origins;
  return organisation && hasSeveral ? `${origin}/?o=${organisation.code}` : origin;
}
