/** Waking a sleeping office PC: what people ask for, what agents tell and answer. */

import { RequestError } from "../../protocol/errors.ts";
import type { AgentMessageOf, ViewerMessageOf } from "../../protocol/signal.ts";
import type { Agent, Hub, Viewer } from "../hub.ts";
import { grantedTerminal } from "./granted-terminal.ts";

type Needed = Pick<Hub, "records" | "agents" | "nodes" | "wakes" | "now">;

export async function requestWake(
  hub: Needed,
  viewer: Viewer,
  { terminal: id }: ViewerMessageOf<"wake">,
): Promise<void> {
  const terminal = await grantedTerminal(hub, viewer, id, "terminal.wake");
  if (!(await hub.records.mayWake(viewer.signedIn.person)))
    throw new RequestError("WAKE_IMPOSSIBLE", "policy says that it is not to be woken");
  if (hub.agents.has(id) || hub.nodes?.elsewhere(id)?.since !== undefined) return; // it has come meanwhile, and the list says so
  await hub.wakes.begin(terminal, viewer.signedIn);
}

export async function cancelWake(hub: Needed, viewer: Viewer, cancel: ViewerMessageOf<"wake-cancel">): Promise<void> {
  hub.wakes.cancel(cancel.terminal, viewer.signedIn.person);
}

export async function tellInterfaces(hub: Needed, agent: Agent, told: AgentMessageOf<"interfaces">): Promise<void> {
  if (hub.agents.get(agent.terminal.id) !== agent) return; // replaced by a newer connection
  await hub.wakes.interfaces(agent, told.interfaces, told.wakesOthers);
}

export async function wakeSent(hub: Needed, agent: Agent, { mac }: AgentMessageOf<"wake-sent">): Promise<void> {
  hub.wakes.answered(agent, mac, "sent");
}

export async function wakeRefused(
  hub: Needed,
  agent: Agent,
  { mac, reason }: AgentMessageOf<"wake-refused">,
): Promise<void> {
  hub.wakes.answered(agent, mac, reason);
}
