/** What is said where an ID that was searched for cannot be right. */
export const MISHEARD_WORDS = {
  ja: {
    misheard:
      "端末ID {id} は、最後の文字がほかの文字と合いません。聞き間違いか打ち間違いがあります。もう一度、一文字ずつ聞いてください。",
  },
  en: {
    misheard:
      "The last letter of {id} does not fit the others: one was misheard or mistyped. Have it read out again, letter by letter.",
  },
} as const;
