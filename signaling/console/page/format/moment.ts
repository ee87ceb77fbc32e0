/** Dates as people in an office read and sort them: ISO, with the Japanese era beside it. In the time of this PC. */
const two = (n: number): string => String(n).padStart(2, "0");

/** `2026-11-27` */
export function isoDate(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `14:05` */
export function clock(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `2026-11-27 14:05` */
export const isoMoment = (at: number): string => `${isoDate(at)} ${clock(at)}`;

/** Made once: making one takes longer than all the dates of a page. */
let eraFormat: Intl.DateTimeFormat | undefined;

/** `令和8年11月27日`; of a first year 元年. */
export function wareki(at: number): string {
  eraFormat ??= new Intl.DateTimeFormat("ja-JP-u-ca-japanese", {
    era: "long",
    year: "numeric",
    month: "numeric",
    day: "numeric",
  });
  const parts = eraFormat.formatToParts(at);
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? "";
  const year = of("year") === "1" ? "元" : of("year");
  return `${of("era")}${year}年${of("month")}月${of("day")}日`;
}

/** The end of a day that was chosen as `2026-11-27`: its midnight. Undefined when that is no day. */
export function endOfDay(day: string): number | undefined {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? [];
  const end = new Date(Number(year), Number(month) - 1, Number(date) + 1).getTime();
  return Number.isFinite(end) ? end : undefined;
}
