/** The first connection to an office PC, from its key to a pin: asks the person, and remembers what they confirmed. */
import type { Login, PublicKey } from "../signaling/protocol/ids.ts";
import type { TerminalView } from "../signaling/protocol/signal.ts";
import { keyCode } from "../signaling/protocol/signed.ts";
import type { Device } from "./device.ts";
import { el } from "./dom.ts";
import { notice } from "./pages/page.ts";
import { askPairing } from "./pages/pairing-dialog.ts";
import { recognise } from "./pairing-code.ts";
import type { Words } from "./words/strings.ts";

export interface PairingQuestion {
  readonly terminal: TerminalView;
  readonly key: PublicKey;
  readonly login: Login;
  readonly device: Device;
  readonly words: Words;
}

/** `pinned`, or why not: the person says that the code differs, or it was made to look like another's. */
export type Pairing = "pinned" | "pairRefused" | "pairImitation";

export async function pair({ terminal, key, login, device, words }: PairingQuestion): Promise<Pairing> {
  const { id, name } = terminal;
  const code = await keyCode(key);
  const recognition = recognise({ terminal: id, name, code, login }, await device.pins());
  if (recognition.kind === "imitation") return "pairImitation";
  const same = await askPairing({ words, name, code, group: await device.askedGroup(), recognition });
  if (!same) return "pairRefused";
  await device.pin({ terminal: id, name, key, login, pinnedAt: Date.now() });
  return "pinned";
}

export const pairingRefused = (words: Words, why: Exclude<Pairing, "pinned">): HTMLElement =>
  notice("problem", words.text(why), "pair-refused", el("p", {}, words.text("pairRefusedTodo")));
