/** 運用規程: a draft of an organisation's own rules, with what this server does today filled in, and a blank where people decide. */
import { FORGET_AFTER_DAYS } from "../housekeeping.ts";
import type { Block } from "../protocol/console-documents.ts";
import type { PolicyPlace } from "../protocol/console-policy.ts";
import { MIN_PASSWORD_CHARS } from "../protocol/limits.ts";
import { POLICY_RULES, type PolicyRule } from "../protocol/policy.ts";
import type { Facts } from "./facts.ts";
import { blank, heading, list, note, type Said, steps, table, text } from "./parts.ts";
import { codesOf, RULE_WORDS, saidOf } from "./rule-words.ts";

export function ruleBlocks(facts: Facts): Block[] {
  return [
    note(
      "この案の値は、作った日のサーバーの設定と「決まり」から入れました。枠のところは、団体で決めて書いてください。",
      "決まりを変えたら、作り直してください。規程として定める前に、団体の情報セキュリティポリシーと総務省のガイドラインの現行版に照らしてください。",
    ),
    ...general(),
    ...gettingIn(facts),
    ...using(facts),
    ...watching(facts),
    ...tables(facts),
  ];
}

function general(): Block[] {
  return [
    heading("第1条（目的）"),
    text(
      "この規程は、職員が自宅などから庁内のパソコンを画面転送で利用する（以下「在宅利用」という。）ために必要なことを定める。",
    ),
    heading("第2条（体制）"),
    list(
      ["責任者は、", blank("統括情報セキュリティ責任者など"), "とする。"],
      ["申請を受け、登録し、利用を止める担当は、", blank("課・係と氏名"), "とする。"],
      ["記録を点検する者は、担当とは別の者とし、", blank("監査する人"), "とする。"],
      ["職員からの連絡先は、", blank("電話番号・受付時間・時間外の連絡先"), "とする。"],
    ),
    heading("第3条（使える人と申請）"),
    list(
      ["在宅利用をする職員は、", blank("様式・期間・承認する人"), "により申請し、許可を受ける。"],
      "許可は、職員と庁内パソコンの組ごとに登録する。許可のない組は接続できない。",
      ["在宅利用で扱ってよい事務は、", blank("扱う事務と、扱わない事務（マイナンバー利用事務など）"), "とする。"],
    ),
  ];
}

function gettingIn(facts: Facts): Block[] {
  const { settings, organisation } = facts;
  const { inForce } = facts.policy;
  const isTwo = (action: (typeof settings.twoPersons)[number]): boolean => settings.twoPersons.includes(action);
  const by = (isByTwo: boolean): string => (isByTwo ? "担当二人の確認により" : "担当が");
  return [
    heading("第4条（使う端末）"),
    list(
      ["端末は、団体が貸し出すものとする。私物の端末を認める場合の条件は、", blank("認めない、または条件"), "とする。"],
      "端末（ブラウザー）は登録したものだけを使う。登録コードは、本人から電話などで聞き取って照合する。",
      `サーバーでの端末の承認は、${by(isTwo("device.approve"))}行う。庁内パソコンにも同じ端末を登録する。庁内パソコンに登録のない端末は、接続できない。`,
      "庁内パソコンでの登録の期限は、1年とする。",
      [
        "貸し出した端末には、ログイン時の利用者認証、ウイルス対策、のぞき見防止フィルターを",
        blank("備える・備えない"),
        "。",
      ],
    ),
    heading("第5条（本人の確認）"),
    list(
      `サインインには、パスワード、使い捨てのコード（${codesOf(facts)}）、登録した端末の鍵の三つを必ず用いる。どれも省くことはできない。`,
      `パスワードは${MIN_PASSWORD_CHARS}文字以上とし、名前・職員ID・団体名を含むもの、推測されやすいものは使えない。渡されたパスワードは、初めてのサインインで本人が変える。`,
      `認証アプリの登録のやり直しは、${by(isTwo("otp.reset"))}行う。`,
      `サインインは、使わないまま${settings.signInLimits.idleMs / 60_000}分、使っていても${hoursOf(inForce.signInHours, settings.signInLimits.absoluteMs)}時間で終わる。`,
      "初めて庁内パソコンに接続するときは、紙で渡された確認コードを職員が入れ、相手を確かめる。",
    ),
    heading("第6条（使える時間と場所）"),
    list(
      `接続できる時間は、${saidOf(inForce, "hours")}とする。曜日どおりでない日は、${saidOf(inForce, "calendar")}とする。`,
      `時間の終わりは、${saidOf(inForce, "endNotices")}。使用中の接続も終わる。`,
      `接続できる場所は、${saidOf(inForce, "from")}とする。`,
      ["公共の場所での利用は、", blank("認めない、または条件"), "。"],
      `上と異なる部署と職員は、別表2による。${organisation ? "" : "（団体ごとの決まりは、団体の規程による。）"}`,
    ),
  ];
}

const hoursOf = (policy: number | undefined, absoluteMs: number): number =>
  Math.min(policy ?? Number.POSITIVE_INFINITY, absoluteMs / 3_600_000);

function using({ policy: { inForce } }: Facts): Block[] {
  return [
    heading("第7条（画面と操作）"),
    list(
      "端末に届くのは庁内パソコンの画面だけとする。ファイル、クリップボード、印刷を端末との間でやり取りする機能は、もともとない。",
      `画面を見せる前の庁内パソコンのロックは、「${saidOf(inForce, "lockBefore")}」とする。`,
      `接続が終わったときのロックは、「${saidOf(inForce, "lockOn")}」とする。ロックできなかったときは記録に残る。`,
      `時間の終わりで接続が終わった庁内パソコンの電源は、「${saidOf(inForce, "shutDown")}」とする。`,
      `操作がないときは、${saidOf(inForce, "idleMinutes")}で、知らせたうえで接続を終える。`,
      `庁内のモニターは、「${saidOf(inForce, "cover")}」とする。`,
      `操作の許可は、「${saidOf(inForce, "viewOnly")}」とする。`,
    ),
    heading("第8条（職員が守ること）"),
    list(
      "画面を撮影し、または他人に見せない。席を離れるときは、端末と庁内パソコンの両方をロックする。",
      "パスワードとコードは、担当を含め、だれにも教えない。聞かれたときは、すぐに担当に知らせる。",
      "「注意」で始まる画面や、覚えのないサインインの記録を見たときは、使うのをやめ、すぐに担当に知らせる。",
      ["そのほか、", blank("執務の場所・家族・書類・通話などの決まり"), "。"],
    ),
    heading("第9条（紛失・盗難・不正の疑い）"),
    steps(
      ["職員は、気づいたらすぐに", blank("連絡先"), "に電話する。"],
      "担当は、緊急停止で、その職員または端末を止める。続いている接続は数秒で終わり、庁内パソコンも自分で締め出す。",
      ["解除コードの紙は、", blank("保管場所と保管する人"), "で保管する。"],
      ["責任者は、", blank("CSIRT・都道府県・関係機関への報告の手順"), "により報告する。"],
    ),
    heading("第10条（異動・退職・休職）"),
    text([
      "担当は、異動・退職・休職の日までに、管理画面の「異動」「退職・休職」で、許可・端末・サインインを終わらせる。人事からの知らせは、",
      blank("いつ・どの様式で"),
      "受ける。",
    ]),
  ];
}

function watching({ settings: { capacity }, policy: { inForce }, people, terminals }: Facts): Block[] {
  const kbps = inForce.kbps ?? 100;
  return [
    heading("第11条（回線）"),
    list(
      `1接続が使う回線は、平均${kbps}kbit/sまでを目安とする。今の登録は、職員${people}人、許可のある庁内パソコン${terminals}台で、すべてが同時に使うと${megabits(terminals * kbps)}Mbit/sとなる。`,
      `サーバー全体では、同時に${capacity.sessions}接続、庁内パソコン${capacity.agents}台までとする。`,
      ["団体の回線で同時に使ってよい接続の数は、", blank("数"), "とする。"],
    ),
    heading("第12条（記録と点検）"),
    list(
      `終わった接続とサインインの記録は、${inForce.retentionDays ?? FORGET_AFTER_DAYS}日残す。`,
      "サインイン、接続、登録、決まりの変更、緊急停止などの監査記録は、日数にかかわらず残る。一つずつ前の記録とつながっていて、書きかえれば分かる。",
      [
        "点検する者は、監査記録を",
        blank("月に1回など"),
        "点検し、",
        blank("報告先"),
        "に報告する。書き出した記録は",
        blank("保存期間"),
        "保存する。",
      ],
    ),
    heading("第13条（教育・見直し・例外）"),
    list(
      ["担当は、利用の前と", blank("年に1回など"), "、職員に手引きを読ませ、説明する。"],
      ["この規程は、", blank("年に1回など"), "見直す。例外を認めるときは、", blank("だれが・どう記録するか"), "。"],
    ),
    heading("附則"),
    text(["この規程は、", blank("年　月　日"), "から施行する。"]),
  ];
}

const megabits = (kbps: number): string => (kbps / 1_000).toLocaleString("ja-JP", { maximumFractionDigits: 1 });

function tables({ policy: { inForce, from }, divisions, peopleApart }: Facts): Block[] {
  const rows = POLICY_RULES.map((rule): Said[] => [
    RULE_WORDS[rule].name,
    saidOf(inForce, rule),
    from[rule] === undefined ? "―" : placeOf(from[rule]),
  ]);
  const apart = divisions.map(({ name, rules }): Said[] => [name, ownRules(rules)]);
  return [
    heading("別表1　今の決まり"),
    table("今の決まり", ["項目", "内容", "決めた所"], rows),
    heading("別表2　部署と職員ごとの決まり"),
    apart.length === 0
      ? text("決まりを別にしている部署はない。")
      : table("部署ごとの決まり", ["部署", "別にしていること"], apart),
    text(
      peopleApart === 0
        ? "決まりを別にしている職員はいない。"
        : `決まりを別にしている職員が${peopleApart}人いる（名前は管理画面の「決まり」で確かめる）。`,
    ),
  ];
}

const placeOf = ({ level, name }: PolicyPlace): string => (level === "server" ? "サーバー全体" : name);

const ownRules = (rules: Facts["divisions"][number]["rules"]): string =>
  POLICY_RULES.filter((rule: PolicyRule) => rules[rule] !== undefined)
    .map((rule) => `${RULE_WORDS[rule].name}：${saidOf(rules, rule)}`)
    .join("。");
