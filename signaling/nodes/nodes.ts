/**
 * This node among those that share its store.
 *
 *   members        who lives
 *   claims         which office PCs are this node's
 *   far terminals  what others have
 *   links          pages that speak with office PCs of another node
 *   far relay      whom the ends of sessions may reach
 *   far wakes      who wakes whom
 *   far counts     how often somebody tried to sign in
 *   notices        what nodes tell each other of all that
 */
import type { Bus } from "../bus/bus.ts";
import type { Counted } from "../bus/letters.ts";
import type { RelayPeers } from "../edge/relay-peers.ts";
import type { Elsewhere, NodeHub, Nodes } from "../hub/nodes.ts";
import type { Viewer } from "../hub/presence.ts";
import type { Log } from "../log.ts";
import { recordOf, type SessionFence } from "../organisations/session-rows.ts";
import type { NodeId, SessionId, TerminalId } from "../protocol/ids.ts";
import type { ViewerMessage } from "../protocol/signal.ts";
import type { Records, SessionRecord, Terminal } from "../records.ts";
import type { OwnedSession } from "../store/queries/nodes.ts";
import type { PresenceRow } from "../store/rows/nodes.ts";
import type { Store } from "../store/store.ts";
import type { FarWake } from "../waking/wakes.ts";
import { Claims } from "./claims.ts";
import { FarCounts } from "./far-counts.ts";
import { FarRelay } from "./far-relay.ts";
import { FarTerminals } from "./far-terminals.ts";
import { FarWakes } from "./far-wakes.ts";
import { NodeFence } from "./fence.ts";
import { Links, type LinksOptions } from "./links.ts";
import { BEAT_MS, Members } from "./members.ts";
import { Notices } from "./notices.ts";
import { Offices } from "./offices.ts";

export interface StoreNodesOptions extends Pick<LinksOptions, "handle"> {
  readonly store: Pick<Store, "read" | "write">;
  readonly bus: Bus;
  readonly relayPeers: RelayPeers;
  readonly records: () => Pick<Records, "terminal">;
  readonly perPerson: number;
  /** An attempt to sign in, at another node. */
  readonly counted?: (step: Counted) => void;
  readonly log: Log;
  readonly now: () => number;
  readonly monotonic: () => number;
  /** Left out: once a second. Zero: whoever has this calls tick(). */
  readonly beatMs?: number;
}

export class StoreNodes implements Nodes {
  readonly #options: StoreNodesOptions;
  readonly #members: Members;
  readonly #claims: Claims;
  readonly #terminals: FarTerminals;
  readonly #links: Links;
  readonly #relay: FarRelay;
  readonly #wakes: FarWakes;
  readonly #counts: FarCounts;
  readonly #notices: Notices;
  readonly fence: SessionFence;
  readonly offices: Offices;
  readonly far: ReadonlyMap<TerminalId, Elsewhere>;
  #hub: NodeHub | undefined;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;

  constructor(options: StoreNodesOptions) {
    this.#options = options;
    const { now, perPerson } = options;
    const node = () => this.id;
    const failed = (error: unknown) => this.#failed(error);
    this.#members = new Members({
      ...options,
      fenced: () => this.#fenced(),
      renewed: () => {
        this.#notices.receive();
        this.#notices.publish({ kind: "came" });
      },
      died: (ids) => this.#died(ids),
      inherited: (sessions) => this.#hub?.takeUp(sessions.map(recordOf)),
    });
    this.#claims = new Claims({
      ...{ ...options, now, node, failed },
      beaten: () => this.#members.beaten(),
      lost: () => void this.#members.lost().catch(failed),
      released: (terminals) => {
        for (const terminal of terminals) this.changed(terminal);
      },
    });
    this.#terminals = new FarTerminals({
      ...options,
      node,
      changed: (terminal, came) => this.#farChanged(terminal, came),
      looked: (all) => this.#looked(all),
      failed,
    });
    this.#relay = new FarRelay({ ...options, node, failed });
    this.#wakes = new FarWakes({ ...options, node, failed });
    this.#counts = new FarCounts({ ...options, node, failed });
    this.#links = new Links({
      ...options,
      node,
      hub: () => this.#hub,
      elsewhere: (terminal) => this.#terminals.known.get(terminal)?.node,
      wakerOf: (terminal) => this.#wakerOf(terminal),
    });
    this.#notices = new Notices({
      ...{ ...options, node, failed },
      hub: () => this.#hub,
      claims: this.#claims,
      terminals: this.#terminals,
      links: this.#links,
      relay: this.#relay,
      wakes: this.#wakes,
      moved: (terminal) => this.#moved(terminal),
    });
    this.fence = new NodeFence({ node, last: () => this.#members.last, perPerson });
    this.offices = new Offices({ ...options, node });
    this.far = this.#terminals.known;
  }

  /** Undefined while it has none. */
  get id(): NodeId | undefined {
    return this.#members.id;
  }

  async start(hub: NodeHub): Promise<readonly SessionRecord[]> {
    const { beatMs = BEAT_MS } = this.#options;
    this.#hub = hub;
    this.#notices.hear();
    const sessions = await this.#members.enter();
    this.#notices.receive();
    await this.#terminals.markAll();
    this.#notices.publish({ kind: "came" });
    if (beatMs > 0) this.#timer = setInterval(() => void this.tick(), beatMs);
    return sessions.map(recordOf);
  }

  /** One after another. Never rejects. */
  tick(): Promise<void> {
    this.#members.watch();
    this.#links.tick();
    this.#terminals.tick();
    this.#beating ??= this.#members
      .beat()
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#beating = undefined;
      });
    return this.#beating;
  }

  /** Says that it goes: others need not wait until they take it for dead. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#notices.close();
    await this.#beating;
    await this.#claims.close();
    await this.#terminals.close();
    this.#relay.close();
    await this.#members.leave().catch((error: unknown) => this.#failed(error));
  }

  // ── office PCs ───────────────────────────────────────────────────────────────────────────────

  async claim(terminal: TerminalId): Promise<SessionRecord | undefined> {
    const session = await this.#claims.claim(terminal);
    this.#terminals.forget(terminal);
    this.#wakes.arrived(terminal);
    return session && recordOf(session);
  }

  left(terminal: TerminalId): void {
    this.#claims.left(terminal);
  }

  elsewhere(terminal: TerminalId): Elsewhere | undefined {
    return this.#terminals.known.get(terminal);
  }

  changed(terminal: TerminalId): void {
    this.#notices.changed(terminal);
  }

  // ── pages ────────────────────────────────────────────────────────────────────────────────────

  pass(viewer: Viewer, message: ViewerMessage): Promise<boolean> {
    return this.#links.pass(viewer, message);
  }

  arrived(viewer: Viewer): void {
    this.#links.arrived(viewer);
  }

  gone(viewer: Viewer): void {
    this.#links.gone(viewer);
  }

  isAtWork(viewer: Viewer): boolean {
    return this.#links.isAtWork(viewer);
  }

  taken({ id: session, person, deviceKey }: SessionRecord): void {
    this.#notices.publish({ kind: "session-taken", session, person, deviceKey });
  }

  lockTold(
    { person, deviceKey }: Pick<SessionRecord, "person" | "deviceKey">,
    session: SessionId,
    locked: boolean,
  ): void {
    this.#notices.publish({ kind: "lock-told", session, person, deviceKey, locked });
  }

  // ── waking ───────────────────────────────────────────────────────────────────────────────────

  segmentsChanged(keys: readonly string[], has: (key: string) => boolean): void {
    this.#wakes.changed(keys, has);
  }

  canWake(terminal: Terminal): boolean {
    return this.#wakes.canWake(terminal);
  }

  wakeChanged(terminal: TerminalId, wake: FarWake): void {
    this.#wakes.tell(terminal, wake);
  }

  wakeElsewhere(terminal: TerminalId): FarWake | undefined {
    return this.#wakes.view(terminal);
  }

  /** An attempt to sign in, here. */
  tellCounted(step: Counted): void {
    this.#counts.tell(step);
  }

  useOnce(name: string, forMs: number): Promise<boolean> {
    return this.offices.useOnce(name, forMs);
  }

  get size(): number {
    const parts = [this.#claims, this.#terminals, this.#links, this.#relay, this.#wakes, this.#notices];
    return parts.reduce((sum, { size }) => sum + size, 0);
  }

  // ── what is elsewhere ────────────────────────────────────────────────────────────────────────

  #farChanged(terminal: TerminalId, came: boolean): void {
    if (came) {
      this.#wakes.arrived(terminal);
      this.#hub?.woken(terminal);
    }
    this.#hub?.shown(terminal);
  }

  /** What a lost notice would have said. */
  #looked({ presences, sessions }: { presences: readonly PresenceRow[]; sessions: readonly OwnedSession[] }): void {
    const hub = this.#hub;
    if (!hub || this.id === undefined) return;
    for (const { terminalId, nodeId } of presences)
      if (nodeId !== this.id && this.#claims.epochOf(terminalId) !== undefined) this.#moved(terminalId);
    for (const { id, terminalId, nodeId } of sessions)
      if (nodeId !== this.id && hub.hasSession(id)) this.#moved(terminalId);
    const open = new Set<string>(sessions.map(({ id }) => id));
    this.#relay.know(open);
    this.#relay.endAllBut((id) => open.has(id) || hub.hasSession(id as SessionId));
  }

  // ── who goes ─────────────────────────────────────────────────────────────────────────────────

  #moved(terminal: TerminalId): void {
    this.#claims.lose(terminal);
    this.#hub?.moved(terminal);
  }

  #died(ids: readonly NodeId[]): void {
    for (const id of ids) {
      this.#links.died(id);
      this.#hub?.segmentsShown(this.#wakes.died(id));
    }
    void this.#terminals.markAll();
  }

  #fenced(): void {
    this.#notices.stopReceiving();
    this.#hub?.beginAnew();
    this.#links.clear();
    this.#claims.clear();
    void this.#terminals.markAll();
  }

  async #wakerOf(id: TerminalId): Promise<NodeId | undefined> {
    const terminal = await this.#options.records().terminal(id);
    if (!terminal || this.#hub?.canWake(terminal)) return undefined;
    return this.#wakes.wakerOf(terminal);
  }

  #failed(error: unknown): void {
    this.#options.log.error({ err: error, node: this.id }, "something between nodes failed");
  }
}
