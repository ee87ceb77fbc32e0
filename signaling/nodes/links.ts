/**
 * Pages that speak with office PCs of another node.
 *
 *   page ──WebSocket──▶ its node ──letters──▶ the office PC's node: a linked page, handled as any
 *        ◀─────────────          ◀──────────
 *
 * Each letter says who is behind the page, so that the node of the office PC may be another one from one message to the next. Whether
 * a person may say such a thing is asked by the page's node, what it brings about by the other.
 */
import type { Bus } from "../bus/bus.ts";
import type { FarPage, Letter } from "../bus/letters.ts";
import type { Connection } from "../connection.ts";
import { MessagePump } from "../doors/message-pump.ts";
import type { NodeHub } from "../hub/nodes.ts";
import type { Viewer } from "../hub/presence.ts";
import type { Log } from "../log.ts";
import { RequestError } from "../protocol/errors.ts";
import type { NodeId, SessionId, TerminalId } from "../protocol/ids.ts";
import { WS_HEARTBEAT_MS } from "../protocol/limits.ts";
import { type ToViewer, ViewerMessage } from "../protocol/signal.ts";
import type { SessionRecord } from "../records.ts";
import type { OwnedSession } from "../store/queries/nodes.ts";
import type { Queries } from "../store/queries.ts";
import type { Store } from "../store/store.ts";

type Handled = Exclude<ViewerMessage, { type: "ping" }>;

export interface LinksOptions {
  readonly store: Pick<Store, "read">;
  readonly bus: Pick<Bus, "send">;
  readonly log: Log;
  readonly monotonic: () => number;
  readonly node: () => NodeId | undefined;
  readonly hub: () => NodeHub | undefined;
  /** Where it was a moment ago. */
  readonly elsewhere: (terminal: TerminalId) => NodeId | undefined;
  /** A node that has a neighbour which can wake it, or has a wake of it under way. */
  readonly wakerOf: (terminal: TerminalId) => Promise<NodeId | undefined>;
  readonly handle: (viewer: Viewer, message: Handled) => Promise<void>;
}

/** What is known of a page of this node that speaks elsewhere. */
interface Speaking {
  /** Whose linked page it is. */
  readonly nodes: Set<NodeId>;
  /** On which office PC each of its sessions is. */
  readonly sessions: Map<SessionId, TerminalId>;
  /** It asked for a session, and has not been answered. */
  asked: { readonly node: NodeId; readonly about: string } | undefined;
}

interface Linked {
  readonly from: NodeId;
  readonly viewer: Viewer;
  readonly pump: MessagePump<ViewerMessage>;
}

export class Links {
  readonly #options: LinksOptions;
  /** Pages of this node, by their connection's id. */
  readonly #own = new Map<string, Viewer>();
  readonly #speaking = new Map<Viewer, Speaking>();
  /** Pages of others. */
  readonly #linked = new Map<string, Linked>();
  #refilledAt: number;

  constructor(options: LinksOptions) {
    this.#options = options;
    this.#refilledAt = options.monotonic();
  }

  // ── pages of this node ───────────────────────────────────────────────────────────────────────

  /** Its sessions may be anywhere. */
  arrived(viewer: Viewer): void {
    this.#own.set(viewer.connection.id, viewer);
    void this.#introduce(viewer);
  }

  gone(viewer: Viewer): void {
    this.#own.delete(viewer.connection.id);
    const { nodes } = this.#speaking.get(viewer) ?? { nodes: [] };
    this.#speaking.delete(viewer);
    for (const node of nodes) this.#gone(node, viewer);
  }

  isAtWork(viewer: Viewer): boolean {
    return (this.#speaking.get(viewer)?.sessions.size ?? 0) > 0;
  }

  /** True: it is for another node, and on its way. */
  async pass(viewer: Viewer, message: ViewerMessage): Promise<boolean> {
    if (message.type === "ping") return false;
    const node = await this.#nodeFor(viewer, message);
    if (node === undefined || node === this.#options.node() || viewer.isGone) return false;
    const speaking = this.#speakingOf(viewer);
    if (message.type === "session-request" || message.type === "wake") speaking.asked = { node, about: message.type };
    try {
      await this.#say(node, viewer, message);
    } catch (error) {
      this.#failed(error);
      throw new RequestError("SERVER_BUSY", "the other node is not reached", { details: { retryAfterS: 2 } });
    }
    return true;
  }

  /** Another node has taken it over, and wants to know whose page it is. */
  wanted(node: NodeId, whose: Pick<SessionRecord, "person" | "deviceKey">): void {
    for (const viewer of this.#own.values())
      if (viewer.signedIn.person === whose.person && viewer.signedIn.deviceKey === whose.deviceKey)
        this.#say(node, viewer).catch((error: unknown) => this.#failed(error));
  }

  // ── letters ──────────────────────────────────────────────────────────────────────────────────

  take(letter: Exclude<Letter, { kind: "known" }>): void {
    switch (letter.kind) {
      case "from-page":
        this.#fromPage(letter.from, letter.page, letter.message);
        break;
      case "page-gone":
        this.#unlink(keyOf(letter.from, letter.page));
        break;
      case "to-page":
        this.#toPage(letter.page, letter.message);
        break;
      case "close-page":
        this.#own.get(letter.page)?.connection.close(letter.code, letter.reason);
    }
  }

  // ── nodes ────────────────────────────────────────────────────────────────────────────────────

  /** Its pages have gone with it; who waited for its answer asks again. */
  died(node: NodeId): void {
    for (const [key, { from }] of [...this.#linked]) if (from === node) this.#unlink(key);
    for (const [viewer, speaking] of this.#speaking) {
      speaking.nodes.delete(node);
      if (speaking.asked?.node !== node) continue;
      const { about } = speaking.asked;
      speaking.asked = undefined;
      const details = { retryAfterS: 1 };
      viewer.connection.send({ type: "error", code: "SERVER_BUSY", message: "that node is gone", about, details });
    }
  }

  /** This node has another id: nobody has links to it. */
  clear(): void {
    for (const key of [...this.#linked.keys()]) this.#unlink(key);
    this.#speaking.clear();
  }

  tick(): void {
    const now = this.#options.monotonic();
    if (now - this.#refilledAt < WS_HEARTBEAT_MS) return;
    this.#refilledAt = now;
    for (const { pump } of this.#linked.values()) pump.refill();
  }

  get size(): number {
    return this.#own.size + this.#speaking.size + this.#linked.size;
  }

  /** The node that has what this message is about; undefined: this one, or none. */
  async #nodeFor(viewer: Viewer, message: Handled): Promise<NodeId | undefined> {
    const hub = this.#options.hub();
    switch (message.type) {
      case "session-request":
        return hub?.agents.has(message.terminal) ? undefined : this.#find(message.terminal);
      case "wake":
      case "wake-cancel":
        return this.#options.wakerOf(message.terminal);
      case "session-end":
        return hub?.hasSession(message.session) ? undefined : this.#ownerOf(message.session);
      default: {
        const terminal = this.#speaking.get(viewer)?.sessions.get(message.session);
        if (terminal === undefined || hub?.hasSession(message.session)) return undefined;
        return this.#options.elsewhere(terminal) ?? this.#find(terminal);
      }
    }
  }

  /** From the store: what was noticed a moment ago is too old to refuse somebody by. */
  #find(terminal: TerminalId): Promise<NodeId | undefined> {
    return this.#options.store.read(async (q) => {
      const [presence] = await q.nodes.presences([terminal]);
      if (presence) return presence.nodeId;
      const [session] = await q.nodes.openSessions({ terminals: [terminal] });
      return session && alive(q, session);
    });
  }

  #ownerOf(id: SessionId): Promise<NodeId | undefined> {
    return this.#options.store.read(async (q) => {
      const session = await q.nodes.session(id);
      return session?.endedAt === null ? alive(q, session) : undefined;
    });
  }

  async #introduce(viewer: Viewer): Promise<void> {
    const { store, node } = this.#options;
    const { person, deviceKey } = viewer.signedIn;
    try {
      for (const row of await store.read((q) => q.nodes.openSessions({ person }))) {
        const owner = row.nodeId ?? undefined;
        if (row.deviceKey !== deviceKey || owner === undefined || owner === node() || viewer.isGone) continue;
        this.#speakingOf(viewer).sessions.set(row.id, row.terminalId);
        await this.#say(owner, viewer);
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  #speakingOf(viewer: Viewer): Speaking {
    const known = this.#speaking.get(viewer);
    if (known) return known;
    const speaking: Speaking = { nodes: new Set(), sessions: new Map(), asked: undefined };
    this.#speaking.set(viewer, speaking);
    return speaking;
  }

  async #say(node: NodeId, viewer: Viewer, message?: ViewerMessage): Promise<void> {
    const from = this.#options.node();
    if (from === undefined) return;
    this.#speakingOf(viewer).nodes.add(node);
    await this.#options.bus.send(node, {
      kind: "from-page",
      from,
      page: farPage(viewer),
      ...(message && { message }),
    });
  }

  #gone(node: NodeId, { connection }: Viewer): void {
    const from = this.#options.node();
    if (from === undefined) return;
    this.#options.bus
      .send(node, { kind: "page-gone", from, page: connection.id })
      .catch((error: unknown) => this.#failed(error));
  }

  #toPage(id: string, message: ToViewer): void {
    const viewer = this.#own.get(id);
    if (!viewer) return;
    const speaking = this.#speakingOf(viewer);
    if (message.type === "session-opened") speaking.sessions.set(message.session, message.terminal);
    if (message.type === "session-end") speaking.sessions.delete(message.session);
    if (message.type === "session-opened" || message.type === "error") speaking.asked = undefined;
    viewer.connection.send(message);
  }

  #fromPage(from: NodeId, page: FarPage, message: ViewerMessage | undefined): void {
    const key = keyOf(from, page.id);
    const linked = this.#linked.get(key) ?? this.#link(key, from, page);
    this.#options.hub()?.link(linked.viewer);
    if (message) linked.pump.take(JSON.stringify(message));
  }

  #link(key: string, from: NodeId, page: FarPage): Linked {
    const { log, handle } = this.#options;
    const connection = this.#connectionTo(from, page);
    const { signedIn, turnUrls } = page;
    const viewer: Viewer = { connection, signedIn, turnUrls, shown: new Set(), page: page.page };
    const logger = log.child({
      peer: connection.id,
      from: connection.remoteAddress,
      login: signedIn.login,
      node: from,
    });
    const pump = new MessagePump<ViewerMessage>({
      ...connection,
      log: () => logger,
      schema: ViewerMessage,
      handle: async (message) => {
        if (message.type !== "ping") await handle(viewer, message);
      },
    });
    const linked = { from, viewer, pump };
    this.#linked.set(key, linked);
    return linked;
  }

  #connectionTo(node: NodeId, { id, remoteAddress }: FarPage): Connection<ToViewer> {
    const send = (letter: Letter) =>
      this.#options.bus.send(node, letter).catch((error: unknown) => this.#failed(error));
    return {
      id,
      remoteAddress,
      send: (message) => void send({ kind: "to-page", page: id, message }),
      close: (code, reason) => void send({ kind: "close-page", page: id, code, reason }),
    };
  }

  #unlink(key: string): void {
    const linked = this.#linked.get(key);
    this.#linked.delete(key);
    if (linked) this.#options.hub()?.unlink(linked.viewer);
  }

  #failed(error: unknown): void {
    this.#options.log.error({ err: error }, "a page could not speak with another node");
  }
}

/** Whose it is, if that one lives. */
async function alive(q: Queries, { nodeId }: OwnedSession): Promise<NodeId | undefined> {
  const nodes = await q.nodes.all();
  return nodes.find(({ id }) => id === nodeId)?.id;
}

const keyOf = (node: NodeId, page: string): string => `${node} ${page}`;

function farPage({ connection, signedIn, turnUrls, page }: Viewer): FarPage {
  // by name: what is signed in may know more of itself than others need
  const { signInId, person, login, name, organisation, deviceKey, endsAt } = signedIn;
  return {
    id: connection.id,
    signedIn: {
      ...{ signInId, person, login, name, deviceKey, endsAt },
      organisation: { id: organisation.id, name: organisation.name },
    },
    turnUrls: [...turnUrls],
    ...(page !== undefined && { page }),
    remoteAddress: connection.remoteAddress,
  };
}
