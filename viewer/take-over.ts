/** One person, two devices: the session that is open at the other one is moved to this one, once they have said so. */
import type { TerminalView } from "../signaling/protocol/signal.ts";
import { el } from "./dom.ts";
import { askPerson } from "./pages/dialog.ts";
import type { Words } from "./words/strings.ts";

/** This person's own session is open on another of their devices, or in another page. */
export const isElsewhere = ({ holder }: TerminalView): boolean => holder?.mine === true && !holder.here;

export function askTakeOver(words: Words, terminal: TerminalView): Promise<boolean> {
  return askPerson({
    title: words.text("takeOverTitle"),
    content: [el("p", {}, words.text("takeOverText", { terminal: terminal.name }))],
    yes: words.text("takeOverYes"),
    no: words.text("cancel"),
    testId: "take-over-dialog",
  });
}
