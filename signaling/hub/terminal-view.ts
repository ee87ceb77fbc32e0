/** What one person's page shows of one office PC. */
import { MAX_LIST_PART_BYTES, MAX_LIST_TERMINALS } from "../protocol/limits.ts";
import type { TerminalView, WakeView } from "../protocol/signal.ts";
import type { GrantedTerminal, SessionRecord, SignedIn } from "../records.ts";

export interface Situation {
  /** The session that occupies it, if any. */
  readonly session: SessionRecord | undefined;
  /** Since when its agent is connected; undefined while it is not. Epoch ms. */
  readonly onlineSince: number | undefined;
  /** Epoch ms; 0 when it was never seen. */
  readonly offlineSince: number;
  /** Asked only for one that is offline. */
  readonly wake: () => { wake?: WakeView };
}

export function terminalView(
  reader: SignedIn,
  { id, name, grantedUntil, idUntil }: GrantedTerminal,
  { session, onlineSince, offlineSince, wake }: Situation,
): TerminalView {
  const terminal = {
    ...{ id, name },
    ...(grantedUntil === undefined ? {} : { grantedUntil }),
    ...(idUntil === undefined ? {} : { idUntil }),
  };
  if (session) {
    const { personName, requestedAt: since } = session;
    const holder = {
      name: personName,
      since,
      mine: session.person === reader.person,
      here: isHolder(session, reader),
    };
    return { ...terminal, state: "in-use", since, holder };
  }
  if (onlineSince !== undefined) return { ...terminal, state: "online", since: onlineSince };
  return { ...terminal, state: "offline", since: offlineSince, ...wake() };
}

/** Those of the list that are not sent. */
export const beyondList = (views: readonly TerminalView[]): number => Math.max(0, views.length - MAX_LIST_TERMINALS);

/**
 * A list in the parts in which it is sent, as far as one goes. A view takes at most 400 bytes besides its names, and a letter of a name at most six
 * (JSON's escapes; UTF-8 takes three).
 */
export function listParts(views: readonly TerminalView[]): TerminalView[][] {
  const parts: TerminalView[][] = [[]];
  let bytes = 0;
  for (const view of views.slice(0, MAX_LIST_TERMINALS)) {
    const size = 400 + 6 * (view.name.length + (view.holder?.name.length ?? 0));
    if (bytes + size > MAX_LIST_PART_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    bytes += size;
    parts.at(-1)?.push(view);
  }
  return parts;
}

/** Same person on the same device: the one who may come back without a new code. */
export const isHolder = (session: SessionRecord, reader: SignedIn): boolean =>
  session.person === reader.person && session.deviceKey === reader.deviceKey;
