/** A hub on records in memory (or others), with pages and office PCs that only keep what they are sent. */
import { randomUUID } from "node:crypto";
import type { Connection } from "../../signaling/connection.ts";
import { IceServers } from "../../signaling/edge/ice-servers.ts";
import type { RelayPeers } from "../../signaling/edge/relay-peers.ts";
import { agentHandlers, viewerHandlers } from "../../signaling/hub/handlers/table.ts";
import { type Agent, Hub, type Viewer } from "../../signaling/hub/hub.ts";
import type { Nodes } from "../../signaling/hub/nodes.ts";
import { createLog, type Log } from "../../signaling/log.ts";
import { Nonce, type PageId, type SessionId, Signature, type TerminalId } from "../../signaling/protocol/ids.ts";
import type { ToAgent, ToViewer } from "../../signaling/protocol/signal.ts";
import type { Records, SignedIn, Terminal, Witnesses } from "../../signaling/records.ts";

const SIGNATURE = Signature.parse("A".repeat(86));

export class TestConnection<Out extends { type: string }> implements Connection<Out> {
  readonly id = `test-${randomUUID()}`;
  readonly remoteAddress = "127.0.0.1";
  readonly sent: Out[] = [];
  closed: number | undefined;
  /** What is found when it is asked for a sign of life. */
  isAlive = false;
  send(message: Out): void {
    this.sent.push(message);
  }
  async answers(): Promise<boolean> {
    return this.isAlive && this.closed === undefined;
  }
  close(code: number): void {
    this.closed ??= code;
  }
  all<T extends Out["type"]>(type: T): Extract<Out, { type: T }>[] {
    return this.sent.filter((message) => message.type === type) as Extract<Out, { type: T }>[];
  }
  last<T extends Out["type"]>(type: T): Extract<Out, { type: T }> {
    const found = this.all(type).at(-1);
    if (!found) throw new Error(`no ${type} among ${this.sent.map((message) => message.type)}`);
    return found;
  }
}

export interface HubStageOptions {
  readonly records: Records;
  readonly witnesses?: Witnesses;
  readonly nodes?: Nodes;
  readonly relayPeers?: RelayPeers;
  readonly now?: () => number;
  /** The clock that never jumps; the same as `now`, unless told. */
  readonly monotonic?: () => number;
  readonly log?: Log;
  /** A real relay for office PCs; without it one that nobody reaches. */
  readonly relay?: { readonly udpUrl: string; readonly secret: string } | undefined;
}

export function makeHub({
  records,
  witnesses,
  nodes,
  relayPeers,
  now = Date.now,
  monotonic = now,
  log = createLog({ level: "silent" }),
  relay,
}: HubStageOptions): Hub {
  return new Hub({
    records,
    ...(witnesses && { witnesses }),
    nodes,
    ...(relayPeers && { relayPeers }),
    iceServers: new IceServers({ secret: relay?.secret ?? "s".repeat(32), now }),
    agentTurnUrls: [relay?.udpUrl ?? "turn:127.0.0.1:3478?transport=udp"],
    log,
    now,
    monotonic,
    nonce: () => Nonce.parse("A".repeat(22)),
  });
}

/** A page that connects. `page`: as which page. */
export function connectPage(hub: Hub, signedIn: SignedIn, page?: PageId) {
  const connection = new TestConnection<ToViewer>();
  const viewer: Viewer = { connection, signedIn, turnUrls: ["turns:example.jp:443"], shown: new Set(), page };
  hub.addViewer(viewer);
  return { viewer, connection };
}

export function connectOffice(hub: Hub, terminal: Terminal) {
  const connection = new TestConnection<ToAgent>();
  const agent: Agent = { connection, terminal, since: hub.now() };
  hub.addAgent(agent);
  return { agent, connection };
}

export const request = (
  hub: Hub,
  viewer: Viewer,
  terminal: { readonly id: TerminalId },
  more: { takeOver?: boolean; resume?: SessionId } = {},
): Promise<void> =>
  viewerHandlers["session-request"](hub, viewer, {
    type: "session-request",
    terminal: terminal.id,
    takeOver: false,
    codecs: ["av1-444"],
    ...more,
  });

export async function goLive(
  hub: Hub,
  { viewer, agent }: { viewer: Viewer; agent: Agent },
  session: SessionId,
  attempt = 1,
): Promise<void> {
  const sdp = { sdp: "v=0", signature: SIGNATURE };
  await agentHandlers.offer(hub, agent, { type: "offer", session, attempt, ...sdp });
  await viewerHandlers.answer(hub, viewer, { type: "answer", session, attempt, ...sdp });
  await agentHandlers["session-live"](hub, agent, { type: "session-live", session, attempt });
}

/** A live session of this person's page with this office PC. */
export async function liveSession(hub: Hub, signedIn: SignedIn, terminal: Terminal, page?: PageId) {
  const office = connectOffice(hub, terminal);
  const { viewer, connection } = connectPage(hub, signedIn, page);
  await request(hub, viewer, terminal);
  const { session } = connection.last("session-opened");
  await goLive(hub, { viewer, agent: office.agent }, session);
  return { viewer, connection, agent: office.agent, office: office.connection, session };
}
