/** What the office PC says to who sits there when the day ends. Pure. */

/**
 * At each mark it is said for so long, and so long before the end: who works from afar may have it in their picture, and has to save
 * what lies below it.
 */
const SHOWN_MS = 20_000;
const MINUTE_MS = 60_000;
/** Each change of the words is a change of the picture. */
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
  if (leftMs > SHOWN_MS && mark - leftMs >= SHOWN_MS) return "";
  const left =
    leftMs > MINUTE_MS
      ? `あと ${Math.ceil(leftMs / MINUTE_MS)} 分で`
      : `${Math.max(STEP_S, Math.ceil(leftMs / 1_000 / STEP_S) * STEP_S)} 秒以内に`;
  const then = shutDown
    ? "ロックして、電源を切ります。"
    : locks
      ? "このパソコンをロックします。"
      : "このパソコンは、ロックしません。";
  return `遠隔での利用は、${left}終わります。\n作業を保存してください。終わると、${then}`;
}

export const powerWords = (leftS: number): string =>
  `利用時間が終わりました。あと ${leftS} 秒で、このパソコンの電源を切ります。\nここで使うときは、ロックを解除してください。電源は切れません。`;
