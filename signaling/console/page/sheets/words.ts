/** The words of the sheets, loaded with them. */
import { useDesk } from "../state/desk.ts";
import { sheetEn } from "./words-en.ts";
import { type SheetKey, sheetJa } from "./words-ja.ts";

export type Say = (key: SheetKey, facts?: Readonly<Record<string, string | number>>) => string;

export function useSheetWords(): Say {
  const { words } = useDesk();
  const texts: Readonly<Record<SheetKey, string>> = words.language === "ja" ? sheetJa : sheetEn;
  return (key, facts = {}) => texts[key].replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ""));
}
