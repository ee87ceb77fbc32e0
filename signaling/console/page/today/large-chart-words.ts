/** What only the large chart says, loaded with it. */
import type { OwnWords } from "../state/own-words.ts";

const ja = {
  at: "{at} からの 15 分：最大 {count} 人",
  keys: "矢印キー（← →）で、15 分ごとの人数を読めます。",
  table: "表で見る",
  when: "時刻",
  count: "最大の人数",
};

const en: Readonly<Record<ChartKey, string>> = {
  at: "quarter of an hour from {at}: {count} at most",
  keys: "The arrow keys (← →) go through the quarters of an hour.",
  table: "As a table",
  when: "Time",
  count: "At most",
};

type ChartKey = keyof typeof ja;
export const CHART_WORDS: OwnWords<ChartKey> = { ja, en };
