/** Office PCs sign the heads of their organisation's record, or say why they do not. */
import type { AgentMessageOf } from "../../protocol/signal.ts";
import type { Agent, Hub } from "../hub.ts";

type Needed = Pick<Hub, "witnesses">;

export async function auditWitness(
  hub: Needed,
  agent: Agent,
  { heads }: AgentMessageOf<"audit-witness">,
): Promise<void> {
  await hub.witnesses?.ready(agent, heads);
}

export async function auditCosigned(
  hub: Needed,
  agent: Agent,
  { head }: AgentMessageOf<"audit-cosigned">,
): Promise<void> {
  await hub.witnesses?.cosigned(agent, head);
}

export async function auditContradiction(
  hub: Needed,
  agent: Agent,
  { head, kept }: AgentMessageOf<"audit-contradiction">,
): Promise<void> {
  await hub.witnesses?.contradicted(agent, kept, head);
}
