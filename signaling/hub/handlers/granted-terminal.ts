import { lockedOut } from "../../auth/lockout.ts";
import { mayOwn } from "../../auth/own.ts";
import { RequestError } from "../../protocol/errors.ts";
import type { TerminalId } from "../../protocol/ids.ts";
import type { Terminal } from "../../records.ts";
import type { Hub, Viewer } from "../hub.ts";

/**
 * The terminal that a person asks something of: they are signed in with a registered device and it is granted to them, both
 * at this moment; the table allows it in the terminal's organisation, and no lock stands in the way. Counts as use. Throws NOT_SIGNED_IN,
 * TERMINAL_UNKNOWN, TERMINAL_EXPIRED, LOCKED_OUT.
 */
export async function grantedTerminal(
  hub: Pick<Hub, "records" | "now">,
  { signedIn }: Viewer,
  id: TerminalId,
  action: "session.open" | "terminal.wake",
): Promise<Terminal> {
  const { signInId, person } = signedIn;
  if (!(await hub.records.signedIn(signInId))) throw new RequestError("NOT_SIGNED_IN", "sign in again");
  const [terminal] = await hub.records.terminalsOf(person, id);
  if (!terminal || !mayOwn(signedIn, action, terminal.organisation.id))
    throw new RequestError("TERMINAL_UNKNOWN", "no such terminal for you");
  if (terminal.idUntil !== undefined && terminal.idUntil <= hub.now())
    throw new RequestError("TERMINAL_EXPIRED", "the time of this terminal is over", {
      details: { until: terminal.idUntil },
    });
  const lock = await hub.records.lockOver(signedIn, id);
  if (lock) throw lockedOut(lock.until);
  await hub.records.touch(signInId);
  return terminal;
}
