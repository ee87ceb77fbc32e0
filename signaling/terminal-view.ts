/** What one person's page shows of one office PC. */
import type { TerminalView, WakeView } from "./protocol/signal.ts";
import type { SessionRecord, SignedIn, Terminal } from "./records.ts";

export type GrantedTerminal = Terminal & { readonly grantedUntil: number | undefined };

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
  { id, name, grantedUntil }: GrantedTerminal,
  { session, onlineSince, offlineSince, wake }: Situation,
): TerminalView {
  const terminal = { id, name, ...(grantedUntil === undefined ? {} : { grantedUntil }) };
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

/** Same person on the same device: the one who may come back without a new code. */
export const isHolder = (session: SessionRecord, reader: SignedIn): boolean =>
  session.person === reader.person && session.deviceKey === reader.deviceKey;
