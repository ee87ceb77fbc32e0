/** What each rule of policy says in a document: a name, what holds, and what holds where nobody has decided. */
import { FORGET_AFTER_DAYS } from "../housekeeping.ts";
import {
  type Calendar,
  type DayHours,
  DEFAULT_OVERTIME_UNTIL,
  ELSEWHERE,
  type EndNotices,
  type PolicyRule,
  type PolicyRules,
  type WeekHours,
} from "../protocol/policy.ts";
import { weekRuns } from "../protocol/week-runs.ts";
import type { Facts } from "./facts.ts";

interface RuleWords {
  readonly name: string;
  /** Of rules that have it. */
  readonly value: (rules: PolicyRules) => string;
  /** Nobody has decided. */
  readonly unset: string;
}

const OF_PC = "庁内パソコンごとの設定による";
const DAYS = ["月", "火", "水", "木", "金", "土", "日"] as const;

const LOCK_BEFORE = {
  never: "ロックしない",
  "when-possible": "ロックできるパソコンではロックする",
  required: "必ずロックする（できなければ接続を断る）",
} as const;
const LOCK_ON = {
  never: "ロックしない",
  interrupted: "回線が切れたまま戻らないときにロックする",
  end: "接続が終わるたびにロックする",
} as const;
const COVER = {
  off: "隠さない",
  "when-possible": "隠せるパソコンでは隠す",
  required: "必ず隠す（できなければ接続を断る）",
} as const;

/** A rule that is new in policy does not compile until a document can say it. */
export const RULE_WORDS: Readonly<Record<PolicyRule, RuleWords>> = {
  places: {
    name: "名前を付けた場所",
    value: ({ places = [] }) => places.map(({ name, networks }) => `${name}（${networks.join("、")}）`).join("、"),
    unset: "なし",
  },
  from: {
    name: "利用できる場所",
    value: ({ from = [] }) => from.map((name) => (name === ELSEWHERE ? "名前のない場所（自宅など）" : name)).join("、"),
    unset: "定めなし（どこからでも）",
  },
  hours: {
    name: "利用できる時間",
    value: ({ hours = [] }) => weekOf(hours),
    unset: "定めなし（いつでも）",
  },
  calendar: {
    name: "曜日どおりでない日",
    value: ({ calendar }) => calendarOf(calendar),
    unset: "定めなし（祝日も曜日どおり）",
  },
  approvals: {
    name: "残業などの申請の承認に必要な人数",
    value: ({ approvals }) => `${approvals} 人`,
    unset: "1 人",
  },
  overtimeUntil: {
    name: "残業を認める時刻",
    value: ({ overtimeUntil }) => `${overtimeUntil} 時まで`,
    unset: `${DEFAULT_OVERTIME_UNTIL} 時まで`,
  },
  endNotices: {
    name: "終わりの時刻の知らせ方",
    value: ({ endNotices }) => (endNotices ? noticesOf(endNotices) : ""),
    unset: "15 分前、5 分前、1 分前に知らせ、終わりの時刻に接続を終える",
  },
  shutDown: {
    name: "終わりの時刻のあとの、庁内パソコンの電源",
    value: ({ shutDown }) =>
      shutDown === "after-hours"
        ? "接続が終わったら、ロックして 60 秒後に切る（そう設定した庁内パソコンだけ。その場でロックを解除すれば切らない）"
        : "切らない",
    unset: "切らない",
  },
  idleMinutes: {
    name: "操作がないとき接続を終えるまで",
    value: ({ idleMinutes }) => `${idleMinutes} 分（庁内パソコンの設定が短ければ、そちら）`,
    unset: `${OF_PC}（5～25 分。なしにはできない）`,
  },
  sessionHours: {
    name: "一度に接続していられる長さ",
    value: ({ sessionHours }) => `${sessionHours} 時間`,
    unset: "サインインの有効時間まで",
  },
  signInHours: {
    name: "サインインの有効時間",
    value: ({ signInHours }) => `${signInHours} 時間`,
    unset: "サーバーの設定による",
  },
  signInWays: {
    name: "サインインのコード",
    value: ({ signInWays }) =>
      signInWays === "app-or-mail" ? "認証アプリ、または登録したアドレスに届くメール" : "認証アプリ",
    unset: "認証アプリ",
  },
  lockBefore: {
    name: "画面を見せる前の、庁内パソコンのロック",
    value: ({ lockBefore = "never" }) => LOCK_BEFORE[lockBefore],
    unset: OF_PC,
  },
  lockOn: {
    name: "接続が終わったときの、庁内パソコンのロック",
    value: ({ lockOn = "never" }) => LOCK_ON[lockOn],
    unset: OF_PC,
  },
  cover: {
    name: "接続中に、庁内のモニターを隠すこと",
    value: ({ cover = "off" }) => COVER[cover],
    unset: OF_PC,
  },
  viewOnly: {
    name: "見るだけの接続",
    value: ({ viewOnly }) => (viewOnly ? "見るだけ（キーボードとマウスは届かない）" : "操作もできる"),
    unset: "操作もできる",
  },
  kbps: {
    name: "1 接続あたりの回線の約束（平均）",
    value: ({ kbps }) => `${kbps} kbit/s`,
    unset: "100 kbit/s",
  },
  wake: {
    name: "スリープ中の庁内パソコンを家から起こすこと",
    value: ({ wake }) => (wake ? "できる" : "できない"),
    unset: "できる",
  },
  retentionDays: {
    name: "終わった接続とサインインの記録を残す日数",
    value: ({ retentionDays }) => `${retentionDays} 日`,
    unset: `${FORGET_AFTER_DAYS} 日（サーバーの既定）`,
  },
};

/** What holds, said whether somebody has decided it or not. */
export const saidOf = (rules: PolicyRules, rule: PolicyRule): string =>
  rules[rule] === undefined ? RULE_WORDS[rule].unset : RULE_WORDS[rule].value(rules);

/** By which codes people really sign in: without a mail server none comes by mail, whatever the rule says. */
export const codesOf = ({ policy, settings }: Pick<Facts, "policy" | "settings">): string =>
  settings.mail === undefined
    ? RULE_WORDS.signInWays.unset
    : `${saidOf(policy.inForce, "signInWays")}。管理の役割がある者は、いつも認証アプリ`;

/** Days with the same hours are said at once. */
function weekOf(week: WeekHours): string {
  const said = weekRuns(week).map(({ first, last, day }) => {
    const days = first === last ? DAYS[first] : `${DAYS[first]}～${DAYS[last]}`;
    return `${days} ${spanOf(day)}`;
  });
  return said.length === 0 ? "どの曜日にも使えない" : said.join("、");
}

function calendarOf({ holidays, days }: Calendar = { holidays: false, days: [] }): string {
  const named = days.map(({ on, to, hours, name }) => {
    const how = hours === null ? "利用できない" : hours === "weekday" ? "曜日どおり" : spanOf(hours);
    return `${name}（${to ? `${on}～${to}` : on}）は${how}`;
  });
  return [holidays ? "国民の祝日・休日は利用できない" : "祝日も曜日どおり", ...named].join("、");
}

function noticesOf({ firstMin, everyMin, lastMin, graceMin }: EndNotices): string {
  const end = graceMin === 0 ? "終わりの時刻に接続を終える" : `終わりの時刻の ${graceMin} 分後に接続を終える`;
  return `${firstMin} 分前から ${everyMin} 分ごと、接続を終える前の ${lastMin} 分間は 1 分ごとに知らせ、${end}`;
}

const spanOf = ({ from, to }: DayHours): string => `${clockOf(from)}～${clockOf(to)}`;

/** 24:00 is midnight at the end of a day. */
const clockOf = (minutes: number): string => `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
