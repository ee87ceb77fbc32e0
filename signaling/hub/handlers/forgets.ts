/** An office PC says which devices it has forgotten. */
import type { AgentMessageOf } from "../../protocol/signal.ts";
import type { Agent, Hub } from "../hub.ts";

type Needed = Pick<Hub, "records" | "forgets" | "now">;

/** Only what was asked for counts. Of a long list the rest is told then. */
export async function devicesForgotten(
  hub: Needed,
  agent: Agent,
  { devices }: AgentMessageOf<"devices-forgotten">,
): Promise<void> {
  const done = await hub.records.devicesForgotten(agent.terminal.id, devices, hub.now());
  if (done > 0) await hub.forgets.tell(agent);
}
