/** The person's own page, in Japanese. Each rule is one plain sentence, and its reason another. */
export const ownJa = {
  ownTitle: "自分の情報",
  ownBack: "一覧にもどる",
  ownLoading: "読み込んでいます…",
  ownAgain: "もう一度読み込む",

  ownLastSignIn: "前回のサインインは {at} でした。",
  ownFirstSignIn: "今回より前のサインインは、記録にありません。",
  ownRefusedNone: "前回から今までに、断られたサインインはありません。",
  ownRefused: "前回のサインインから今までに、断られたサインインが {count} 回あります",
  ownRefusedEver: "これまでに、断られたサインインが {count} 回あります",
  ownRefusedLast: "最後は {at}、接続元は {from} です。",
  ownRefusedTodo:
    "自分の打ち間違いでなければ、だれかがあなたの職員IDをためしています。パスワードを変えて、情報システム担当に知らせてください。",
  ownRefusedLook: "くわしく見る",

  ownSignIns: "サインインの記録",
  ownSignInsHint:
    "新しい順に、長くて30日分です。覚えのないものがあれば「終わらせる」を押し、パスワードを変えて、情報システム担当に知らせてください。",
  ownHere: "このブラウザー",
  ownSignedIn: "サインイン中",
  ownOver: "終わりました",
  ownConsole: "管理画面",
  ownFrom: "接続元 {from}",
  ownDeviceCode: "登録コード {code}",
  ownBrowserUnknown: "名前のわからないブラウザー",
  ownEnd: "終わらせる",
  ownEndSignIn: "{at} のサインインを終わらせる",
  ownEndSignInTitle: "このサインインを終わらせますか",
  ownEndSignInText:
    "{at} に始まった、{browser} でのサインインです。そこから職場のパソコンにつないでいれば、その接続も終わります。職場の作業はそのまま残ります。",
  ownEnded: "終わらせました。",

  ownSessions: "いまの接続",
  ownSessionsNone: "職場のパソコンにはつないでいません。",
  ownSessionSince: "{at} から",
  ownSessionElsewhere: "別の端末から",
  ownEndSession: "「{terminal}」との接続を終わらせる",
  ownEndSessionTitle: "「{terminal}」との接続を終わらせますか",
  ownEndSessionText: "職場の作業はそのまま残ります。続けるときは、もう一度つないでください。",

  ownDevices: "登録した端末",
  ownDevicesHint:
    "サインインできるブラウザーです。貸出用のパソコンを返すときや、もう使わないときは、手放してください。",
  ownDeviceAdded: "{at} から",
  ownDeviceUsed: "最後に使ったのは {at}",
  ownDeviceUnused: "まだ使っていません",
  ownDeviceWaiting: "承認待ち",
  ownDeviceWaitingWhat: "登録を待っている端末があります",
  ownDeviceWaitingTodo:
    "正しいパスワードとワンタイムコードを入れた端末です。自分の端末でなければ、すぐにパスワードを変えて、情報システム担当に電話してください。",
  ownGiveUp: "手放す",
  ownGiveUpDevice: "登録コード {code} の端末を手放す",
  ownGiveUpTitle: "この端末を手放しますか",
  ownGiveUpText:
    "登録コード {code} の端末です。ここからのサインインは、つないでいる接続も含めて終わります。もう一度使うには、情報システム担当に登録してもらいます。",
  ownGiveUpHere: "いま使っている、この端末です。手放すと、すぐにサインアウトします。",
  ownGivenUp: "端末を手放しました。",

  ownPassword: "パスワード",
  ownPasswordHint: "だれかに知られたかもしれないときは、すぐに変えてください。ほかの端末でのサインインも終わります。",

  ownRules: "あなたに当てはまる決まり",
  ownRulesHint: "いまの決まりと、その理由です。",
  ownRulesServer: "サインインと接続",
  ownRulesOffice: "職場のパソコン（情報システム担当が、パソコンごとに決めています）",
  ownRulesAbsent: "だれにもできないこと",
  ruleIdle: "{count} 分のあいだ何も操作しないと、サインインは終わります。",
  ruleIdleWhy: "席をはなれているあいだに、ほかの人に使われないようにするためです。",
  ruleHours: "サインインしてから {count} 時間で、使っている途中でもサインインは終わります。",
  ruleHoursWhy: "サインアウトを忘れた画面が、いつまでも使える状態で残らないようにするためです。",
  ruleSignIns: "同時にサインインしていられるのは {count} か所までです。こえると、使っていないものから終わります。",
  ruleSignInsWhy: "使い終わったサインインが、たまらないようにするためです。",
  ruleSessions: "同時につなげる職場のパソコンは {count} 台までです。",
  ruleSessionsWhy: "かぎりのある回線を、みんなで分け合うためです。",
  ruleBrowser: "登録した端末のブラウザーからだけ、サインインできます。",
  ruleBrowserWhy: "パスワードを人に知られても、ほかの端末からは入れないようにするためです。",
  ruleCode: "サインインのたびに、認証アプリの数字が要ります。同じ数字は二度使えません。",
  ruleCodeWhy: "盗み見たパスワードや数字だけでは、入れないようにするためです。",
  ruleOfficeIdle: "つないだまま操作がないと、1分前に知らせてから、接続を終わらせます。",
  ruleOfficeIdleWhy:
    "開いたままの画面を、家で人に見られないようにするためです。何分で終わるかは、パソコンごとに決まっています。",
  ruleOfficeLock:
    "使い終わると、職場のパソコンはロックします。ロックしない設定のパソコンでは、終わるときにそのことを画面に出します。",
  ruleOfficeLockWhy: "あなたのいない職場で、ほかの人に操作されないようにするためです。",
  ruleOfficeCover:
    "つないでいるあいだ、職場のモニターを隠すパソコンがあります。隠れているかどうかは、操作バーに出ます。",
  ruleOfficeCoverWhy: "あなたの作業を、職場を通りかかった人に見られないようにするためです。",
  ruleNoCopying: "家の端末と職場のパソコンのあいだで、コピーと貼り付けはできません。",
  ruleNoCopyingWhy: "職場の情報を外に持ち出さず、外のものを職場に持ち込まないためです。",
  ruleNoFiles: "ファイルの受け渡しと、家での印刷はできません。",
  ruleNoFilesWhy: "届くのを画面だけにして、家に何も残さないためです。",
} as const;

export type OwnKey = keyof typeof ownJa;
