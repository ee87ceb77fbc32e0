/** What only the drawer says, loaded with it. */
import type { OwnWords } from "../state/own-words.ts";

const ja = {
  timeline: "これまでの記録",
  timelineNone: "記録はまだありません。",
  timelineMost: "新しい順に 100 件までです。",
  policyOf: "当てはまる決まりを見る・変える",
  receipt: "利用証を印刷する",
  gone: "見つかりません。消されたか、見る権限がありません。",
  actsTitle: "できる操作",
  factsTitle: "基本情報",
  knownTitle: "この端末を知っている職場のパソコン",
  knownNone: "この端末で画面を出したパソコンは、まだありません。",
  knows: "知っています（最後の接続 {at}）",
  told: "忘れるように伝えます（依頼 {at}）。電源が入ってつながったときに伝わります",
  forgotten: "忘れました（確認 {at}）",
};

const en: Readonly<Record<DrawerKey, string>> = {
  timeline: "What happened",
  timelineNone: "Nothing recorded yet.",
  timelineMost: "The newest 100 at most.",
  policyOf: "See or change the policy that holds",
  receipt: "Print its receipt",
  gone: "Not found: it was removed, or you may not see it.",
  actsTitle: "What you can do",
  factsTitle: "Facts",
  knownTitle: "Office PCs that know this device",
  knownNone: "No PC has shown its screen to this device yet.",
  knows: "knows it (last session {at})",
  told: "is to be told to forget it (since {at}), as soon as it is on and connected",
  forgotten: "has forgotten it (confirmed {at})",
};

type DrawerKey = keyof typeof ja;
export const DRAWER_WORDS: OwnWords<DrawerKey> = { ja, en };
