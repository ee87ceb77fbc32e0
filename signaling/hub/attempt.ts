/** One attempt of a session: both ends are told the same number and nonce, and each its own relay credentials. */
import type { IceServers } from "../edge/ice-servers.ts";
import type { TerminalId } from "../protocol/ids.ts";
import type { Policies } from "./policies.ts";
import type { Agent, Session } from "./presence.ts";

export interface AnnounceOptions {
  readonly agents: ReadonlyMap<TerminalId, Agent>;
  readonly iceServers: IceServers;
  readonly agentTurnUrls: readonly string[];
  readonly policies: Pick<Policies, "forOpening">;
}

/** Tells both ends to begin the present attempt. */
export function announceAttempt(
  session: Session,
  { agents, iceServers, agentTurnUrls, policies }: AnnounceOptions,
): void {
  const { record, state, nonce, codecs, viewer } = session;
  const agent = agents.get(record.terminal);
  if (!agent || !viewer || state.kind !== "requested") return;
  const { attempt } = state;
  const ice = (role: "agent" | "viewer", urls: readonly string[]) => [
    iceServers.issue({ session: record.id, role, attempt, urls }),
  ];
  viewer.connection.send({
    type: "session-opened",
    session: record.id,
    attempt,
    terminal: record.terminal,
    nonce,
    agentKey: agent.terminal.publicKey,
    iceServers: ice("viewer", viewer.turnUrls),
    ...(session.rules?.policy.rules.viewOnly && { viewOnly: true }),
  });
  const policy = policies.forOpening(agent, session);
  agent.connection.send({
    type: "session-open",
    session: record.id,
    attempt,
    nonce,
    person: { login: record.login, name: record.personName },
    deviceKey: record.deviceKey,
    codecs: [...codecs],
    iceServers: ice("agent", agentTurnUrls),
    ...(policy && { policy }),
  });
}
