/** Who is connected, and what runs between them, as the hub keeps it. */
import type { Connection } from "../connection.ts";
import type { Nonce, PageId, TerminalId } from "../protocol/ids.ts";
import type { Codec, ToAgent, ToViewer } from "../protocol/signal.ts";
import type { SessionRecord, SessionRules, SignedIn, Terminal } from "../records.ts";
import type { SessionState } from "./session-state.ts";

export interface Viewer {
  readonly connection: Connection<ToViewer>;
  readonly signedIn: SignedIn;
  /** TURN addresses as this viewer reaches them; they depend on the listener it came by. */
  readonly turnUrls: readonly string[];
  /** The terminals in the list it was last sent. */
  shown: ReadonlySet<TerminalId>;
  /** Chosen by the page anew each time it is loaded: by it one connection is known to follow another. */
  readonly page?: PageId | undefined;
  /** It is connected no longer. */
  isGone?: boolean;
}

export interface Agent {
  readonly connection: Connection<ToAgent>;
  readonly terminal: Terminal;
  readonly since: number;
}

export interface Session {
  readonly record: SessionRecord;
  state: SessionState;
  nonce: Nonce;
  codecs: readonly Codec[];
  /** The connection that speaks for it; undefined while that one is away. */
  viewer: Viewer | undefined;
  /** The sign-in it depends on; undefined only for one that an older version opened, until its viewer is back. */
  signInId: string | undefined;
  /** Its viewer wants it back and we wait for the agent to say that it still runs. */
  awaited?: { readonly viewer: Viewer; readonly codecs: readonly Codec[]; readonly rules: SessionRules } | undefined;
  /** What policy says of it; undefined: taken up after a restart, and not looked at yet. */
  rules: SessionRules | undefined;
  /** As its office PC was told, and on which connection: undefined for one that was told before a restart. */
  toldRules?: (Partial<SessionRules> & { readonly agent: Agent | undefined }) | undefined;
  /** Its row is in the store, so that a row that is gone or ended means: ended by somebody else. */
  recorded: boolean;
}
