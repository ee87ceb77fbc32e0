/** What an office PC reports of its own protection: it is recorded, and who was there is told when their PC stands unlocked. */

import { RequestError } from "../../protocol/errors.ts";
import type { AgentMessageOf } from "../../protocol/signal.ts";
import type { Agent, Hub } from "../hub.ts";

type Needed = Pick<Hub, "records" | "lockTold" | "protectionBudget" | "now">;

export async function recordProtection(hub: Needed, agent: Agent, report: AgentMessageOf<"protection">): Promise<void> {
  const { session, event, at, reason } = report;
  const terminal = agent.terminal.id;
  if (!hub.protectionBudget.take(terminal, hub.now()))
    throw new RequestError("TOO_MANY_ATTEMPTS", "too many reports of this PC's protection");
  // the session is over by now as a rule: the store knows it, the hub does not
  const about = await hub.records.protection({ session, terminal, event, happenedAt: at, reason }, hub.now());
  if (!about) throw new RequestError("SESSION_UNKNOWN", "no such session on this terminal");
  if (event !== "locked" && event !== "lock-failed") return;
  hub.lockTold(about, session, event === "locked");
}
