/** What an agent reports about its sessions: live, interrupted, and after a reconnection which of them still exist. */

import type { SessionId } from "../../protocol/ids.ts";
import type { AgentMessageOf } from "../../protocol/signal.ts";
import type { Agent, Hub, Session } from "../hub.ts";

type Needed = Pick<Hub, "sessions" | "lifecycle" | "records" | "monotonic">;

export async function sessionLive(hub: Needed, agent: Agent, live: AgentMessageOf<"session-live">): Promise<void> {
  hub.lifecycle.apply(hub.sessions.ofAgent(agent, live.session), { kind: "live", attempt: live.attempt });
}

/** Pointer and keys travel past this server: what keeps a sign-in alive meanwhile is the office PC's word that somebody works. */
export async function sessionActive(
  hub: Needed,
  agent: Agent,
  active: AgentMessageOf<"session-active">,
): Promise<void> {
  const { signInId } = hub.sessions.ofAgent(agent, active.session);
  if (signInId !== undefined) await hub.records.touch(signInId);
}

export async function sessionInterrupted(
  hub: Needed,
  agent: Agent,
  lost: AgentMessageOf<"session-interrupted">,
): Promise<void> {
  hub.lifecycle.apply(hub.sessions.ofAgent(agent, lost.session), {
    kind: "interrupted",
    attempt: lost.attempt,
    now: hub.monotonic(),
  });
}

/**
 * The agent's word counts: what it runs is confirmed, what we ended it must end. What ended while we were away it has told
 * before this with the reason, or tells it here, where a server heard of it or even wished it that could not keep it; what it neither
 * tells nor runs, it no longer knows: it was started anew.
 */
export async function reportSessions(hub: Needed, agent: Agent, report: AgentMessageOf<"sessions">): Promise<void> {
  const now = hub.monotonic();
  const running = new Set(report.running.map(({ session }) => session));
  const over: SessionId[] = [];
  for (const { session: id, attempt, live } of report.running) {
    const session = hub.sessions.get(id);
    if (session?.record.terminal === agent.terminal.id)
      hub.lifecycle.apply(session, { kind: "confirmed", attempt, live, now });
    else if (!hub.lifecycle.ending(id)) over.push(id);
  }
  const present = hub.sessions.on(agent.terminal.id);
  if (present && !running.has(present.record.id) && !crossed(present, agent)) {
    const end = report.ended?.find(({ session }) => session === present.record.id);
    hub.lifecycle.end(present, end?.reason ?? "agent-left");
  }
  // its connection was dead when it was told, or it was away: it hears the reason that stands in the record
  for (const id of over) {
    // we were stopped meanwhile, or cut off: that node has the word on it, and its office PC comes to it soon
    if (await hub.records.isElsewhere(id)) continue;
    const end = await hub.records.whyEnded(id);
    const reason = end?.session.terminal === agent.terminal.id ? end.reason : "unconfirmed";
    agent.connection.send({ type: "session-end", session: id, reason });
  }
}

/** It was asked for over this connection, and the report was on its way by then. */
const crossed = ({ state, record }: Session, agent: Agent): boolean =>
  state.kind === "requested" && record.requestedAt >= agent.since;
