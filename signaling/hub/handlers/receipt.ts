/** What an office PC says of a session that is over is kept, if it is its own and the signature holds. */
import { RequestError } from "../../protocol/errors.ts";
import type { AgentMessageOf } from "../../protocol/signal.ts";
import type { Agent, Hub } from "../hub.ts";

type Needed = Pick<Hub, "records" | "protectionBudget" | "now">;

export async function keepReceipt(
  hub: Needed,
  agent: Agent,
  { text, signature }: AgentMessageOf<"session-receipt">,
): Promise<void> {
  if (!hub.protectionBudget.take(agent.terminal.id, hub.now()))
    throw new RequestError("TOO_MANY_ATTEMPTS", "too many receipts of this PC");
  const outcome = await hub.records.receipt(agent.terminal, { text, signature }, hub.now());
  if (outcome === "not-its-session") throw new RequestError("SESSION_UNKNOWN", "no such session on this terminal");
  if (outcome === "not-signed") throw new RequestError("BAD_REQUEST", "the receipt is not signed by this PC");
}
