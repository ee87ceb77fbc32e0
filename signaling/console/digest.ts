/**
 * What a mail of notice says: how many, and where to look; no names, because mail is read on the way. Each part looks with the eyes
 * of who gets it. A module that has something to say in the morning adds its part to MORNING.
 */
import { dutiesFor } from "../auth/permissions.ts";
import { expiringIn, NOTICE_DAYS } from "../organisations/allotments.ts";
import { countUnapproved } from "../organisations/labour.ts";
import { reachOf } from "../organisations/reach.ts";
import type { Figure } from "../protocol/console.ts";
import { mayRead, type Question, readReach } from "./asking.ts";
import { today } from "./today.ts";

const DAY_MS = 24 * 3_600_000;
/** Records of a day that are looked through for what is wrong. */
const LOOKED_AT = 100;

/** People of a day; more are not counted. */
const MAX_WORKED = 1_000;

/** Lines, without the dot before them; none where there is nothing to say. */
export type DigestPart = (question: Question) => Promise<readonly string[]>;

export const MORNING: readonly DigestPart[] = [waiting, workedBeyond, idsThatEnd, auditTroubles];

const SAID: Readonly<Partial<Record<Figure["kind"], string>>> = {
  "devices-waiting": "承認を待つ家の端末 / devices that wait for approval",
  "confirmations-waiting": "二人目の確認を待つ操作 / actions that wait for a second person",
  "requests-waiting": "承認を待つ申請 / requests that wait for approval",
  "terminals-set-aside": "同じ鍵の二台があり、止めたパソコン / office PCs set aside",
  "people-barred": "入れなくなっている職員 / people who cannot get in",
  "grants-ending": "まもなく期限が切れる割り当て / grants that end soon",
  locks: "緊急停止しているもの / locks in force",
  "terminals-off": "つながっていないパソコン / office PCs that are not connected",
};

/** In the order of how much a hand is needed. */
async function waiting(question: Question): Promise<string[]> {
  const { figures } = await today(question);
  return Object.entries(SAID).flatMap(([kind, words]) => {
    const count = figures.find((figure) => figure.kind === kind)?.count ?? 0;
    return count > 0 ? [`${words}: ${count}`] : [];
  });
}

/** Yesterday, for who answers requests: as the labour log marks it. */
async function workedBeyond({ q, principal, now }: Question): Promise<string[]> {
  if (dutiesFor(principal, "request.decide").length === 0) return [];
  const reach = await reachOf(q, principal, "request.decide");
  const to = new Date(now).setHours(0, 0, 0, 0);
  const yesterday = { from: new Date(to).setDate(new Date(to).getDate() - 1), to };
  const count = await countUnapproved(q, reach, yesterday, now, MAX_WORKED);
  const words = "きのう、承認をこえて、または承認なしに、時間の外で働いた職員";
  return count > 0 ? [`${words} / people who worked longer yesterday than was approved: ${count}`] : [];
}

/** Of an event: 7 days and 1 day before its end, once each. */
async function idsThatEnd(question: Question): Promise<string[]> {
  const { q, principal, now } = question;
  if (!mayRead(principal, "terminals")) return [];
  const reach = await readReach(question, "terminals");
  const lines: string[] = [];
  for (const days of NOTICE_DAYS) {
    const count = (await expiringIn(q, days, now, reach)).reduce((sum, { terminals }) => sum + terminals, 0);
    if (count > 0)
      lines.push(`あと ${days} 日で使えなくなる端末ID / terminal IDs that end in ${days} day(s): ${count}`);
  }
  return lines;
}

async function auditTroubles(question: Question): Promise<string[]> {
  const { q, principal, now } = question;
  if (!mayRead(principal, "audit")) return [];
  const reach = await readReach(question, "audit");
  const rows = await q.audit.page({ reach, search: "audit.contradicted" }, { limit: LOOKED_AT });
  const count = rows.filter(({ event, at }) => event === "audit.contradicted" && at > now - DAY_MS).length;
  return count > 0 ? [`監査記録の食い違い / contradictions of the audit: ${count}`] : [];
}

export interface NoticeFacts {
  readonly organisation: string;
  readonly lines: readonly string[];
  /** Where the console is. */
  readonly url: string;
}

export function digestLetter(facts: NoticeFacts): { subject: string; text: string } {
  const intro = "管理画面で見てほしいことがあります。/ There is something to look at in the console.";
  return { subject: `【${facts.organisation}】今朝のお知らせ（Engawa）`, text: letter(intro, facts) };
}

export function atOnceLetter(facts: NoticeFacts): { subject: string; text: string } {
  const intro = "すぐに見てほしいことがあります。/ Something needs a hand now.";
  return { subject: `【${facts.organisation}】確認してください（Engawa）`, text: letter(intro, facts) };
}

const letter = (intro: string, { organisation, lines, url }: NoticeFacts): string =>
  [
    `${organisation}のリモートアクセス（Engawa）からのお知らせです。`,
    intro,
    "",
    ...lines.map((line) => `・${line}`),
    "",
    `管理画面 / console: ${url}`,
    "",
    "このお知らせは、管理画面の「今日」のいちばん下の「メールのお知らせ」で止められます。返信はできません。",
    "These mails can be silenced at the end of the console's page Today.",
    "",
  ].join("\n");
