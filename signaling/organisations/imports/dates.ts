/** Days and moments as they stand in files of an office: ISO as the export writes it, as Excel turns it round, and in the Japanese era. */

const DATE = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T](\d{1,2}):(\d{2})(?::\d{2})?)?$/;
/** 令和 began in 2019. */
const REIWA = /^(?:令和|R)(\d{1,2}|元)[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/i;
const BEFORE_REIWA = 2018;

/**
 * Epoch ms. A day means its end: the midnight after it, as at the console. `offset`: minutes that the reader's clock is ahead of UTC.
 * Undefined: it is none. The text is NFKC.
 */
export function dateIn(text: string, offset: number): number | undefined {
  const [, era, ...eraDay] = REIWA.exec(text) ?? [];
  if (era !== undefined)
    return at([BEFORE_REIWA + (era === "元" ? 1 : Number(era)), ...eraDay.map(Number)], [], offset);
  const [, year, month, day, ...clock] = DATE.exec(text) ?? [];
  if (year === undefined) return undefined;
  return at([year, month, day].map(Number), clock[0] === undefined ? [] : clock.map(Number), offset);
}

function at(
  [year = 0, month = 0, day = 0]: readonly number[],
  clock: readonly number[],
  offset: number,
): number | undefined {
  const [hour = 24, minute = 0] = clock;
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || hour > 24 || minute > 59) return undefined;
  return date.getTime() + (hour * 60 + minute - offset) * 60_000;
}

/** As the export writes them: the seconds are not there. */
export const isSameMinute = (one: number | null, other: number | null): boolean =>
  one === other || (one !== null && other !== null && Math.floor(one / 60_000) === Math.floor(other / 60_000));

/** `2027-04-01 00:00` by the reader's clock; empty for none. */
export const momentText = (at: number | null, offset: number): string =>
  at === null ? "" : new Date(at + offset * 60_000).toISOString().slice(0, 16).replace("T", " ");
