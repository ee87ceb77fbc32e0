/** What the page of staff says of each failure (error-table.ts). The console's administrators are told other things to do. */
import type { ErrorCode } from "./error-table.ts";

/** What happened, and what the person can do next. */
export interface Explanation {
  readonly what: string;
  readonly todo: string;
}

export const ERROR_WORDS: Readonly<Record<ErrorCode, { readonly ja: Explanation; readonly en: Explanation }>> = {
  BAD_MESSAGE: {
    ja: {
      what: "画面とサーバーの言葉が合いませんでした",
      todo: "ページを再読み込み（F5）してください。直らないときは情報システム担当に連絡してください。",
    },
    en: {
      what: "Page and server did not understand each other",
      todo: "Reload the page (F5). If that does not help, tell your IT staff.",
    },
  },
  BAD_REQUEST: {
    ja: {
      what: "サーバーが受け付けられない内容でした",
      todo: "ページを再読み込み（F5）して、もう一度ためしてください。",
    },
    en: { what: "The server could not accept this", todo: "Reload the page (F5) and try again." },
  },
  NOT_FOUND: {
    ja: {
      what: "見つかりませんでした",
      todo: "ページを再読み込み（F5）してください。直らないときは情報システム担当に連絡してください。",
    },
    en: { what: "Not found", todo: "Reload the page (F5). If that does not help, tell your IT staff." },
  },
  FORBIDDEN: {
    ja: {
      what: "許可されていません",
      todo: "このパソコンを使ってよい期間や割り当てを、情報システム担当に確認してください。",
    },
    en: { what: "Not allowed", todo: "Ask your IT staff whether, and until when, this PC is assigned to you." },
  },
  NOT_SIGNED_IN: {
    ja: { what: "サインインが終わっています", todo: "もう一度サインインしてください。" },
    en: { what: "Your sign-in has ended", todo: "Please sign in again." },
  },
  SIGN_IN_REFUSED: {
    ja: {
      what: "サインインできませんでした",
      todo: "職員ID・パスワード・ワンタイムコード・端末の登録の4つを確かめてください。",
    },
    en: {
      what: "You could not be signed in",
      todo: "Check staff ID, password, one-time code, and the registration of this device.",
    },
  },
  LOCKED_OUT: {
    ja: {
      what: "管理者が利用を緊急に止めています",
      todo: "身に覚えがないときも、情報システム担当に連絡してください。止めた理由と、いつまでかを確かめられます。",
    },
    en: {
      what: "An administrator has locked this out",
      todo: "Ask your IT staff why, and until when, even if you know of no cause.",
    },
  },
  PLACE_NOT_ALLOWED: {
    ja: {
      what: "この場所からは利用できない決まりです",
      todo: "決められた場所（自宅、サテライトオフィスなど）で、もう一度ためしてください。どこか分からないときや、そこにいるのに断られるときは、情報システム担当に連絡してください。",
    },
    en: {
      what: "By the rules you may not use this from where you are",
      todo: "Try again where you may (at home, at a satellite office). If you do not know where that is, or are there, tell your IT staff.",
    },
  },
  CODE_OF_ANOTHER_TIME: {
    ja: {
      what: "コードは正しいのですが、今の時刻のものではありません",
      todo: "認証アプリが次のコードに変わったら、すぐに入力してください。2 回続けて正しければ、スマートフォンの時計のずれを覚えて、サインインします。",
    },
    en: {
      what: "The code is right, but not for this moment",
      todo: "Wait for the next code and type it at once. After two right ones in a row the server knows how far your phone's clock is off, and signs you in.",
    },
  },
  PASSWORD_CHANGE_REQUIRED: {
    ja: {
      what: "パスワードの変更が必要です",
      todo: "ページを再読み込み（F5）して、新しいパスワードを決めてください。",
    },
    en: { what: "Your password has to be changed", todo: "Reload the page (F5) and choose a new password." },
  },
  PASSWORD_REFUSED: {
    ja: { what: "そのパスワードは使えません", todo: "別のパスワードを決めてください。" },
    en: { what: "That password will not do", todo: "Choose another one." },
  },
  CODE_NEEDED: {
    ja: { what: "ワンタイムコードが必要です", todo: "認証アプリに今出ているコードを入力してください。" },
    en: { what: "A one-time code is needed", todo: "Type the code that your authenticator app shows now." },
  },
  ACT_REFUSED: {
    ja: { what: "この操作はできません", todo: "ページを再読み込み（F5）して、今の状態を確かめてください。" },
    en: { what: "This cannot be done", todo: "Reload the page (F5) and look how things stand." },
  },
  CONFLICT: {
    ja: {
      what: "ほかの人が先に変えました",
      todo: "ページを再読み込み（F5）して、今の内容を確かめてから、もう一度ためしてください。",
    },
    en: { what: "Somebody else has changed it first", todo: "Reload the page (F5), see how it is now, and try again." },
  },
  TOO_MANY_ATTEMPTS: {
    ja: {
      what: "短い時間にくり返されたため、しばらく受け付けられません",
      todo: "少し待ってから、もう一度ためしてください。身に覚えがないときは情報システム担当に知らせてください。",
    },
    en: {
      what: "Too many attempts in a short time",
      todo: "Wait a moment and try again. If it was not you, tell your IT staff.",
    },
  },
  TERMINAL_UNKNOWN: {
    ja: {
      what: "そのパソコンは登録されていません",
      todo: "一覧にもどって選び直してください。一覧にないときは情報システム担当に確認してください。",
    },
    en: {
      what: "This PC is not registered",
      todo: "Choose again from the list. If it is not there, ask your IT staff.",
    },
  },
  TERMINAL_EXPIRED: {
    ja: {
      what: "このパソコンの利用期間が終わりました",
      todo: "続けて使うときは、情報システム担当に相談してください。",
    },
    en: { what: "The time of this PC is over", todo: "To go on using it, ask your IT staff." },
  },
  TERMINAL_OFFLINE: {
    ja: {
      what: "職場のパソコンに連絡がつきません",
      todo: "電源が切れているか、職場のネットワークから外れています。職場にいる人に電源を確かめてもらってください。",
    },
    en: {
      what: "The office PC does not answer",
      todo: "It is switched off or off the office network. Ask someone in the office to look.",
    },
  },
  TERMINAL_BUSY: {
    ja: { what: "ほかの人が使っています", todo: "その人が終わるのを待つか、直接連絡してください。" },
    en: { what: "Somebody else is using it", todo: "Wait until they have finished, or contact them." },
  },
  TERMINAL_YOURS_ELSEWHERE: {
    ja: {
      what: "あなたが別の端末でつないでいます",
      todo: "こちらで使うときは、一覧で「こちらに切り替える」を選んでください。",
    },
    en: { what: "You are connected on another device", todo: "To use it here, choose “Use it here” in the list." },
  },
  OUTSIDE_HOURS: {
    ja: {
      what: "今は利用できる時間ではありません",
      todo: "利用できる時間は「自分の情報」に出ています。時間外に必要なときは、一覧の「残業を申請する」から申請するか、管理職か情報システム担当に相談してください。",
    },
    en: {
      what: "It is outside the hours in which you may connect",
      todo: "“About you” shows your hours. If you need more, use “Ask for overtime” in the list, or ask your manager or your IT staff.",
    },
  },
  TOO_MANY_SESSIONS: {
    ja: { what: "同時につなげる数を超えています", todo: "ほかの接続を終了してから、もう一度つないでください。" },
    en: { what: "Too many connections at once", todo: "End another connection, then connect again." },
  },
  WAKE_IMPOSSIBLE: {
    ja: {
      what: "このパソコンは、いま家からは起動できません",
      todo: "職場にいる人に、パソコンの電源を入れてもらってください。",
    },
    en: {
      what: "This PC cannot be woken from home at the moment",
      todo: "Ask somebody in the office to switch it on.",
    },
  },
  SESSION_UNKNOWN: {
    ja: { what: "前の接続はもう終わっています", todo: "一覧から、もう一度つないでください。" },
    en: { what: "The earlier connection has ended", todo: "Connect again from the list." },
  },
  ENROL_REFUSED: {
    ja: { what: "登録を受け付けられませんでした", todo: "情報システム担当に連絡してください。" },
    en: { what: "The registration was not accepted", todo: "Tell your IT staff." },
  },
  AGENT_REFUSED: {
    ja: {
      what: "職場のパソコンが接続を断りました",
      todo: "あなたとこの端末が職場のパソコン側に登録されているか、情報システム担当に確認してください。",
    },
    en: {
      what: "The office PC refused the connection",
      todo: "Ask your IT staff whether you and this device are registered on the office PC.",
    },
  },
  SERVER_BUSY: {
    ja: {
      what: "ただいま混み合っています",
      todo: "少し待ってから、もう一度つないでください。始業の時刻は混みやすくなります。",
    },
    en: {
      what: "Many people are connecting right now",
      todo: "Wait a moment and connect again. The start of the working day is the busiest time.",
    },
  },
  STORAGE_UNAVAILABLE: {
    ja: {
      what: "サーバーが記録を残せないため、いまは受け付けられません",
      todo: "担当部署に「サーバーのディスクがいっぱいのようです」と伝えてください。直ったら、もう一度お試しください。",
    },
    en: {
      what: "The server cannot keep records at the moment",
      todo: "Tell your IT department that the server's disk seems to be full. Try again once that is mended.",
    },
  },
  INTERNAL: {
    ja: {
      what: "サーバーで問題が起きました",
      todo: "少し待ってから、もう一度ためしてください。続くときは情報システム担当に連絡してください。",
    },
    en: {
      what: "Something went wrong on the server",
      todo: "Wait a moment and try again. If it keeps happening, tell your IT staff.",
    },
  },
};
