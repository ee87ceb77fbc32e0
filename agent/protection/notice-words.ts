/** What the office PC says to who sits there when the day ends. Pure. */

/** At each mark it is said for so long; in the last minute all the time. */
const SHOWN_MS = 20_000;
const MINUTE_MS = 60_000;
/** Each change of the words is a change of the picture that somebody looks at. */
const STEP_S = 10;

export interface NoticeFacts {
  readonly leftMs: number;
  /** Which of its marks the end has come to, ms. */
  readonly mark: number;
  readonly locks: boolean;
  readonly shutDown: boolean;
}

/** Empty: nothing, for now. */
export function endWords({ leftMs, mark, locks, shutDown }: NoticeFacts): string {
  if (leftMs > MINUTE_MS && mark - leftMs >= SHOWN_MS) return "";
  const left =
    leftMs > MINUTE_MS
      ? `${Math.ceil(leftMs / MINUTE_MS)} 分`
      : `${Math.max(STEP_S, Math.ceil(leftMs / 1_000 / STEP_S) * STEP_S)} 秒`;
  const then = shutDown
    ? "ロックして、電源を切ります。"
    : locks
      ? "このパソコンをロックします。"
      : "このパソコンは、ロックしません。";
  return `遠隔での利用は、あと ${left}で終わります。\n作業を保存してください。終わると、${then}`;
}

export const powerWords = (leftS: number): string =>
  `利用時間が終わりました。あと ${leftS} 秒で、このパソコンの電源を切ります。\nここで使うときは、ロックを解除してください。電源は切れません。`;
