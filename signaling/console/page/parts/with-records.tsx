/** Where records of the audit are shown: with their words. Should these not come, what was recorded is shown by its names. */
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { Desk, useDesk } from "../state/desk.ts";
import { useSpoken } from "../state/loaded.ts";
import { RECORDS } from "../words/record-words.ts";

export function WithRecords({ children }: { children: ComponentChildren }) {
  const desk = useDesk();
  const { part, hasFailed } = useSpoken(RECORDS);
  const value = useMemo(() => part && { ...desk, words: desk.words.withRecords(part) }, [desk, part]);
  if (value) return <Desk.Provider value={value}>{children}</Desk.Provider>;
  return hasFailed ? children : null;
}
