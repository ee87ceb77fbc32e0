/** Why a request is refused (desk-refusals.ts), as both pages say it. */
import type { RefusalCode } from "./desk-refusals.ts";

type RequestRefusal = Extract<RefusalCode, `request-${string}`>;

export const REQUEST_REFUSALS: Readonly<Record<"ja" | "en", Readonly<Record<RequestRefusal, string>>>> = {
  ja: {
    "request-unknown": "その申請は見つかりません。",
    "request-over": "この申請は、もう待っていません。ほかの人が答えたか、本人が取り下げたか、時間が過ぎています。",
    "request-not-in-force":
      "この承認は、もう効いていません。ほかの人が取り消したか、本人が取り下げたか、時間が過ぎています。",
    "request-later": "この人には、もっと後までの残業も承認されています。先にそれを取り消すか、取り下げてください。",
    "request-grant-stands": "パソコンの利用は、ここからは取り消せません。管理者が割り当てをやめます。",
    "request-own": "自分の申請に、自分で答えることはできません。ほかの管理職に頼んでください。",
    "request-twice": "あなたはもう承認しています。もう一人の承認が必要です。",
    "request-waits": "同じ種類の申請が、まだ答えを待っています。先にそれを取り下げてください。",
    "request-too-many": "申請は、一日に {count} 件までです。",
    "request-past": "終わりの時刻が過ぎています。今より後の時刻を選んでください。",
    "request-no-hours": "使える時間に終わりがないので、申請はいりません。",
    "request-day-off": "今日は、延ばせる時間がありません。",
    "request-needless": "その時刻までは、申請しなくても使えます。",
    "request-too-late": "残業を申請できるのは {hour} 時までです。",
    "request-too-long":
      "パソコンの利用を申請できるのは {days} 日先までです。長く使うときは、情報システム担当に頼んでください。",
    "request-terminal-unknown":
      "あなたの部署に「{terminal}」というパソコンはありません。パソコンの名前か端末IDを確かめてください。",
    "request-terminal-unclear": "その名前のパソコンが、いくつかあります。端末IDで指定してください：{terminals}",
    "request-terminal-gone":
      "パソコン {terminal} は、今は使えなくなっています。断るか、使えるようになってから承認してください。",
    "request-terminal-yours": "このパソコンは、その日まで使えることになっています。申請はいりません。",
  },
  en: {
    "request-unknown": "There is no such request.",
    "request-over": "This request waits no longer: somebody answered, it was withdrawn, or its time is over.",
    "request-not-in-force":
      "This approval is no longer in force: somebody took it back, it was withdrawn, or its time is over.",
    "request-later": "Later overtime of this person is approved, too. Take that back, or withdraw it, first.",
    "request-grant-stands": "The use of a PC is not taken back here: an administrator takes away its grant.",
    "request-own": "Nobody answers a request of their own. Ask another manager.",
    "request-twice": "You have approved it already. Another manager has to, too.",
    "request-waits": "A request of this kind waits already. Withdraw it first.",
    "request-too-many": "There are {count} requests a day at most.",
    "request-past": "The end lies in the past. Choose a later one.",
    "request-no-hours": "Your hours have no end: nothing has to be asked for.",
    "request-day-off": "There are no hours today that could go on.",
    "request-needless": "You can work until then without asking.",
    "request-too-late": "Overtime goes on until {hour}:00 at most.",
    "request-too-long": "A PC can be asked for for {days} days at most. For longer, ask your IT staff.",
    "request-terminal-unknown": "Your division has no PC “{terminal}”. Check its name or its ID.",
    "request-terminal-unclear": "Several PCs have this name. Say which by its ID: {terminals}",
    "request-terminal-gone": "The PC {terminal} cannot be used at present. Refuse, or approve once it can.",
    "request-terminal-yours": "You may use this PC until then already. Nothing has to be asked for.",
  },
};
