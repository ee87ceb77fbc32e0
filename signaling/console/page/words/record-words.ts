/** The words of the audit: only the one that is spoken is loaded, where records are shown. */
import type { RecordWords } from "./dictionary.ts";

export const RECORDS = {
  ja: async (): Promise<RecordWords> => (await import("./audit-ja.ts")).recordsJa,
  en: async (): Promise<RecordWords> => (await import("./audit-en.ts")).recordsEn,
};
