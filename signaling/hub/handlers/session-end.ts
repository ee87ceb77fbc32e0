import { type EndReason, RequestError } from "../../protocol/errors.ts";
import type { AgentMessageOf, ViewerMessageOf } from "../../protocol/signal.ts";
import type { Agent, Hub, Viewer } from "../hub.ts";
import { isHolder } from "../terminal-view.ts";

/** What each end may give as its reason; anything else it says is recorded as its leaving. */
const VIEWER_REASONS: readonly EndReason[] = [
  "viewer-left",
  "signature-invalid",
  "fingerprint-mismatch",
  "agent-not-trusted",
];
const AGENT_REASONS: readonly EndReason[] = [
  "negotiation-timeout",
  "taken-over",
  "silence",
  "resume-expired",
  "relay-unreachable",
  "device-unknown",
  "signature-invalid",
  "fingerprint-mismatch",
  "device-removed",
  "device-expired",
  "locked-out",
  "agent-stopped",
  "desktop-unavailable",
  "in-use",
  "no-common-codec",
  "cover-unavailable",
  "not-locked",
  "idle",
  "hours-over",
  "session-too-long",
  "policy-unknown",
  "internal",
];

type Needed = Pick<Hub, "sessions" | "lifecycle">;

/**
 * Always answered with `session-end`, or with SESSION_UNKNOWN: a page says it again until it hears that it was heard. The same
 * person on the same device may end it by another connection than the one that speaks for it: that one may be dead.
 */
export async function viewerEnds(
  hub: Needed & Pick<Hub, "records">,
  viewer: Viewer,
  end: ViewerMessageOf<"session-end">,
): Promise<void> {
  const session = hub.sessions.get(end.session);
  if (!session) {
    await hub.lifecycle.ending(end.session);
    if (await hub.records.isElsewhere(end.session))
      throw new RequestError("SERVER_BUSY", "the session is another node's", { details: { retryAfterS: 1 } });
    const over = await hub.records.whyEnded(end.session);
    const reason = over && isHolder(over.session, viewer.signedIn) ? over.reason : end.reason;
    viewer.connection.send({ type: "session-end", session: end.session, reason });
    return;
  }
  const isSpeaker = session.viewer === viewer;
  if (!isSpeaker && !isHolder(session.record, viewer.signedIn))
    throw new RequestError("SESSION_UNKNOWN", "no such session of yours");
  const reason = VIEWER_REASONS.includes(end.reason) ? end.reason : "viewer-left";
  hub.lifecycle.end(session, reason);
  if (isSpeaker) return;
  await hub.lifecycle.ending(end.session);
  viewer.connection.send({ type: "session-end", session: end.session, reason });
}

export async function agentEnds(
  hub: Needed & Pick<Hub, "policies">,
  agent: Agent,
  end: AgentMessageOf<"session-end">,
): Promise<void> {
  if (end.reason === "policy-unknown") hub.policies.lost(agent);
  if (!hub.sessions.has(end.session)) return; // both ends wished it at the same time
  hub.lifecycle.end(
    hub.sessions.ofAgent(agent, end.session),
    AGENT_REASONS.includes(end.reason) ? end.reason : "agent-left",
  );
}
