/** Japanese, the language of the people this is for. Plain words: what happened, then what to do. */
import type { Dictionary } from "./dictionary.ts";

export const ja: Dictionary = {
  text: {
    product: "縁側",
    tagline: "家から、職場のパソコンへ",
    taglineMore: "画面だけを届けます。ファイルは職場から出ません。",
    language: "English",
    languageLabel: "Switch to English",

    signInTitle: "サインイン",
    login: "職員ID",
    password: "パスワード",
    passwordShow: "表示",
    passwordHide: "隠す",
    oneTimeCode: "ワンタイムコード",
    oneTimeCodeHint: "認証アプリの6桁の数字",
    signIn: "サインインする",
    signingIn: "確認しています…",
    signOut: "サインアウト",
    signedOut: "サインアウトしました。",
    signOutUnsure: "サインアウトがサーバーに届いていません。",
    signOutUnsureTodo: "この端末からほかの人が使わないように、ブラウザーのウィンドウをすべて閉じてください。",
    missingLogin: "職員IDを入力してください。半角の英小文字と数字、記号は . _ @ - が使えます。",
    missingPassword: "パスワードを入力してください。",
    missingCode: "ワンタイムコードは6桁の数字です。",

    passwordTitle: "パスワードの変更",
    passwordFirst:
      "いまのパスワードは、渡されたものです。自分だけが知っているパスワードに変えてください。変えると、職場のパソコンを使えます。",
    passwordOwn: "変えると、ほかの端末やブラウザーでのサインインは終わります。この端末では、そのまま続けられます。",
    passwordOld: "今のパスワード",
    passwordNew: "新しいパスワード",
    passwordNewHint: "{count}文字以上",
    passwordAdvice:
      "関係のない言葉をいくつか並べると、覚えやすく、人に当てられにくくなります。ほかのサイトと同じものは使わないでください。",
    passwordAgain: "新しいパスワード（もう一度）",
    passwordChange: "変更する",
    passwordChanged: "パスワードを変更しました。次のサインインから、新しいパスワードを使います。",
    passwordDiffers: "1回目と違います。同じものをもう一度入力してください。",
    passwordOldWrong:
      "今のパスワードか、ワンタイムコードが違います。一度使った数字は使えません。次の数字に変わるのを待って、両方を入れ直してください。",
    passwordTooShort: "短すぎます。{count}文字以上にしてください。",
    passwordTooLong: "長すぎます。短くしてください。",
    passwordOwnWords: "職員ID、自分の名前、団体の名前が入っています。それらを含まないものにしてください。",
    passwordUniform: "同じ文字のくり返しが多すぎます。違う文字を増やしてください。",
    passwordGuessable:
      "よく使われる言葉や並びなので、人に当てられるおそれがあります。関係のない言葉をもう一つか二つ足すか、別のものにしてください。",
    passwordSame: "今のパスワードと同じです。別のものにしてください。",

    deviceCode: "この端末の登録コード",
    deviceCodeWhy:
      "はじめて使うときに、このコードを情報システム担当に読み上げて登録してもらいます。秘密ではありません。英字の O・I・L は使いません。",
    deviceInsecure: "このアドレスでは使えません",
    deviceInsecureTodo: "アドレスの先頭が https:// になっているか確かめて、開き直してください。",
    deviceNoStorage: "このブラウザーでは端末の鍵を保存できません",
    deviceNoStorageTodo:
      "シークレットウィンドウなら普通のウィンドウで開き直してください。直らないときは、ブラウザーの設定でこのサイトのデータ保存が止められていないか、情報システム担当に確認してください。",
    browserOld: "このブラウザーでは使えません",
    browserOldTodo: "新しい Microsoft Edge か Google Chrome で開いてください。",

    refusedTitle: "サインインできませんでした",
    refusedIntro: "安全のため、どれが違うかはお知らせしません。次の4つを順に確かめてください。",
    refusedLogin: "職員ID：打ち間違いはありませんか。全角になっていませんか。",
    refusedPassword: "パスワード：大文字・小文字、CapsLock、NumLock を確かめてください。",
    refusedCode:
      "ワンタイムコード：一度使ったコードは使えません。次の数字に変わるのを待ってから入れてください。続けて失敗するときは、スマートフォンの時刻が合っているか確かめてください。",
    refusedDevice:
      "この端末：まだ登録されていないか、登録が外されています。登録コードを情報システム担当に伝えてください。",
    waitSeconds: "あと {seconds} 秒でもう一度ためせます。",

    listTitle: "職場のパソコン",
    listEmpty: "使えるパソコンがありません",
    listEmptyTodo: "情報システム担当に、自分が使うパソコンの割り当てを依頼してください。",
    listMore:
      "ほかに {count} 台ありますが、ここには出ません。使うパソコンがなければ、情報システム担当に連絡してください。",
    listLoading: "一覧を受け取っています…",
    hello: "{name} さん",
    stateOnline: "利用できます",
    stateInUse: "使用中（{name}さん・{since}から）",
    stateMineHere: "この端末でつないでいます（{since}から）",
    stateMineElsewhere: "あなたが別の端末でつないでいます（{since}から）",
    stateOffline: "電源が入っていないか、切断中です（最終確認 {since}）",
    stateOfflineNever: "まだ一度もつながっていません",
    stateAsleep: "電源が切れているか、スリープ中です（最終確認 {since}）",
    wake: "起動する",
    waking: "起動しています…",
    wakingHowLong: "通常 1〜2 分かかります。このページを開いたままお待ちください。",
    wakingElapsed: "{seconds} 秒たちました",
    wakeCancel: "待つのをやめる",
    wakeAgain: "もう一度起動する",
    woken: "「{terminal}」が起動しました。接続できます。",
    notWoken: "「{terminal}」の起動を確認できませんでした。",
    wakeNoAnswer: "起動を確認できませんでした",
    wakeNotSent: "起動の合図を送れませんでした",
    wakeCheck: "職場にいる人に、次のことを確かめてもらってください。",
    wakeCheckPower: "コンセントや電源タップが入っているか",
    wakeCheckCable: "LANケーブル（有線）がつながっているか。無線のときは起動できません",
    wakeCheckSettings:
      "前は起動できたか。一度も起動できたことがないときは、パソコンの設定（BIOS など）が必要です。情報システム担当に連絡してください",
    wakeNotSentTodo:
      "合図を送れるパソコンが、職場の同じネットワークで動いていません。職場にいる人に電源を入れてもらうか、情報システム担当に連絡してください。",
    grantedUntil: "{until} まで使えます",
    connect: "接続する",
    resume: "続ける",
    takeOver: "こちらに切り替える",
    inUseByOther: "使用中です",
    busyWith: "{name}さんが使っています",
    offline: "つなげません",
    terminalId: "端末ID",

    takeOverTitle: "こちらの端末に切り替えますか",
    takeOverText:
      "「{terminal}」には、あなたが別の端末からつないでいます。切り替えると、そちらの画面は閉じます。職場の作業はそのまま残ります。",
    takeOverYes: "切り替える",
    cancel: "やめる",

    pairTitle: "はじめてつなぐパソコンです",
    pairText: "「{terminal}」の確認コード",
    pairNow: "今回つなぐ「{terminal}」の確認コード",
    pairGap: "空いている5文字（{place} 番目のまとまり）",
    pairQuestion: "空いているところの5文字を、情報システム担当から渡された確認コードを見て入れてください。",
    pairHint: "見えている15文字も、渡されたコードと同じか確かめてください。一度確かめると、次からは自動で確かめます。",
    pairSame: "確かめてつなぐ",
    pairDifferent: "つながない",
    pairNoCode:
      "確認コードを受け取っていないとき、1文字でも違うときは「つながない」を押して、情報システム担当に電話してください。",
    pairWrong: "5文字が違います。渡された確認コードを、もう一度見てください。（あと {left} 回）",
    pairOtherTitle: "注意：これまでとは違うパソコンです",
    pairOtherText:
      "あなたがこの端末で確認したパソコンとは、別のパソコンです。にせものの画面にパスワードを打つと、盗まれるおそれがあります。",
    pairSameNameTitle: "注意：前に確認した「{terminal}」とは違うパソコンです",
    pairSameNameText:
      "名前は同じですが、確認コードが前と違います。にせものの画面にパスワードを打つと、盗まれるおそれがあります。",
    pairCallIt:
      "新しいパソコンに替わると聞いていないときは、「つながない」を押して、すぐ情報システム担当に電話してください。",
    pairKnown: "前に確認した「{terminal}」の確認コード",
    pairRefused: "つなぎませんでした",
    pairImitation: "つなぎませんでした。確認済みのパソコンに似せた、にせもののおそれがあります",
    pairRefusedTodo:
      "渡された確認コードを手元に用意して、情報システム担当に電話してください。確かめられるまで、このパソコンにはつながないでください。",

    deviceTitle: "この端末について",
    pinsTitle: "確認済みの職場のパソコン",
    pinsEmpty: "まだありません。はじめてつなぐときに確認します。",
    pinsForget: "確認を取り消す",
    pinsForgetTitle: "「{terminal}」の確認を取り消しますか",
    pinsForgetText:
      "情報システム担当から新しい確認コードを受け取ったときだけ行ってください。次につなぐとき、もう一度コードを確かめます。",
    pinsForgetYes: "取り消す",
    signInUntil: "サインインは {time} まで有効です。{minutes}分操作がないときも終わります。",
    signInSoon: "サインインはあと {minutes} 分で終わります。続けるには、一度終了してサインインし直してください。",

    connecting: "接続しています…",
    stepRequest: "サーバーにお願いしています",
    stepOffice: "職場のパソコンを呼んでいます",
    stepPicture: "画面を待っています",
    waitingForLine: "回線を待っています…",
    queued: "混み合っています。順番を待っています…",
    queuedMore: "このページを開いたままお待ちください。順番が来たら、自動でつなぎます。もう一度押す必要はありません。",
    queuedLeave: "待つのをやめる",
    interrupted: "再接続しています…",
    interruptedMore: "職場の作業はそのまま残っています。コードの入れ直しはいりません。（あと {seconds} 秒）",
    stalled: "応答を待っています…",
    serverAway: "サーバーとの連絡が切れています。画面はそのまま使えます。",
    desktopRestarting: "職場のパソコンの画面を読み直しています…",
    idleSoon:
      "しばらく操作がありません。あと {seconds} 秒で、職場のパソコンをロックして終わります。続けるときは、キーを押すかマウスを動かしてください。",
    idleSoonOpen:
      "しばらく操作がありません。あと {seconds} 秒で終わります（職場のパソコンは、ロックしない設定です）。続けるときは、キーを押すかマウスを動かしてください。",
    leftOpen: "職場のパソコンは、ロックしない設定です。画面は開いたままです。",
    shownUnlocked: "職場のパソコンにロックする手段がないため、ロックせずに画面を表示しています。",
    secureDesktop:
      "職場のパソコンは、ロック画面や管理者の確認画面を表示中です。この画面は、ここからは見ることも操作することもできません。見えているのは、その前の画面です。",
    refusesInput: "職場のパソコンでは今、管理者として動くプログラムが前面にあるため、ここからは操作できません。",
    operated: "職場で、このパソコンが操作されています。",
    covered: "職場の画面は隠れています",
    coverImpossible: "職場の画面は隠れていません",
    coverOff: "隠していません",
    detailCover: "職場の画面",
    endUnheard:
      "終了したことが、まだサーバーに届いていません。回線が戻りしだい伝えます。このページを閉じないでください。",
    endLost:
      "終了したことをサーバーに伝えられませんでした。職場のパソコンとの接続は切れていて、セッションは 2 分で自動的に終わります。",
    notLocked:
      "職場のパソコンの画面をロックできていません。職場にいる人か情報システム担当に連絡し、ロックしてもらってください。もう一度つないで、自分でロックすることもできます。",
    inputTooMany: "操作が速すぎるため、一部が届いていません。",
    inputNotAllowed: "この操作は許可されていません。",
    inputBad: "操作が正しく届きませんでした。",

    screenLabel: "職場のパソコン「{terminal}」の画面。Ctrl と Alt と Shift を同時に押して離すと、操作バーに移ります。",
    toolbar: "操作バー",
    fit: "画面に合わせる",
    actual: "実寸 1:1",
    fullScreen: "全画面",
    fullScreenEnd: "全画面をやめる",
    fullScreenHint: "Esc の長押しで全画面を終わります。画面の上端にマウスを寄せると操作バーが出ます。",
    keys: "キー",
    textInput: "文字",
    end: "終了",
    quality: "回線",
    imeLabel: "職場のパソコンの文字入力：{mode}",
    imeOff: "半角英数",
    imeHiragana: "ひらがな",
    imeKatakana: "全角カタカナ",
    imeKatakanaHalf: "半角カタカナ",
    imeLatinFull: "全角英数",
    locksLabel: "職場のパソコンのキーボード：{locks}",
    lockCaps: "大文字固定",
    lockCapsName: "大文字固定 (CapsLock)",
    lockNum: "数字",
    lockNumName: "数字 (NumLock)",
    lockKana: "カナ",
    lockKanaName: "カナ入力 (Ctrl+Shift+カタカナひらがな で切り替え)",
    gradeUnknown: "確認中",
    gradeGood: "良好",
    gradeFair: "ふつう",
    gradeSlow: "遅い",
    gradeStalled: "応答なし",
    sharp: "鮮明",
    coarse: "調整中",
    detailSpeed: "通信量",
    detailFrames: "画面の更新",
    detailRoundTrip: "往復の時間",
    detailRelay: "中継",
    detailCodec: "画像の形式",
    detailPicture: "画質",
    detailSince: "接続した時刻",
    perSecond: "毎秒 {count} 回",
    milliseconds: "{count} ミリ秒",

    keysLabel: "画面上のキー",
    keyHankaku: "半角/全角",
    keyConvert: "変換",
    keyNonConvert: "無変換",
    keyKana: "カタカナ",
    keyWin: "Win",
    textLabel: "この端末の日本語入力で書いて、Enter で送ります",
    textPlaceholder: "ここに書いて Enter",
    textSend: "送る",
    textCut:
      "回線が切れたため、送った文字は途中までかもしれません。職場の画面で確かめて、足りないところを送ってください。",
    typing: "入力しています… {typed} / {of} 文字",
    textNoPaste: "貼り付けはできません。手元の文書の内容を職場へ送らないための決まりです。",

    backToList: "一覧にもどる",
    tryAgain: "もう一度つなぐ",

    otherTab: "ほかのタブで開かれたため、このタブは止まりました",
    otherTabTodo:
      "開いたタブが多すぎるときも、古いタブから止まります。このタブは閉じてかまいません。こちらで続けるときはボタンを押してください。職場の作業はそのまま残っています。",
    useHere: "このタブで続ける",
    reconnectingServer: "サーバーにつなぎ直しています…",
    unreachable: "サーバーにつながりません",
    unreachableTodo: "この端末がインターネットにつながっているか確かめて、少し待ってからもう一度ためしてください。",
    noAnswer: "時間内につながりませんでした",
    noAnswerTodo: "少し待ってから、もう一度つないでください。続くときは情報システム担当に連絡してください。",
    close: "閉じる",
  },
  errors: {
    BAD_MESSAGE: {
      what: "画面とサーバーの言葉が合いませんでした",
      todo: "ページを再読み込み（F5）してください。直らないときは情報システム担当に連絡してください。",
    },
    BAD_REQUEST: {
      what: "サーバーが受け付けられない内容でした",
      todo: "ページを再読み込み（F5）して、もう一度ためしてください。",
    },
    NOT_FOUND: {
      what: "見つかりませんでした",
      todo: "ページを再読み込み（F5）してください。直らないときは情報システム担当に連絡してください。",
    },
    FORBIDDEN: {
      what: "許可されていません",
      todo: "このパソコンを使ってよい期間や割り当てを、情報システム担当に確認してください。",
    },
    NOT_SIGNED_IN: { what: "サインインが終わっています", todo: "もう一度サインインしてください。" },
    SIGN_IN_REFUSED: {
      what: "サインインできませんでした",
      todo: "職員ID・パスワード・ワンタイムコード・端末の登録の4つを確かめてください。",
    },
    CODE_OF_ANOTHER_TIME: {
      what: "コードは正しいのですが、今の時刻のものではありません",
      todo: "認証アプリが次のコードに変わったら、すぐに入力してください。2 回続けて正しければ、スマートフォンの時計のずれを覚えて、サインインします。",
    },
    PASSWORD_CHANGE_REQUIRED: {
      what: "パスワードの変更が必要です",
      todo: "ページを再読み込み（F5）して、新しいパスワードを決めてください。",
    },
    PASSWORD_REFUSED: {
      what: "そのパスワードは使えません",
      todo: "別のパスワードを決めてください。",
    },
    TOO_MANY_ATTEMPTS: {
      what: "短い時間にくり返されたため、しばらく受け付けられません",
      todo: "少し待ってから、もう一度ためしてください。身に覚えがないときは情報システム担当に知らせてください。",
    },
    TERMINAL_UNKNOWN: {
      what: "そのパソコンは登録されていません",
      todo: "一覧にもどって選び直してください。一覧にないときは情報システム担当に確認してください。",
    },
    TERMINAL_OFFLINE: {
      what: "職場のパソコンに連絡がつきません",
      todo: "電源が切れているか、職場のネットワークから外れています。職場にいる人に電源を確かめてもらってください。",
    },
    TERMINAL_BUSY: { what: "ほかの人が使っています", todo: "その人が終わるのを待つか、直接連絡してください。" },
    TERMINAL_YOURS_ELSEWHERE: {
      what: "あなたが別の端末でつないでいます",
      todo: "こちらで使うときは、一覧で「こちらに切り替える」を選んでください。",
    },
    TOO_MANY_SESSIONS: {
      what: "同時につなげる数を超えています",
      todo: "ほかの接続を終了してから、もう一度つないでください。",
    },
    WAKE_IMPOSSIBLE: {
      what: "このパソコンは、いま家からは起動できません",
      todo: "職場にいる人に、パソコンの電源を入れてもらってください。",
    },
    SESSION_UNKNOWN: { what: "前の接続はもう終わっています", todo: "一覧から、もう一度つないでください。" },
    ENROL_REFUSED: { what: "登録を受け付けられませんでした", todo: "情報システム担当に連絡してください。" },
    AGENT_REFUSED: {
      what: "職場のパソコンが接続を断りました",
      todo: "あなたとこの端末が職場のパソコン側に登録されているか、情報システム担当に確認してください。",
    },
    SERVER_BUSY: {
      what: "ただいま混み合っています",
      todo: "少し待ってから、もう一度つないでください。始業の時刻は混みやすくなります。",
    },
    STORAGE_UNAVAILABLE: {
      what: "サーバーが記録を残せないため、いまは受け付けられません",
      todo: "担当部署に「サーバーのディスクがいっぱいのようです」と伝えてください。直ったら、もう一度お試しください。",
    },
    INTERNAL: {
      what: "サーバーで問題が起きました",
      todo: "少し待ってから、もう一度ためしてください。続くときは情報システム担当に連絡してください。",
    },
  },
  ends: {
    "viewer-left": { what: "接続を終わりました", todo: "お疲れさまでした。続けるときは、もう一度つないでください。" },
    "signed-out": {
      what: "サインアウトしたので、接続を終わりました",
      todo: "続けるときは、もう一度サインインしてください。",
    },
    "sign-in-expired": {
      what: "サインインの期限が来たので、接続を終わりました",
      todo: "職場の作業はそのまま残っています。もう一度サインインしてください。",
    },
    "taken-over": {
      what: "あなたの別の端末に切り替わりました",
      todo: "切り替えた覚えがないときは、すぐに情報システム担当に知らせてください。",
    },
    "in-use": {
      what: "ほかの人が、このパソコンを使っています",
      todo: "使い終わるのを待つか、その人に確認してから、もう一度つないでください。",
    },
    silence: {
      what: "この端末からの応答がなくなったので、接続を終わりました",
      todo: "回線を確かめて、もう一度つないでください。職場の作業はそのまま残っています。",
    },
    "resume-expired": {
      what: "時間内に再接続できませんでした",
      todo: "回線を確かめて、もう一度つないでください。職場の作業はそのまま残っています。",
    },
    "negotiation-timeout": {
      what: "時間内に画面が届きませんでした",
      todo: "もう一度つないでください。続くときは、職場のパソコンの状態を情報システム担当に確認してください。",
    },
    "relay-unreachable": {
      what: "中継サーバーを通れませんでした",
      todo: "家のWi-Fiや共有の回線を確かめて、もう一度つないでください。続くときは情報システム担当に連絡してください。",
    },
    "device-unknown": {
      what: "この端末は、職場のパソコンに登録されていません",
      todo: "この端末の登録コードを情報システム担当に伝えて、職場のパソコンに登録してもらってください。",
    },
    "signature-invalid": {
      what: "相手が本物の職場のパソコンだと確かめられませんでした",
      todo: "安全のため、つないでいません。すぐに情報システム担当に知らせてください。",
    },
    "fingerprint-mismatch": {
      what: "通信の相手が途中で入れ替わっているおそれがあります",
      todo: "安全のため、画面も操作も送っていません。すぐに情報システム担当に知らせてください。",
    },
    "agent-not-trusted": {
      what: "職場のパソコンの鍵が、前に確認したものと違います",
      todo: "安全のため、つないでいません。パソコンの入れ替えがあったか情報システム担当に確認し、新しい確認コードを受け取ってください。受け取ったら、一覧の「この端末について」で前の確認を取り消します。",
    },
    "device-removed": {
      what: "この端末の登録が外されました",
      todo: "もう一度使うときは、情報システム担当に登録を依頼してください。",
    },
    "device-expired": {
      what: "この端末の許可の期限が切れました",
      todo: "続けて使うときは、情報システム担当に、このパソコンでの期限を延ばしてもらってください。",
    },
    "grant-removed": {
      what: "このパソコンの割り当てが終わりました",
      todo: "続けて使うときは、情報システム担当に依頼してください。",
    },
    "person-disabled": { what: "あなたの利用が止められました", todo: "情報システム担当に確認してください。" },
    "terminal-disabled": { what: "このパソコンの利用が止められました", todo: "情報システム担当に確認してください。" },
    administrator: { what: "管理者が接続を終わらせました", todo: "情報システム担当に確認してください。" },
    "agent-left": { what: "職場のパソコンが接続を終わらせました", todo: "少し待ってから、もう一度つないでください。" },
    "agent-stopped": {
      what: "職場のパソコンの電源が切れたか、再起動しました",
      todo: "数分待って、一覧で「利用できます」になったら、もう一度つないでください。",
    },
    "desktop-unavailable": {
      what: "職場のパソコンの画面を読み取れません",
      todo: "少し待ってから、もう一度つないでください。続くときは情報システム担当に連絡してください。",
    },
    "no-common-codec": {
      what: "このブラウザーでは画面を表示できません",
      todo: "新しい Microsoft Edge か Google Chrome で開いてください。",
    },
    "cover-unavailable": {
      what: "職場の画面を隠せないため、接続を終わりました",
      todo: "このパソコンは、画面を隠してから使う決まりになっています。情報システム担当に「画面を隠せない」と連絡してください。",
    },
    idle: {
      what: "しばらく操作がなかったので、終わりました",
      todo: "職場の作業はそのまま残っています。続けるときは、もう一度つないでください。",
    },
    "not-locked": {
      what: "職場のパソコンの画面を、ロックできていません",
      todo: "開いたままの書類などが見えるおそれがあるため、つなぎませんでした。少し待ってから、もう一度つないでください。続くときは、職場にいる人か情報システム担当に、このパソコンのロックを依頼してください。",
    },
    unconfirmed: {
      what: "サーバーの再起動のあと、接続を確かめられませんでした",
      todo: "もう一度つないでください。職場の作業はそのまま残っています。",
    },
    internal: {
      what: "問題が起きて、接続が終わりました",
      todo: "もう一度つないでください。続くときは情報システム担当に連絡してください。",
    },
  },
};
