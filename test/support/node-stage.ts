/** Several nodes on one store and one bus, with a clock that the test moves. */

import { SignInThrottle } from "../../signaling/auth/throttle.ts";
import { DEFAULT_SIGN_IN_LIMITS } from "../../signaling/auth/token.ts";
import { LocalBus } from "../../signaling/bus/local.ts";
import type { Connection } from "../../signaling/connection.ts";
import { RelayPeers } from "../../signaling/edge/relay-peers.ts";
import { handleViewer } from "../../signaling/hub/handlers/table.ts";
import type { Agent, Hub, Viewer } from "../../signaling/hub/hub.ts";
import { createLog } from "../../signaling/log.ts";
import { StoreNodes } from "../../signaling/nodes/nodes.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import type { PageId } from "../../signaling/protocol/ids.ts";
import type { ToAgent, ToViewer, ViewerMessage } from "../../signaling/protocol/signal.ts";
import type { SignedIn, Terminal } from "../../signaling/records.ts";
import type { Store } from "../../signaling/store/store.ts";
import { makeHub, TestConnection } from "./hub-stage.ts";

export interface NodeStage {
  readonly bus: LocalBus;
  readonly store: Store;
  readonly clock: { now: number; monotonic: number };
}

export interface TestNode {
  readonly hub: Hub;
  readonly nodes: StoreNodes;
  readonly records: StoreRecords;
  readonly relayPeers: RelayPeers;
  readonly throttle: SignInThrottle;
  /** As its death leaves it: nothing is said, nothing is heard. */
  kill(): void;
  close(): Promise<void>;
}

export const openStage = (store: Store, now: number): NodeStage => ({
  store,
  bus: new LocalBus({
    onListenerError: (error) => {
      throw error;
    },
  }),
  clock: { now, monotonic: 0 },
});

const log = createLog({ level: "silent" });

export async function openNode({ store, bus, clock }: NodeStage): Promise<TestNode> {
  const now = () => clock.now;
  const relayPeers = new RelayPeers();
  let isDead = false;
  const own: typeof bus = Object.create(bus, {
    publish: { value: async (event: never) => (isDead ? undefined : bus.publish(event)) },
    send: { value: async (to: never, letter: never) => (isDead ? undefined : bus.send(to, letter)) },
    subscribe: {
      value: (listener: (event: unknown) => void) => bus.subscribe((event) => isDead || listener(event)),
    },
    receive: {
      value: (node: never, listener: (letter: unknown) => void) =>
        bus.receive(node, (letter) => isDead || listener(letter)),
    },
  });
  const throttle = new SignInThrottle({ tell: (step) => nodes.tellCounted(step) });
  const nodes: StoreNodes = new StoreNodes({
    counted: (step) => void throttle.heard(step),
    ...{ store, bus: own, relayPeers, log, now, perPerson: 3, beatMs: 0 },
    monotonic: () => clock.monotonic,
    records: () => records,
    handle: (viewer, message) => handleViewer(hub, viewer, message),
  });
  const records = new StoreRecords({ store, log, limits: DEFAULT_SIGN_IN_LIMITS, now, fence: nodes.fence });
  const hub = makeHub({ records, nodes, relayPeers, now });
  await hub.start();
  return {
    ...{ hub, nodes, records, relayPeers, throttle },
    kill: () => {
      isDead = true;
    },
    close: async () => {
      await hub.close();
      await records.close();
    },
  };
}

/** A page of this node, and what it says as its door hands it over. */
export function openPage({ hub }: TestNode, signedIn: SignedIn, page?: PageId) {
  const connection = new TestConnection<ToViewer>();
  const viewer: Viewer = { connection, signedIn, turnUrls: ["turns:example.jp:443"], shown: new Set(), page };
  hub.addViewer(viewer);
  const say = async (message: Exclude<ViewerMessage, { type: "ping" }>): Promise<void> => {
    if (!(await hub.nodes?.pass(viewer, message))) await handleViewer(hub, viewer, message);
  };
  return { viewer, connection, say };
}

export async function openOffice({ hub }: TestNode, terminal: Terminal) {
  const connection = new TestConnection<ToAgent>();
  const problem = await hub.claim(terminal);
  if (problem) throw problem;
  const agent: Agent = { connection: connection as Connection<ToAgent>, terminal, since: hub.now() };
  hub.addAgent(agent);
  return { agent, connection };
}
