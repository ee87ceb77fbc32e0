/** The agent's peer and a viewer's, through a real coturn, on a line that loses what the test wants it to lose. */
import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { RTCSctpTransport } from "werift";
import { Network } from "../../agent/network/network.ts";
import type { Peer, PeerLoss } from "../../agent/peer/peer.ts";
import { mendAssociation, type Receiving } from "../../agent/peer/sctp-receiving.ts";
import { peerOpener } from "../../agent/peer/werift-peer.ts";
import { Nonce, SessionId } from "../../signaling/protocol/ids.ts";
import { generateKeyPair, onlyFingerprint } from "../../signaling/protocol/signed.ts";
import { LossyUdp } from "../support/lossy.ts";
import { startRelay, type TestRelay } from "../support/relay.ts";
import { until } from "../support/until.ts";
import { WeriftViewer } from "../support/werift-viewer.ts";

let relay: TestRelay;
let line: LossyUdp;
let peer: Peer;
let viewer: WeriftViewer;
let heard: number[];
let losses: PeerLoss[];
const openPeer = peerOpener();

beforeAll(async () => {
  relay = await startRelay();
});
afterAll(() => relay?.close());

async function connect(): Promise<void> {
  heard = [];
  losses = [];
  let open = false;
  const nothing = () => {};
  peer = await openPeer({
    relay: { url: line.url, ...relay.credentials("agent") },
    network: await Network.open({ proxy: { kind: "direct" }, caFile: undefined }),
    ca: undefined,
    codecs: ["av1-444"],
    timeoutMs: 5_000,
    handlers: {
      connected: nothing,
      controlOpen: () => {
        open = true;
      },
      control: (text) => heard.push(JSON.parse(text).seq),
      pointer: nothing,
      lost: (cause) => losses.push(cause),
      keyframeRequested: nothing,
      packetsLost: nothing,
      transportFeedback: nothing,
      heard: nothing,
    },
  });
  viewer = await WeriftViewer.open({ urls: [relay.udpUrl], ...relay.credentials("viewer") }, { silent: true });
  const { privateKey: deviceKey } = await generateKeyPair(true);
  const nonce = Nonce.parse(randomBytes(16).toString("base64url"));
  const session = SessionId.parse(randomUUID());
  const { sdp } = await viewer.answer({ offer: peer.sdp, session, attempt: 1, nonce, deviceKey });
  const fingerprint = onlyFingerprint(sdp);
  if (!fingerprint || !(await peer.accept({ sdp, fingerprint }))) throw new Error("the answer was not taken");
  await viewer.controlOpen();
  await until("the agent's channel is open", () => open);
}

beforeEach(async () => {
  line = await LossyUdp.open();
  line.relayPort = relay.port;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await viewer?.close();
  await peer?.close();
  line.close();
});

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

test("no record of the agent has a number that another one had", async () => {
  await connect();
  const answers = upTo(30);
  for (const at of answers) {
    viewer.say({ type: "heartbeat", at });
    await until("it has arrived", () => heard.length >= at);
    peer.sendControl(JSON.stringify({ type: "heartbeat", at }));
  }
  await until("all answers have arrived", () => viewer.messages.length >= answers.length);
  expect(line.numberedTwice).toEqual([]);
});

describe("messages of the page behind one that was lost", () => {
  test("come when that one comes, and do not wait for a next one", async () => {
    await connect();
    const lost = line.loseNextMessage();
    viewer.say({ type: "key", code: "KeyA", down: true });
    await lost;
    viewer.move(1, 1);
    viewer.say({ type: "key", code: "KeyA", down: false });
    await until("both have arrived", () => heard.length >= 2);
    expect(heard).toEqual([1, 2]);
  });
});

describe("numbers that begin again", () => {
  /** Both ends begin just below the border: of a stream's numbers (16 bits), and of the transmission's (32 bits). */
  function nearTheBorder(): void {
    const start = RTCSctpTransport.prototype.start;
    vi.spyOn(RTCSctpTransport.prototype, "start").mockImplementation(async function (this: RTCSctpTransport, port) {
      const sctp = this.sctp as unknown as Receiving & {
        localTsn: number;
        lastSackedTsn: number;
        advancedPeerAckTsn: number;
        outboundStreamSeq: Record<number, number>;
      };
      sctp.localTsn = 2 ** 32 - 100;
      sctp.lastSackedTsn = sctp.localTsn - 1;
      sctp.advancedPeerAckTsn = sctp.localTsn - 1;
      sctp.outboundStreamSeq[1] = 65_500;
      (sctp.getInboundStream(1) as unknown as { streamSequenceNumber: number }).streamSequenceNumber = 65_500;
      mendAssociation(sctp); // a browser has no such mistakes: the test's viewer gets the same corrections
      return start.call(this, port);
    });
  }

  test("are crossed in both directions with loss: every message arrives, in order, on the same path", async () => {
    nearTheBorder();
    await connect();
    line.loss = 5;
    const n = 200;
    for (const i of upTo(n)) {
      viewer.say({ type: "heartbeat", at: i });
      viewer.move(i, i);
      peer.sendControl(JSON.stringify({ type: "heartbeat", at: i }));
    }
    await until("the agent has heard all", () => heard.length >= n, 60_000);
    await until("the viewer has heard all", () => viewer.messages.length >= n, 60_000);
    expect(heard).toEqual(upTo(n));
    expect(viewer.messages.map((text) => JSON.parse(text).at)).toEqual(upTo(n));
    expect(line.lost).toBeGreaterThan(0);
    expect(losses).toEqual([]);
  });
});
