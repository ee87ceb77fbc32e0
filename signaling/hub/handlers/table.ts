/** Which handler takes which message. A new message type does not compile until it has a handler here. */

import type { AgentMessage, AgentMessageOf, ViewerMessage, ViewerMessageOf } from "../../protocol/signal.ts";
import type { Agent, Hub, Viewer } from "../hub.ts";
import { auditContradiction, auditCosigned, auditWitness } from "./audit.ts";
import { devicesForgotten } from "./forgets.ts";
import { relayAnswer, relayCandidate, relayOffer } from "./forward.ts";
import { recordProtection } from "./protection.ts";
import { keepReceipt } from "./receipt.ts";
import { agentEnds, viewerEnds } from "./session-end.ts";
import { reportSessions, sessionActive, sessionInterrupted, sessionLive } from "./session-progress.ts";
import { requestSession } from "./session-request.ts";
import { cancelWake, requestWake, tellInterfaces, wakeRefused, wakeSent } from "./wake.ts";

/** `ping` is not here: it is answered before what waits (websocket.ts). */
export const viewerHandlers: {
  [T in Exclude<ViewerMessage["type"], "ping">]: (hub: Hub, from: Viewer, message: ViewerMessageOf<T>) => Promise<void>;
} = {
  "session-request": requestSession,
  answer: relayAnswer,
  candidate: relayCandidate,
  "session-end": viewerEnds,
  wake: requestWake,
  "wake-cancel": cancelWake,
};

/** `authenticate` is not here: before it there is no agent, after it a second one is a mistake (websocket.ts). */
export const agentHandlers: {
  [T in Exclude<AgentMessage["type"], "authenticate">]: (
    hub: Hub,
    from: Agent,
    message: AgentMessageOf<T>,
  ) => Promise<void>;
} = {
  sessions: reportSessions,
  offer: relayOffer,
  "session-live": sessionLive,
  "session-active": sessionActive,
  "session-interrupted": sessionInterrupted,
  "session-end": agentEnds,
  interfaces: tellInterfaces,
  "wake-sent": wakeSent,
  "wake-refused": wakeRefused,
  protection: recordProtection,
  "lock-kept": async (hub, agent, { lock }) => hub.lockOrders.kept(agent, lock),
  "devices-forgotten": devicesForgotten,
  "session-receipt": keepReceipt,
  "audit-witness": auditWitness,
  "audit-cosigned": auditCosigned,
  "audit-contradiction": auditContradiction,
  "policies-kept": async (hub, agent, { ids }) => hub.policies.kept(agent, ids),
};

export function handleViewer(
  hub: Hub,
  viewer: Viewer,
  message: Exclude<ViewerMessage, { type: "ping" }>,
): Promise<void> {
  const handler = viewerHandlers[message.type] as (h: Hub, v: Viewer, m: ViewerMessage) => Promise<void>;
  return handler(hub, viewer, message);
}
