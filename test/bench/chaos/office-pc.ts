/**
 * An office PC without a screen: the agent's own line to the server and its own outbox, and its rules of who is in control. Its
 * picture goes straight to the page (pictures.ts), as through the relay, whatever the server does. It writes down what it sees.
 */
import { openLog } from "../../../agent/log.ts";
import type { Network } from "../../../agent/network/network.ts";
import { Link } from "../../../agent/server/link.ts";
import { Outbox } from "../../../agent/server/outbox.ts";
import { LatelyEnded } from "../../../agent/session/lately-ended.ts";
import type { Identity } from "../../../agent/trust/identity.ts";
import type { EndReason } from "../../../signaling/protocol/errors.ts";
import type { LockId, SessionId, Signature } from "../../../signaling/protocol/ids.ts";
import { NEGOTIATE_TIMEOUT_MS, RESUME_GRACE_MS } from "../../../signaling/protocol/limits.ts";
import type { LockedOut, ToAgent } from "../../../signaling/protocol/signal.ts";
import { keyCode } from "../../../signaling/protocol/signed.ts";
import { surroundings } from "../crowd/surroundings.ts";
import type { History } from "./history.ts";
import type { Picture, Pictures } from "./pictures.ts";

const TICK_MS = 500;
/** As long as two ends take to build a connection. */
const SET_UP_MS = { least: 40, most: 300 } as const;
const SDP = `v=0\r\n${"a=x-padding:0123456789012345678901234567890123456789\r\n".repeat(40)}`;
const quiet = openLog("silent");

export interface OfficePcOptions {
  readonly identity: Identity;
  readonly network: Network;
  readonly history: History;
  readonly pictures: Pictures;
  /** Any; the page takes it as it comes: what is looked at here is the server. */
  readonly signature: Signature;
  readonly below: (limit: number) => number;
}

type Open = Extract<ToAgent, { type: "session-open" }>;

interface Session {
  readonly id: SessionId;
  readonly login: string;
  readonly device: string;
  attempt: number;
  state: "negotiating" | "live" | "interrupted";
  wasLive: boolean;
  /** When what it waits for is given up; performance.now(). */
  until: number;
  picture: Picture | undefined;
}

export class OfficePc {
  readonly #options: OfficePcOptions;
  readonly #sessions = new Map<SessionId, Session>();
  readonly #ended = new LatelyEnded();
  readonly #locks = new Map<LockId, LockedOut>();
  #link: Link;
  #outbox: Outbox;
  #isUp = false;
  readonly #timer: NodeJS.Timeout;

  constructor(options: OfficePcOptions) {
    this.#options = options;
    [this.#link, this.#outbox] = this.#line();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  get terminal() {
    return this.#options.identity.terminal;
  }

  get isUp(): boolean {
    return this.#link.isUp;
  }

  sessionIds(): SessionId[] {
    return [...this.#sessions.keys()];
  }

  /** Theirs that is live here. */
  sessionOf(login: string): SessionId | undefined {
    return [...this.#sessions.values()].find((one) => one.login === login && one.state === "live")?.id;
  }

  start(): void {
    this.#link.start();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#link.close();
  }

  #line(): [Link, Outbox] {
    const { identity, network } = this.#options;
    const link: Link = new Link({
      ...{ identity, network, log: quiet, surroundings: surroundings() },
      isAtWork: () => this.#sessions.size > 0,
      handlers: {
        welcome: () => {
          this.#note("up");
          outbox.connected();
          const running = [...this.#sessions.values()].map(({ id, attempt, state }) => ({
            ...{ session: id, attempt, live: state === "live" },
          }));
          outbox.send({ type: "sessions", running, ended: this.#ended.all() });
          outbox.send({ type: "interfaces", interfaces: [], wakesOthers: false });
        },
        heard: (mark) => outbox.heard(mark),
        message: (message) => void this.#receive(message),
      },
    });
    const outbox = new Outbox({ send: (message) => link.send(message), ping: (mark) => link.ping(mark) });
    return [link, outbox];
  }

  async #receive(message: ToAgent): Promise<void> {
    if (message.type === "session-open") await this.#open(message);
    else if (message.type === "answer") this.#answered(message.session, message.attempt);
    else if (message.type === "session-end") this.#end(message.session, message.reason, "server");
    else if (message.type === "lock") {
      const { lock, of } = message.order;
      this.#locks.set(lock, of);
      this.#outbox.send({ type: "lock-kept", lock });
    } else if (message.type === "lock-lifted") this.#locks.delete(message.lock);
    else if (message.type === "policies") {
      const ids = message.policies.map(({ id }) => id);
      this.#outbox.send({ type: "policies-kept", ids });
    } else if (message.type === "forget-devices") {
      const devices = message.devices.map((device) => ({ ...device, known: false }));
      this.#outbox.send({ type: "devices-forgotten", devices });
    }
  }

  async #open({ session: id, attempt, person: { login }, deviceKey }: Open): Promise<void> {
    const device = await keyCode(deviceKey);
    const { history, signature } = this.#options;
    const terminal = this.terminal;
    const known = this.#sessions.get(id);
    if (known && attempt <= known.attempt) return;
    history.add({ kind: "pc", terminal, what: "open", session: id, login });
    const other = [...this.#sessions.values()].find((each) => each.wasLive && each.login !== login);
    if (!known && other) {
      history.add({ kind: "pc", terminal, what: "in-use", session: id, login });
      this.#ended.add(id, "in-use");
      this.#outbox.send({ type: "session-end", session: id, reason: "in-use" });
      return;
    }
    const session: Session = known ?? {
      ...{ id, login, device, attempt, state: "negotiating", wasLive: false, until: 0, picture: undefined },
    };
    session.picture?.close();
    const before = session.state;
    Object.assign(session, { attempt, state: "negotiating", picture: undefined });
    session.until = before === "interrupted" ? session.until : performance.now() + NEGOTIATE_TIMEOUT_MS;
    this.#sessions.set(id, session);
    this.#outbox.send({ type: "offer", session: id, attempt, sdp: SDP, signature });
  }

  #answered(id: SessionId, attempt: number): void {
    const { below, pictures } = this.#options;
    setTimeout(() => {
      const session = this.#sessions.get(id);
      if (session?.attempt !== attempt || session.state !== "negotiating") return;
      const picture = pictures.meet(id, attempt, () => this.#broke(session, attempt));
      if (!picture) return; // the page has gone: its deadline ends it
      for (const other of [...this.#sessions.values()])
        if (other !== session) this.#end(other.id, "taken-over", "itself");
      Object.assign(session, { state: "live", wasLive: true, picture });
      const { terminal } = this;
      this.#options.history.add({ kind: "pc", terminal, what: "live", session: id, login: session.login });
      this.#outbox.send({ type: "session-live", session: id, attempt });
    }, SET_UP_MS.least + below(SET_UP_MS.most));
  }

  /** The page's end of the picture has gone. */
  #broke(session: Session, attempt: number): void {
    if (this.#sessions.get(session.id) !== session || session.attempt !== attempt || session.state !== "live") return;
    Object.assign(session, { state: "interrupted", picture: undefined, until: performance.now() + RESUME_GRACE_MS });
    const { terminal } = this;
    this.#options.history.add({
      ...{ kind: "pc", terminal, what: "interrupted", session: session.id, login: session.login },
    });
    this.#outbox.send({ type: "session-interrupted", session: session.id, attempt });
  }

  #end(id: SessionId, reason: EndReason, by: "server" | "itself"): void {
    const session = this.#sessions.get(id);
    if (!session) return;
    this.#sessions.delete(id);
    this.#ended.add(id, reason);
    const { terminal } = this;
    this.#options.history.add({ kind: "pc", terminal, what: "end", session: id, login: session.login, reason, by });
    if (by === "itself") this.#outbox.send({ type: "session-end", session: id, reason });
    session.picture?.close();
  }

  #tick(): void {
    const now = performance.now();
    for (const { id, state, until, wasLive, login, device } of [...this.#sessions.values()]) {
      const isKeptOut = [...this.#locks.values()].some((of) => keepsOut(of, login, device));
      if (isKeptOut) this.#end(id, "locked-out", "itself");
      else if (state !== "live" && now > until)
        this.#end(id, wasLive ? "resume-expired" : "negotiation-timeout", "itself");
    }
    if (this.#isUp && !this.#link.isUp) this.#note("down");
  }

  #note(what: "up" | "down"): void {
    this.#isUp = what === "up";
    this.#options.history.add({ kind: "pc", terminal: this.terminal, what });
  }
}

function keepsOut(of: LockedOut, login: string, device: string): boolean {
  if (of.kind === "everybody") return true;
  return of.kind === "device" ? of.code === device : of.logins.some((one) => one === login);
}
