/** What the dialog of an act says, loaded with it. */
import type { ActType } from "../../../protocol/console-acts.ts";

export interface ActWords {
  /** The question, with `{name}` in it. */
  readonly title: string;
  /** What it does, and how it is undone. */
  readonly what: string;
}

export const actJa: Readonly<Record<ActType, ActWords>> = {
  "people.add": {
    title: "職員を追加します",
    what: "はじめてのパスワードと認証アプリの QR コードを、一度だけ表示します。",
  },
  "people.move": { title: "{name} の部署を変えます", what: "割り当ては変わりません。" },
  "people.leave": {
    title: "{name} の退職・休職の手続きをします",
    what: "接続とサインインが終わり、家の端末の登録と、パソコンの割り当てがすべてなくなり、利用が止まります。職場のパソコンにも、その端末を忘れるよう伝えます。戻ってきたときは「利用を再開する」のあと、割り当てと端末の承認をやり直します。",
  },
  "people.transfer": {
    title: "{name} を異動させます",
    what: "部署を変え、前の部署のパソコンの割り当てを終わらせ、新しいパソコンを割り当てます。一度に行います。",
  },
  "people.disable": {
    title: "{name} の利用を止めます",
    what: "すぐに接続とサインインが終わり、再開するまで入れません。「利用を再開する」で元に戻せます。",
  },
  "people.enable": { title: "{name} の利用を再開します", what: "前の割り当てと端末で、また使えるようになります。" },
  "people.unlock": {
    title: "{name} の停止を解きます",
    what: "失敗が続いたための停止を終わらせます。本人に心当たりを確かめてください。",
  },
  "people.sign-out": {
    title: "{name} をサインアウトさせます",
    what: "すべての端末でサインインと接続が終わります。本人はもう一度サインインできます。",
  },
  "people.letters": {
    title: "{name} の最初の手紙を作ります",
    what: "まだサインインしたことのない人に、新しいパスワードと QR コードを作り、1人1枚の紙にします。前に渡したものは使えなくなります。",
  },
  "password.set": {
    title: "{name} のパスワードを作り直します",
    what: "今のパスワードは使えなくなり、サインインは終わります。新しいものを一度だけ表示します。",
  },
  "otp.reset": {
    title: "{name} の認証アプリを登録し直します",
    what: "前の認証アプリの数字は使えなくなります。新しい QR コードを一度だけ表示します。",
  },
  "otp.lost": {
    title: "{name} のスマートフォンの紛失を手続きします",
    what: "なくした認証アプリの数字はすぐに使えなくなり、サインインと接続が終わります。新しい QR コードを一度だけ表示します（二人で行う決まりのときは、もう一人の確認のあと）。",
  },
  "device.approve": {
    title: "{name} を承認します",
    what: "電話などで本人からコードを聞き、4つのまとまりがすべて同じか確かめてから承認してください。",
  },
  "device.remove": {
    title: "{name} の登録を外します",
    what: "この端末からは入れなくなり、接続は終わります。もう一度使うには、承認からやり直します。",
  },
  "device.lost": {
    title: "{name} の紛失を手続きします",
    what: "この端末からは誰も入れなくなります。知っている職場のパソコンにも忘れるよう伝え、切れているものには次につながったときに伝えます。見つかっても、承認とパソコンへの登録（agent devices add）からやり直しです。",
  },
  "terminal.add": {
    title: "職場のパソコンを追加します",
    what: "このパソコンの登録トークンを、一度だけ表示します。職場のパソコンで agent enrol に渡します。",
  },
  "terminal.move": { title: "{name} の部署を変えます", what: "割り当ては変わりません。" },
  "terminal.token": {
    title: "{name} の登録トークンを作ります",
    what: "トークンを一度だけ表示します。このパソコンとして登録できる、合いかぎと同じものです。",
  },
  "terminal.replace": {
    title: "{name} を新しいパソコンに入れ替えます",
    what: "新しい端末IDを作り、割り当てをすべて移し、前のパソコンの利用を止めます。新しいパソコンの登録トークンを一度だけ表示します。新しいパソコンでも家の端末を登録（agent devices add）し、使う人には新しい確認コードの紙を渡してください。",
  },
  "terminal.settle": {
    title: "{name} の正しい一台を決めます",
    what: "同じ鍵を持つ二台が同時につながったので、止めています（ディスクの複製でおきます）。今の鍵はどちらも使えなくなり、登録トークンを二つ、一度だけ表示します。一つ目は正しいパソコンに、二つ目はもう一台に使います（agent enrol --replace）。",
  },
  "terminal.disable": { title: "{name} の利用を止めます", what: "すぐに接続が終わり、再開するまで誰もつなげません。" },
  "terminal.enable": { title: "{name} の利用を再開します", what: "前の割り当てのまま、またつなげるようになります。" },
  "grant.add": { title: "職場のパソコンを割り当てます", what: "その人が、このパソコンを家から使えるようになります。" },
  "grant.remove": {
    title: "{name} の割り当てをやめます",
    what: "今の接続は終わり、もうつなげなくなります。割り当て直せば、また使えます。",
  },
  "session.end": {
    title: "{name} の接続を終わらせます",
    what: "職場の作業はそのまま残ります。本人はもう一度つなげます。",
  },
  "lock.person": {
    title: "{name} を緊急停止します",
    what: "数秒で接続とサインインが終わります。職場のパソコンも自分で覚えて締め出します。解除コードを一度だけ表示します。",
  },
  "lock.device": {
    title: "{name} を緊急停止します",
    what: "この端末からの接続とサインインが数秒で終わり、誰の名前でも入れなくなります。解除コードを一度だけ表示します。",
  },
  "lock.terminal": {
    title: "{name} を緊急停止します",
    what: "数秒で接続が終わり、このパソコンは誰もつなげなくなります。解除コードを一度だけ表示します。",
  },
  "lock.division": {
    title: "{name} を緊急停止します",
    what: "この部署と下の部署の職員とパソコンが、数秒ですべて使えなくなります。解除コードを一度だけ表示します。",
  },
  "lock.organisation": {
    title: "団体を緊急停止します",
    what: "この団体とその下の団体の職員とパソコンが、数秒ですべて使えなくなります。解除コードを一度だけ表示します。",
  },
  "lock.session": {
    title: "{name} を緊急停止します",
    what: "数秒で接続が終わり、この人はこのパソコンにつなげなくなります。解除コードを一度だけ表示します。",
  },
  "lock.lift": {
    title: "{name} の緊急停止を解きます",
    what: "またサインインして、つなげるようになります。つながっていないパソコンには、次につながったときに伝えます。",
  },
  "confirmation.confirm": {
    title: "{name} を確認します",
    what: "依頼した人とは別のあなたが確認すると、すぐに行われます。依頼した人に直接確かめてください。",
  },
  "division.add": { title: "部署を追加します", what: "あとから職員とパソコンを移せます。" },
};
