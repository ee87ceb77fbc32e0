/**
 * What the hub asks of the other nodes on its store, and tells them. Left out where there is one node alone; implemented in ../nodes/.
 *
 * The node to which an office PC connected last has it and its session. A page on another node speaks to that one through its own.
 */
import type { NodeId, SessionId, TerminalId } from "../protocol/ids.ts";
import type { ViewerMessage } from "../protocol/signal.ts";
import type { SessionRecord, Terminal } from "../records.ts";
import type { FarWaking } from "../waking/wakes.ts";
import type { Agent, Viewer } from "./presence.ts";

/** What another node has of an office PC. */
export interface Elsewhere {
  readonly node: NodeId;
  /** Since when it is connected there, epoch ms; undefined: it is away, and its session is waiting for it. */
  readonly since: number | undefined;
  readonly session: SessionRecord | undefined;
}

export interface Nodes extends FarWaking {
  /** Gives the sessions of nodes that live no longer: they are this node's. */
  start(hub: NodeHub): Promise<readonly SessionRecord[]>;
  close(): Promise<void>;

  // ── office PCs ───────────────────────────────────────────────────────────────────────────────

  /** It has proved itself here: it is this node's, and so is the session that is open on it. Rejects where nothing can be written. */
  claim(terminal: TerminalId): Promise<SessionRecord | undefined>;
  /** Its connection here is over. */
  left(terminal: TerminalId): void;
  /** As it was a moment ago. */
  elsewhere(terminal: TerminalId): Elsewhere | undefined;
  /** All of them. */
  readonly far: ReadonlyMap<TerminalId, Elsewhere>;
  /** What pages show of it changed here. */
  changed(terminal: TerminalId): void;

  // ── pages ────────────────────────────────────────────────────────────────────────────────────

  /** True: what it says is for another node, and is on its way. */
  pass(viewer: Viewer, message: ViewerMessage): Promise<boolean>;
  arrived(viewer: Viewer): void;
  gone(viewer: Viewer): void;
  /** It speaks for a session elsewhere. */
  isAtWork(viewer: Viewer): boolean;
  /** A session was taken over: its page may be anywhere. */
  taken(session: SessionRecord): void;
  lockTold(about: Pick<SessionRecord, "person" | "deviceKey">, session: SessionId, locked: boolean): void;

  // ── waking ───────────────────────────────────────────────────────────────────────────────────

  /** Segments that have their first neighbour here, or none any more. */
  segmentsChanged(keys: readonly string[], has: (key: string) => boolean): void;

  /** Entries that are kept, for the figures. */
  readonly size: number;
}

/** What the other nodes bring about here. */
export interface NodeHub {
  readonly agents: ReadonlyMap<TerminalId, Agent>;
  hasSession(id: SessionId): boolean;
  /** Another node has it: the connection here and the session are let go of, and nothing is written of it. */
  moved(terminal: TerminalId): void;
  /** Sessions that were another's. */
  takeUp(records: readonly SessionRecord[]): void;
  /** This node was taken for dead. Everybody goes and comes again; of what it had, nothing is written. */
  beginAnew(): void;
  /** What another node has of it changed. */
  shown(terminal: TerminalId): void;
  segmentsShown(keys: readonly string[]): void;
  /** A page that another node has speaks here from now on; it has gone. */
  link(viewer: Viewer): void;
  unlink(viewer: Viewer): void;
  lockTold(about: Pick<SessionRecord, "person" | "deviceKey">, session: SessionId, locked: boolean): void;
  /** It is being woken here, or can be. */
  canWake(terminal: Terminal): boolean;
  /** Somebody waits for it, and it has come to another node. */
  woken(terminal: TerminalId): void;
}
