/** The agent's own hub with a desktop, a peer and a server that are simulated: for hours of work in a second. */
import { randomUUID } from "node:crypto";
import type { OnReport } from "../../agent/desktop/desktop.ts";
import type { Log } from "../../agent/log.ts";
import type { Peer, PeerHandlers, PeerOptions, RelayUrl, VideoPacket } from "../../agent/peer/peer.ts";
import { Outbox } from "../../agent/server/outbox.ts";
import { Waker } from "../../agent/server/waker.ts";
import { Agent, type AgentOptions } from "../../agent/session/agent.ts";
import type { RemoteSession } from "../../agent/session/remote-session.ts";
import { ownRules } from "../../agent/settings/session-rules.ts";
import { Fingerprint, Login, Nonce, type PublicKey, SessionId } from "../../signaling/protocol/ids.ts";
import type { AgentMessage, ToAgent } from "../../signaling/protocol/signal.ts";
import { answerText, exportPublicKey, generateKeyPair, sign } from "../../signaling/protocol/signed.ts";
import { WiredInterface } from "../../signaling/protocol/wake.ts";
import { DesktopTwin } from "./desktop-twin.ts";

const FINGERPRINTS = { agent: `${"ab:".repeat(31)}ab`, viewer: `${"cd:".repeat(31)}cd` };
const NONCE = Nonce.parse("A".repeat(22));
const OWN_CARD = WiredInterface.parse({ mac: "00:11:22:aa:bb:cc", address: "10.1.2.7", prefix: 24 });
/** Not one of those that a test simulates. */
const { setImmediate: turnOfTheLoop } = globalThis;

/** The true one holds a thousand values of its own. */
const say = () => undefined;
const QUIET = { debug: say, info: say, warn: say, error: say, child: () => QUIET } as unknown as Log;

interface Device {
  readonly key: CryptoKey;
  readonly publicKey: PublicKey;
}

export class BusyAgent {
  /** The session of the person who works. */
  session: SessionId | undefined;
  /** False: the line to the server is down. */
  online = true;
  /** What the viewer says. Of the present attempt. */
  viewer: PeerHandlers | undefined;
  readonly agent: Agent;
  readonly outbox = new Outbox({
    send: (message) => this.#send(message),
    ping: (mark) => this.outbox.heard(mark),
  });
  #desktop: DesktopTwin | undefined;
  #device: Device | undefined;
  #attempt = 0;
  #seq = 0;
  #pointerSeq = 0;
  #offered = 0;
  /** Numbers of the packets that were sent and not reported yet. */
  #underWay: number[] = [];

  /** `key`: of the office PC. */
  private constructor(key: CryptoKey) {
    const log = QUIET;
    this.agent = new Agent({
      log,
      identity: { organisation: "City", privateKey: key },
      devices: { term: async () => Number.MAX_SAFE_INTEGER, revision: async () => "" },
      locks: { over: async () => undefined, revision: async () => "" },
      relayMemory: { order: (relays: readonly RelayUrl[]) => relays, worked: async () => undefined },
      allowedRelayHosts: new Set(["10.0.0.5"]),
      openDesktop: (onReport: OnReport) => {
        this.#desktop = new DesktopTwin(onReport);
        return this.#desktop;
      },
      openPeer: async ({ handlers }: PeerOptions) => this.#peer(handlers),
      waker: new Waker({
        setting: "allow",
        interfaces: () => [OWN_CARD],
        send: async () => undefined,
        now: () => performance.now(),
        log,
      }),
      rules: ownRules({
        cover: "off",
        lockOn: "end",
        lockBefore: "never",
        idle: { endMs: 900_000, warnMs: 60_000 },
      }),
      coverText: "",
      now: () => performance.now(),
      send: (message: AgentMessage) => this.outbox.send(message),
    } as unknown as AgentOptions);
  }

  static async start(): Promise<BusyAgent> {
    return new BusyAgent((await generateKeyPair(true)).privateKey);
  }

  get desktop(): DesktopTwin {
    if (!this.#desktop) throw new Error("no desktop");
    return this.#desktop;
  }

  /** What may grow. What a viewer is sent from lies deeper inside than the hub can be looked into. */
  get parts(): object[] {
    const viewer = this.working?.viewer;
    return [this.agent, this.outbox, ...(viewer ? [viewer] : [])];
  }

  async begin(): Promise<void> {
    if (!this.#device) {
      const pair = await generateKeyPair(true);
      this.#device = { key: pair.privateKey, publicKey: await exportPublicKey(pair.publicKey) };
    }
    this.session = SessionId.parse(randomUUID());
    this.#attempt = 0;
    await this.attempt();
  }

  /** The first attempt, or the next one after a broken path; with candidates before the answer and after it. */
  async attempt(candidates = 50): Promise<void> {
    const { session } = this;
    const device = this.#device;
    if (!session || !device) throw new Error("begin first");
    this.#attempt += 1;
    const [attempt, offers] = [this.#attempt, this.#offered];
    this.open(session, "tanaka", device.publicKey, attempt);
    await this.until(() => this.#offered > offers);
    this.#candidates(session, candidates);
    const agentFingerprint = Fingerprint.parse(FINGERPRINTS.agent);
    const viewerFingerprint = Fingerprint.parse(FINGERPRINTS.viewer);
    const text = answerText({ session, attempt, nonce: NONCE, agentFingerprint, viewerFingerprint });
    const sdp = `v=0\r\na=fingerprint:sha-256 ${FINGERPRINTS.viewer}\r\n`;
    let accepted = false;
    this.#accepted = () => {
      accepted = true;
    };
    this.agent.receive({ type: "answer", session, attempt, sdp, signature: await sign(device.key, text) });
    await this.until(() => accepted);
    this.#candidates(session, candidates);
    [this.#seq, this.#pointerSeq, this.#underWay] = [0, 0, []];
    this.viewer?.connected("av1-444");
    this.viewer?.controlOpen();
    await this.turn();
    if (this.working?.state.kind !== "live") throw new Error("the session did not become live");
  }

  get working(): RemoteSession | undefined {
    return this.session && this.agent.sessions.get(this.session);
  }

  /** A session is asked for, by anybody. */
  open(session: SessionId, login: string, deviceKey = this.#device?.publicKey, attempt = 1): void {
    this.agent.receive({
      type: "session-open",
      session,
      attempt,
      nonce: NONCE,
      person: { login: Login.parse(login), name: "見本" },
      deviceKey: deviceKey as PublicKey,
      codecs: ["av1-444"],
      iceServers: [{ urls: ["turn:10.0.0.5:3478?transport=udp"], username: "u", credential: "c" }],
    });
  }

  say(message: Record<string, unknown>): void {
    this.#seq += 1;
    this.viewer?.control(JSON.stringify({ seq: this.#seq, ...message }));
  }

  move(x: number, y: number): void {
    this.#pointerSeq += 1;
    this.viewer?.pointer(JSON.stringify({ type: "move", seq: this.#pointerSeq, x, y }));
  }

  /** The viewer reports all that arrived by now, 20 ms after it was sent. */
  report(): void {
    const arrivedAtMs = performance.now() + 20;
    this.viewer?.transportFeedback(this.#underWay.splice(0).map((wide) => ({ wide, arrivedAtMs })));
  }

  /** The line to the server is up again. */
  connected(): void {
    this.online = true;
    this.outbox.connected();
    this.agent.connected();
  }

  receive(message: ToAgent): void {
    this.agent.receive(message);
  }

  /** What was begun in this turn of the loop is done. */
  async turn(): Promise<void> {
    await new Promise<void>((resolve) => turnOfTheLoop(resolve));
    this.desktop.calls.length = 0; // the twin's own record
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.turn();
  }

  #accepted: () => void = () => undefined;

  #peer(handlers: PeerHandlers): Peer {
    this.viewer = handlers;
    const sent = (wide: number) => {
      this.#underWay.push(wide);
      return true;
    };
    return {
      sdp: "",
      fingerprint: Fingerprint.parse(FINGERPRINTS.agent),
      relayUrl: "turn:10.0.0.5:3478?transport=udp",
      hasTransportFeedback: true,
      accept: async () => {
        this.#accepted();
        return true;
      },
      addCandidate: async () => undefined,
      send: (_: VideoPacket, wide) => void sent(wide),
      resend: (_, wide) => sent(wide),
      sendControl: () => true,
      close: async () => undefined,
    };
  }

  #candidates(session: SessionId, count: number): void {
    const attempt = this.#attempt;
    for (let i = 0; i < count; i++)
      this.agent.receive({ type: "candidate", session, attempt, candidate: { candidate: `candidate:${i}` } });
  }

  #send(message: AgentMessage): boolean {
    if (!this.online) return false;
    if (message.type === "offer") this.#offered += 1;
    return true;
  }
}
