/** Offer, answer and candidates: passed on between the two ends of one session, relay candidates only. */

import type { AgentMessageOf, ViewerMessageOf } from "../../protocol/signal.ts";
import type { Agent, Hub, Session, Viewer } from "../hub.ts";

type Needed = Pick<Hub, "sessions" | "lifecycle" | "agents" | "relayPeers" | "monotonic">;

export async function relayOffer(hub: Needed, agent: Agent, offer: AgentMessageOf<"offer">): Promise<void> {
  const session = hub.sessions.ofAgent(agent, offer.session);
  if (!isCurrent(session, offer.attempt)) return;
  hub.lifecycle.apply(session, { kind: "offered", attempt: offer.attempt, now: hub.monotonic() });
  hub.relayPeers.learn(offer.session, offer.attempt, "agent", offer.sdp);
  session.viewer?.connection.send({ ...offer, sdp: relayOnly(offer.sdp) });
}

export async function relayAnswer(hub: Needed, viewer: Viewer, answer: ViewerMessageOf<"answer">): Promise<void> {
  const session = hub.sessions.ofViewer(viewer, answer.session);
  if (!isCurrent(session, answer.attempt)) return;
  hub.relayPeers.learn(answer.session, answer.attempt, "viewer", answer.sdp);
  hub.agents.get(session.record.terminal)?.connection.send({ ...answer, sdp: relayOnly(answer.sdp) });
}

export async function relayCandidate(
  hub: Needed,
  viewer: Viewer,
  message: ViewerMessageOf<"candidate">,
): Promise<void> {
  const session = hub.sessions.ofViewer(viewer, message.session);
  if (!isCurrent(session, message.attempt) || !isRelay(message.candidate.candidate)) return;
  hub.relayPeers.learn(message.session, message.attempt, "viewer", message.candidate.candidate);
  hub.agents.get(session.record.terminal)?.connection.send(message);
}

/** What belongs to a former attempt is late, not wrong: it is dropped without a word. */
const isCurrent = ({ state }: Session, attempt: number): boolean =>
  (state.kind === "requested" || state.kind === "negotiating" || state.kind === "live") && state.attempt === attempt;

/** RFC 8839 §5.1: `… typ relay …`. */
const isRelay = (candidate: string): boolean => / typ relay( |$)/.test(candidate);

/** The SDP without candidates of other types. They are not part of what is signed; the fingerprint is. */
export const relayOnly = (sdp: string): string =>
  sdp
    .split("\r\n")
    .filter((line) => !line.startsWith("a=candidate:") || isRelay(line))
    .join("\r\n");
