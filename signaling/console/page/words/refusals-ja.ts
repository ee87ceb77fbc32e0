/** Why the desk refuses, in Japanese (protocol/desk-refusals.ts); loaded when it does for the first time. */

import type { RefusalCode } from "../../../protocol/desk-refusals.ts";
import { MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS } from "../../../protocol/limits.ts";
import { REQUEST_REFUSALS } from "../../../protocol/request-words.ts";

export const refusalsJa: Readonly<Record<RefusalCode, string>> = {
  "not-allowed": "あなたの役割では、この場所でこの操作はできません。上位の管理者に依頼してください。",
  "own-wish": "自分で頼んだことは、自分では確認できません。ほかの管理者に確認してもらってください。",
  "wider-duty-given": "自分の役割より広い役割は、与えられません。",
  "wider-duty-taken": "自分の役割より広い役割は、外せません。",

  "organisation-none": "まだ団体がありません。はじめに団体を作ってください。",
  "organisation-unknown": "「{organisation}」という団体は見つかりません。団体コードを確かめてください。",
  "organisation-unsaid": "どの団体かを選んでください：{organisations}",
  "organisation-misplaced": "その種類の団体（{kind}）は、選んだ団体（{parent}）の下には置けません。",
  "organisation-name-taken": "「{name}」という団体がもうあります。別の名前にしてください。",
  "organisation-code-taken": "団体コード「{code}」はもう使われています。別のコードにしてください。",
  "operator-there": "運営者の団体がもうあります。運営者は、サーバーに1つだけです。",

  "division-unknown": "「{division}」という部署は見つかりません。名前が変わったか、なくなっています。",
  "division-unsaid": "どの部署かを選んでください。",
  "division-unclear": "同じ名前の部署がいくつかあります。上の部署から書いてください：{divisions}",
  "division-name-bad": "部署の名前は、空にできず、「/」も使えません。",
  "division-name-taken": "「{name}」という部署が、そこにもうあります。別の名前にしてください。",
  "division-below-itself": "部署を、その部署自身の下には移せません。",
  "division-too-deep": "部署の段が深くなりすぎます。もっと上の部署を選んでください。",

  "person-unknown": "職員「{login}」は見つかりません。職員IDを確かめてください。",
  "person-unclear": "同じ職員IDの人がいくつかの団体にいます。どの人かを選んでください：{logins}",
  "login-taken": "職員ID「{login}」は、{organisation}でもう使われています。別の職員IDにしてください。",
  "login-of-whom": "どの団体の {login} か、団体コードを付けてください。",
  "person-disabled": "{login} の利用は、もう止まっています。",
  "person-not-disabled": "{login} の利用は、止まっていません。",
  "person-there-already": "{login} は、もうその部署にいます。ほかの部署を選んでください。",
  "letter-late":
    "{login} は、もうサインインしたことがあるか、利用が止まっています。パスワードか認証アプリを作り直してください。",
  "duty-misplaced": "役割「{role}」は、{kind} の団体全体に対してだけ与えられます。",
  "duty-there": "{login} には、もうその役割があります。",
  "duty-missing": "{login} に、その役割はありません。",

  "password-too-short": `パスワードは ${MIN_PASSWORD_CHARS} 文字以上にしてください。`,
  "password-too-long": `パスワードは ${MAX_PASSWORD_CHARS} 文字までにしてください。`,
  "password-own-words": "パスワードに、職員IDや、本人・団体の名前が入っています。推測されやすいので使えません。",
  "password-uniform": "パスワードの文字の種類が少なすぎます。",
  "password-guessable": "よく使われる言葉や名前、キーの並びのパスワードなので、すぐに推測されます。",
  "password-same": "今と同じパスワードです。別のものにしてください。",

  "device-unknown": "コード {code} の端末は登録されていません。もう外されています。",
  "device-never-known": "コード {code} の端末は、一度も登録されていません。コードを確かめてください。",
  "device-unclear": "この端末は何人かで使われています。だれの登録かを選んでください：{logins}",
  "device-not-waiting":
    "コード {code} の端末は、承認を待っていません。本人にもう一度サインインしてもらい（一度断られます）、24時間以内に承認してください。",
  "device-waits-unclear": "何人かがこの端末の承認を待っています。だれの端末かを選んでください：{logins}",

  "terminal-unknown": "パソコン {terminal} は見つかりません。",
  "terminal-misheard":
    "パソコン {terminal} は見つかりません。最後の文字がほかの文字と合わないので、聞き間違いか打ち間違いがあります。もう一度聞いてください。",
  "terminal-expired":
    "パソコン {terminal} の端末IDは、「{name}」が終わったため使えません。続けるには、運営者に期間の延長を頼んでください。",
  "terminal-unnamed": "パソコンの名前を入れてください。",
  "terminal-disabled": "パソコン {terminal} の利用は、もう止まっています。",
  "terminal-not-disabled": "パソコン {terminal} の利用は、止まっていません。",
  "terminal-not-set-aside": "パソコン {terminal} は、もう使えるようになっています。",

  "event-unknown": "その宣言は見つかりません。",
  "event-over": "「{name}」は、もう終わっています。続けるときは、先に期間を延ばしてください。",
  "event-ends-before": "その日はもう過ぎています。今日か、それより後の日を選んでください。",
  "event-ends-then": "もうその日までになっています。",
  "event-end-without-reason": "終わりを変えるには理由が必要です。",

  "application-unknown": "受付番号 {application} の申請は見つかりません。",
  "application-decided": "受付番号 {application} の申請は、もう待っていません。画面を読み直してください。",
  "application-twice": "「{name}」が二度あります。1 行にまとめてください。",

  "allotment-none": "この団体には、端末IDがまだ交付されていません。都道府県か運営者に申請を頼んでください。",
  "allotment-used-up":
    "この団体に交付された端末IDは、すべて使われています。使っていないパソコンの利用を止めるか、追加を申請してください。",

  "grant-elsewhere": "{login} とパソコン {terminal} は、団体が違います。同じ団体どうしでだけ割り当てられます。",
  "grant-ends-before": "割り当ての終わりが過ぎています。今より後の日を選んでください。",
  "grant-missing": "{login} に、パソコン {terminal} の割り当てはありません。もう終わっています。",

  "session-unknown": "その接続は見つかりません。",
  "session-over": "その接続は、もう終わっています。",

  "lock-unknown": "緊急停止 {lock} は見つかりません。",
  "lock-without-reason": "緊急停止には理由が必要です。",
  "lock-ends-before": "緊急停止の終わりが過ぎています。今より後の日時を選んでください。",
  "lock-of-oneself": "自分を緊急停止することはできません。ほかの管理者に頼んでください。",
  "lock-over": "この緊急停止は、もう終わっています。",
  "lock-lifted": "この緊急停止は、もう解除されています。",
  "lock-code-wrong": "この緊急停止の解除コードではありません。紙に書かれたコードを確かめてください。",

  "confirmation-unknown": "番号 {confirmation} の確認待ちはありません。取り消されたか、期限が過ぎています。",
  "confirmation-done": "ほかの人が、もう確認しました。",

  "policy-unchanged": "今の決まりと同じです。変えるところがありません。",
  "policy-place-unknown": "その場所は見つかりません。なくなったか、見る権限がありません。",
  "policy-above-only": "この決まりは、サーバーと団体でだけ設定できます。",
  "policy-name-twice": "同じ名前の場所が二つあります。別の名前にしてください。",
  "policy-name-kept": "「{name}」という名前の場所は作れません。別の名前にしてください。",
  "policy-name-unknown": "「{name}」という場所がありません。先に「場所の名前」で作るか、選び直してください。",
  "policy-name-used":
    "「{name}」という場所は、{by} の決まりで使われています。なくすとだれも入れなくなるので、先にそちらを変えてください。",

  ...REQUEST_REFUSALS.ja,

  "import-unknown":
    "読み込んだファイルの内容が残っていないので、取り込みませんでした。もう一度ファイルを選んでください。",
  "import-empty": "このファイルで行うことは、もうありません。",
  "import-not-undone":
    "この取り込みは取り消せません。もう取り消したか、その後に別の取り込みがあったか、1日が過ぎています。",
};
