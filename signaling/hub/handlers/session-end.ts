import type { EndReason } from "../../protocol/errors.ts";
import type { AgentMessageOf, ViewerMessageOf } from "../../protocol/signal.ts";
import type { Agent, Hub, Viewer } from "../hub.ts";

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
  "agent-stopped",
  "desktop-unavailable",
  "in-use",
  "no-common-codec",
  "cover-unavailable",
  "not-locked",
  "idle",
  "internal",
];

type Needed = Pick<Hub, "sessions" | "lifecycle">;

export async function viewerEnds(hub: Needed, viewer: Viewer, end: ViewerMessageOf<"session-end">): Promise<void> {
  if (!hub.sessions.has(end.session)) return;
  hub.lifecycle.end(
    hub.sessions.ofViewer(viewer, end.session),
    VIEWER_REASONS.includes(end.reason) ? end.reason : "viewer-left",
  );
}

export async function agentEnds(hub: Needed, agent: Agent, end: AgentMessageOf<"session-end">): Promise<void> {
  if (!hub.sessions.has(end.session)) return; // both ends wished it at the same time
  hub.lifecycle.end(
    hub.sessions.ofAgent(agent, end.session),
    AGENT_REASONS.includes(end.reason) ? end.reason : "agent-left",
  );
}
