/** What several nodes on one store agree by; all of it is empty where there is only one. */
import type { Generated } from "kysely";
import type { NodeId, TerminalId } from "../../protocol/ids.ts";

/** A node that is alive, or was until a moment ago: `beat` grows as long as it is. */
export interface NodeRow {
  id: NodeId;
  beat: number;
  startedAt: number;
}

/** The node to which an office PC connected last. `epoch` grows with each connection. */
export interface PresenceRow {
  terminalId: TerminalId;
  nodeId: NodeId;
  epoch: number;
  since: number;
}

/** What one node does for all, by name. It is the node's for as long as that lives. */
export interface OfficeRow {
  name: string;
  nodeId: NodeId;
}

/** What is good once, whichever node it is shown to. `until`: when it is good no longer. */
export interface UsedOnceRow {
  name: string;
  until: number;
}

/** A message between nodes that is too large for the bus, until it is fetched. */
export interface LetterRow {
  id: string;
  at: number;
  body: string;
}

/** Whose a session is. Null: it was opened where there is one node only. */
export interface Owned {
  nodeId: Generated<NodeId | null>;
}

export interface NodeTables {
  nodes: NodeRow;
  presences: PresenceRow;
  offices: OfficeRow;
  usedOnce: UsedOnceRow;
  letters: LetterRow;
}
