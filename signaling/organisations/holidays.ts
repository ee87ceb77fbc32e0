/** Japan's public holidays, as its laws stood when the library was made: what a law moves later is put right by an organisation's own days. */
import holidayJp from "@holiday-jp/holiday_jp";

/** `day`: 2026-11-03. */
export const isHoliday = (day: string): boolean => Object.hasOwn(holidayJp.holidays, day);
