/** Failures and ends, in Japanese, said to administrators. */
import type { EndReason, ErrorCode } from "../../../protocol/errors.ts";
import type { Explanation } from "./dictionary.ts";

const RELOAD = "ページを再読み込み（F5）して、もう一度ためしてください。";
const ANEW = "一覧を読み直して、今の状態を確かめてください。";

export const errorsJa: Readonly<Record<ErrorCode | "unreachable", Explanation>> = {
  BAD_MESSAGE: { what: "画面とサーバーの言葉が合いませんでした", todo: RELOAD },
  BAD_REQUEST: { what: "サーバーが受け付けられない内容でした", todo: RELOAD },
  NOT_FOUND: { what: "見つかりませんでした", todo: "消されたか、見る権限がありません。一覧に戻ってください。" },
  FORBIDDEN: { what: "許可されていません", todo: "あなたの役割ではできません。上位の管理者に依頼してください。" },
  NOT_SIGNED_IN: { what: "サインインが終わっています", todo: "もう一度サインインしてください。" },
  SIGN_IN_REFUSED: {
    what: "確かめられませんでした",
    todo: "安全のため、どれが違うかはお知らせしません。団体コード・職員ID・パスワード・ワンタイムコードを確かめてください。はじめての端末なら、登録コードをほかの管理者に承認してもらってください。一度使った数字は使えません。管理の役割がない人は、ここには入れません。",
  },
  LOCKED_OUT: { what: "緊急停止されています", todo: "ほかの管理者に、理由といつまでかを確かめてください。" },
  PLACE_NOT_ALLOWED: {
    what: "この場所からは利用できない決まりです",
    todo: "ポリシーの「利用できる場所」を確かめてください。",
  },
  CODE_OF_ANOTHER_TIME: {
    what: "コードは正しいのですが、今の時刻のものではありません",
    todo: "次のコードに変わったら、すぐに入力してください。",
  },
  PASSWORD_CHANGE_REQUIRED: {
    what: "パスワードの変更が必要です",
    todo: "職員用のページで、自分のパスワードに変えてください。",
  },
  PASSWORD_REFUSED: { what: "そのパスワードは使えません", todo: "別のパスワードを決めてください。" },
  CODE_NEEDED: {
    what: "ワンタイムコードが違うか、もう使われています",
    todo: "認証アプリが次の数字に変わるのを待って、新しいコードを入れてください。サインインに使ったコードは使えません。",
  },
  ACT_REFUSED: { what: "今の状態では、この操作はできません", todo: ANEW },
  CONFLICT: {
    what: "ほかの人が先に変えました",
    todo: "今の内容を読み直して、変えるところを確かめてから、もう一度登録してください。入力したものは消えていません。",
  },
  TOO_MANY_ATTEMPTS: {
    what: "短い時間にくり返されたため、しばらく受け付けられません",
    todo: "少し待ってから、もう一度ためしてください。",
  },
  TERMINAL_UNKNOWN: { what: "そのパソコンは登録されていません", todo: ANEW },
  TERMINAL_EXPIRED: {
    what: "そのパソコンの端末IDの期間が終わっています",
    todo: "宣言の期間を「交付」で確かめてください。",
  },
  TERMINAL_OFFLINE: {
    what: "職場のパソコンに連絡がつきません",
    todo: "電源と、agent が動いているかを確かめてください。",
  },
  TERMINAL_BUSY: { what: "ほかの人が使っています", todo: "使い終わるのを待つか、直接連絡してください。" },
  TERMINAL_YOURS_ELSEWHERE: { what: "あなたが別の端末でつないでいます", todo: ANEW },
  OUTSIDE_HOURS: {
    what: "今は利用できる時間ではありません",
    todo: "ポリシーの「利用できる時間」を確かめてください。",
  },
  TOO_MANY_SESSIONS: { what: "同時につなげる数を超えています", todo: "ほかの接続が終わるのを待ってください。" },
  WAKE_IMPOSSIBLE: { what: "このパソコンは起動できません", todo: "職場で電源を入れてください。" },
  SESSION_UNKNOWN: { what: "その接続はもう終わっています", todo: ANEW },
  ENROL_REFUSED: { what: "登録を受け付けられませんでした", todo: "新しい登録トークンを作ってください。" },
  AGENT_REFUSED: { what: "職場のパソコンが断りました", todo: "そのパソコンの登録を確かめてください。" },
  SERVER_BUSY: { what: "ただいま混み合っています", todo: "少し待ってから、もう一度ためしてください。" },
  STORAGE_UNAVAILABLE: {
    what: "サーバーが記録を残せないため、いまは受け付けられません",
    todo: "サーバーのディスクの空きを確かめてください。",
  },
  INTERNAL: {
    what: "サーバーで問題が起きました",
    todo: "少し待ってためし、続くときはサーバーのログを確かめてください。",
  },
  unreachable: {
    what: "サーバーにつながりません",
    todo: "庁内のネットワークにつながっているか確かめてください。つながると、自動で続きます。",
  },
};

export const reasonsJa: Readonly<Record<EndReason, string>> = {
  "viewer-left": "本人が終えた",
  "signed-out": "サインアウト",
  "sign-in-expired": "サインインの期限",
  "taken-over": "本人が別の端末に切り替えた",
  "in-use": "ほかの人が使用中",
  silence: "家の端末から応答なし",
  "resume-expired": "再接続できなかった",
  "negotiation-timeout": "画面が届かなかった",
  "relay-unreachable": "中継サーバーを通れなかった",
  "device-unknown": "パソコン側に端末の登録がない",
  "signature-invalid": "署名が正しくない",
  "fingerprint-mismatch": "通信の相手が入れ替わったおそれ",
  "agent-not-trusted": "パソコンの鍵が前と違う",
  "device-removed": "端末の登録が外れた",
  "device-expired": "端末の許可の期限",
  "grant-removed": "割り当てが終わった",
  "person-disabled": "職員の利用停止",
  "terminal-disabled": "パソコンの利用停止",
  "terminal-expired": "端末IDの期間の終わり",
  "locked-out": "緊急停止",
  administrator: "管理者が終わらせた",
  "agent-left": "パソコンが終わらせた",
  "agent-stopped": "パソコンの電源オフ・再起動",
  "desktop-unavailable": "画面を読み取れない",
  "no-common-codec": "ブラウザーが画像の形式に対応していない",
  "cover-unavailable": "職場の画面を隠せない",
  "not-locked": "ロックできていない",
  idle: "操作がなかった",
  "hours-over": "利用できる時間の終わり",
  "session-too-long": "一度につなげる時間の終わり",
  "policy-unknown": "職場のパソコンに決まりが届いていない",
  "place-not-allowed": "許されていない場所",
  unconfirmed: "サーバーの再起動のあと確かめられなかった",
  internal: "内部の問題",
};
