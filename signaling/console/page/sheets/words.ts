/** The words of the sheets, loaded with them. */
import { type OwnWords, useOwnWords } from "../state/own-words.ts";
import { sheetEn } from "./words-en.ts";
import { type SheetKey, sheetJa } from "./words-ja.ts";

export const SHEET_WORDS: OwnWords<SheetKey> = { ja: sheetJa, en: sheetEn };

export type Say = (key: SheetKey, facts?: Readonly<Record<string, string | number>>) => string;

export const useSheetWords = (): Say => useOwnWords(SHEET_WORDS);
