/**
 * What a mail of notice says: how many, and where to look; no names, because mail is read on the way. Each part looks with the eyes
 * of who gets it. A module that has something to say in the morning adds its part to MORNING.
 */
import { expiringIn, NOTICE_DAYS } from "../organisations/allotments.ts";
import type { Figure } from "../protocol/console.ts";
import { mayRead, type Question, readReach } from "./asking.ts";
import { today } from "./today.ts";

const DAY_MS = 24 * 3_600_000;
/** Records of a day that are looked through for what is wrong. */
const LOOKED_AT = 100;

/** Lines, without the dot before them; none where there is nothing to say. */
export type DigestPart = (question: Question) => Promise<readonly string[]>;

export const MORNING: readonly DigestPart[] = [waiting, idsThatEnd, auditTroubles];

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
