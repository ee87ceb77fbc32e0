/** What only the tree says, loaded with it. */
import type { OwnWords } from "../state/own-words.ts";

const ja = {
  unfold: "{name} の下を開く",
  fold: "{name} の下を閉じる",
  level: "（{level} 段目）",
  all: "すべて開く",
  none: "すべて閉じる",
  shown: "{count} 件を表示。人数と台数は、下の部署を含みます。",
  tooMany: "多いため、途中まで開きました。残りは 1 つずつ開くか、検索してください。",
};

const en: Readonly<Record<TreeKey, string>> = {
  unfold: "Show what is below {name}",
  fold: "Hide what is below {name}",
  level: " (level {level})",
  all: "Unfold all",
  none: "Fold all",
  shown: "{count} are shown. People and PCs are counted with all below.",
  tooMany: "There are many: not all are unfolded. Unfold the others one by one, or search.",
};

export type TreeKey = keyof typeof ja;
export const TREE_WORDS: OwnWords<TreeKey> = { ja, en };
