/** The mail with a code: plain text without a link, Japanese and then English, since nobody's language is known here. */
import { MAIL_CODE_MINUTES } from "./mailed-codes.ts";

export interface CodeFacts {
  readonly code: string;
  /** Whose person asks. */
  readonly organisation: string;
  /** When it was asked for, epoch ms. */
  readonly at: number;
  /** What the browser calls itself. */
  readonly browser: string | undefined;
}

/** The code is not in the subject: locked phones show that to everybody. */
export function codeLetter({ code, organisation, at, browser }: CodeFacts): { subject: string; text: string } {
  const minutes = MAIL_CODE_MINUTES;
  const [ja, en] = [moment("ja-JP", at), moment("en-GB", at)];
  const grouped = `${code.slice(0, 4)} ${code.slice(4)}`;
  const text = [
    `${organisation}のリモートアクセス（Engawa）からのお知らせです。`,
    "サインインのためのコードを送ります。",
    "",
    `    ${grouped}`,
    "",
    "サインインの画面の「ワンタイムコード」に、この 8 桁の数字を入れてください。",
    `${ja}から ${minutes} 分のあいだ、コードを頼んだ端末で、一度だけ使えます。`,
    ...(browser === undefined ? [] : [`頼んだ端末：${browser}`]),
    "",
    "・このコードを、電話やメールでお聞きすることは決してありません。だれにも教えないでください。",
    "・頼んだ覚えがないときは、だれかがあなたの端末とパスワードで入ろうとしています。",
    "  すぐに情報システム担当へ知らせ、パスワードを変えてください。",
    "・このメールは自動で送っています。返信はできません。",
    "",
    "--------",
    `Engawa, remote access of ${organisation}: your code for signing in is ${grouped}.`,
    `It counts once, on the device that asked for it, for ${minutes} minutes from ${en}.`,
    "Nobody will ever ask you for it by telephone or mail. If you did not ask for it, somebody tries to",
    "come in with your device and password: tell your IT staff at once, and change the password.",
    "",
  ].join("\n");
  return { subject: `【${organisation}】サインインのコード（Engawa）`, text };
}

/** By the clock on this server's wall, as hours are. */
const moment = (locale: string, at: number): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" }).format(at);
