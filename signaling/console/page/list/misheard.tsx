/** Nothing was found for an ID: whether it can be one at all. */
import { isChecked, parseTerminalId } from "../../../protocol/check-letter.ts";
import { useOwnWords } from "../state/own-words.ts";
import { MISHEARD_WORDS } from "./misheard-words.ts";

export function Misheard({ q }: { q: string }) {
  const say = useOwnWords(MISHEARD_WORDS);
  const id = parseTerminalId(q);
  return id && !isChecked(id) ? <p data-testid="misheard">{say("misheard", { id })}</p> : null;
}
