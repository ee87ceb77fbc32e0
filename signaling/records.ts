/**
 * What the hub asks of the organisation's records and tells them. The hub decides nothing about people; this does.
 * Implemented by organisations/ on the store; every method answers from the store, so several nodes agree.
 */
import type { AuditPosition, CosignedHead, SignedHead } from "./protocol/audit.ts";
import type { EndReason } from "./protocol/errors.ts";
import type { Login, OrganisationId, PersonId, PublicKey, SessionId, Signature, TerminalId } from "./protocol/ids.ts";
import type { AgentPolicy, SessionPolicy } from "./protocol/policy.ts";
import type { ForgetWish, ForgottenDevice, ProtectionEvent, ToAgent } from "./protocol/signal.ts";
import type { WakeFailure, WiredInterface } from "./protocol/wake.ts";

/** Who is behind a viewer's WebSocket, from the cookie. */
export interface SignedIn {
  readonly signInId: string;
  readonly person: PersonId;
  readonly login: Login;
  readonly name: string;
  readonly organisation: { readonly id: OrganisationId; readonly name: string };
  readonly deviceKey: PublicKey;
  /** Epoch ms: the absolute end of this sign-in. */
  readonly endsAt: number;
}

export interface Terminal {
  readonly id: TerminalId;
  readonly name: string;
  readonly organisation: { readonly id: OrganisationId; readonly name: string };
  readonly publicKey: PublicKey;
  /** Last time its agent was seen, epoch ms; undefined before the first time. */
  readonly lastSeenAt: number | undefined;
  /** As its agent told them last; none before the first time. */
  readonly interfaces: readonly WiredInterface[];
}

/** One that somebody may use. `idUntil`: when its event ends or ended; undefined: it has its ID for good. Epoch ms. */
export type GrantedTerminal = Terminal & {
  readonly grantedUntil: number | undefined;
  readonly idUntil?: number | undefined;
};

/** One step of waking an office PC. */
export interface WakeRecord {
  readonly terminal: TerminalId;
  readonly organisation: OrganisationId;
  /** Who asked for it. */
  readonly login: Login;
  readonly at: number;
  readonly step: "requested" | "woken" | "cancelled" | WakeFailure;
  /** Which PCs were asked to send the packet so far; `ID: answer` each. */
  readonly helpers: readonly string[];
}

export interface SessionRecord {
  readonly id: SessionId;
  readonly terminal: TerminalId;
  readonly organisation: OrganisationId;
  readonly person: PersonId;
  readonly login: Login;
  readonly personName: string;
  readonly deviceKey: PublicKey;
  readonly requestedAt: number;
  /** The sign-in it hangs on; undefined for one that was opened before this was kept. */
  readonly signInId?: string | undefined;
}

/** Two office PCs prove themselves as this terminal at the same time. */
export interface TwinsRecord {
  readonly terminal: TerminalId;
  readonly organisation: OrganisationId;
  readonly at: number;
  /** Where they come from. */
  readonly addresses: readonly [string, string];
}

/** The text as it was signed (protocol/receipt.ts). */
export interface SignedReceipt {
  readonly text: string;
  readonly signature: Signature;
}

/** `happenedAt`: by the office PC's clock, epoch ms. */
export interface ProtectionReport {
  readonly session: SessionId;
  readonly terminal: TerminalId;
  readonly event: ProtectionEvent;
  readonly happenedAt: number;
  readonly reason: string;
}

/** A session as policy looks at it. */
export interface SessionAsked {
  readonly person: PersonId;
  /** When it was asked for. Epoch ms. */
  readonly since: number;
  /** Where its page is; undefined while that is not known. */
  readonly from: string | undefined;
}

/** What policy has an office PC keep during a session. */
export interface SessionRules {
  readonly policy: AgentPolicy;
  /** Epoch ms. Undefined: there is none. */
  readonly end: { readonly at: number; readonly by: NonNullable<SessionPolicy["endsBy"]> } | undefined;
}

export interface PolicyAnswer extends SessionRules {
  /** Why there can be no session now. `next`: when hours begin, epoch ms; undefined: never. */
  readonly refusal:
    | { readonly kind: "place" }
    | { readonly kind: "hours"; readonly next: number | undefined }
    | undefined;
}

export type LockMessage = Extract<ToAgent, { type: "lock" | "lock-lifted" }>;

/** Of which chain a head is wanted, by somebody who signed the one of this number; 0: none. */
export interface HeadAsked {
  readonly chain: OrganisationId;
  readonly since: number;
}

/** The record of what happened, as office PCs witness it (audit/witnesses.ts). */
export interface Witnesses {
  /** In the order asked; undefined where nothing was added since. */
  headsFor(asked: readonly HeadAsked[]): Promise<ReadonlyArray<SignedHead | undefined>>;
  /** False: it is not its signature, or not a head of the chain. */
  cosigned(terminal: Terminal, head: CosignedHead): Promise<boolean>;
  /** Whether what an office PC signed is in the chain. */
  agrees(terminal: Terminal, heads: readonly CosignedHead[]): Promise<boolean>;
  /** It was handed a head that cannot be, for it keeps another. */
  contradicted(terminal: Terminal, kept: CosignedHead, head: AuditPosition): Promise<void>;
}

export interface Records {
  /** Is this sign-in still good? Undefined when signed out, expired, person disabled, device removed or a password of their own due. Does not count as use. */
  signedIn(signInId: string): Promise<SignedIn | undefined>;
  /** The person did something: the idle limit starts anew. At most one write a minute. */
  touch(signInId: string): Promise<void>;
  /**
   * The terminals this person may use now, by name; or of these only one. Disabled ones and ended grants are left out; one whose event
   * is over is shown for a while yet, so that they are told why.
   */
  terminalsOf(person: PersonId, only?: TerminalId): Promise<readonly GrantedTerminal[]>;
  /** It is set aside from now on, until it is enrolled anew. */
  terminalTwins(twins: TwinsRecord): Promise<void>;
  /** An enrolled terminal that is neither disabled nor set aside, and whose event is not over. */
  terminal(id: TerminalId): Promise<Terminal | undefined>;
  terminalSeen(id: TerminalId, at: number): Promise<void>;
  terminalInterfaces(id: TerminalId, interfaces: readonly WiredInterface[]): Promise<void>;
  terminalWake(wake: WakeRecord): Promise<void>;
  /** Throws TERMINAL_BUSY, TERMINAL_YOURS_ELSEWHERE where one is open there, on whatever server. */
  sessionRequested(session: SessionRecord): Promise<void>;
  /** It hangs on another sign-in of its holder from now on. */
  sessionHangsOn(id: SessionId, signInId: string): Promise<void>;
  sessionLive(id: SessionId, at: number): Promise<void>;
  sessionEnded(id: SessionId, at: number, reason: EndReason): Promise<void>;
  /** Undefined: there is no such session, or it is not over. */
  whyEnded(id: SessionId): Promise<{ readonly session: SessionRecord; readonly reason: EndReason } | undefined>;
  /** It runs, and is another node's. */
  isElsewhere(id: SessionId): Promise<boolean>;
  /** What this terminal says of one of its sessions. `kept`: so it is, and was before. */
  receipt(terminal: Terminal, said: SignedReceipt, at: number): Promise<"kept" | "not-its-session" | "not-signed">;
  /** Of one of this terminal's sessions, whether it is over or not. Undefined when there is no such session. */
  protection(report: ProtectionReport, at: number): Promise<SessionRecord | undefined>;
  /** What office PCs have been ordered to forget and have not: of these, or the devices of these people. */
  devicesToForget(
    of: { readonly terminals: readonly TerminalId[] } | { readonly persons: readonly PersonId[] } | "everybody",
  ): Promise<ReadonlyMap<TerminalId, readonly ForgetWish[]>>;
  /** It has forgotten these. Returns how many of them it had been told to. */
  devicesForgotten(terminal: TerminalId, devices: readonly ForgottenDevice[], at: number): Promise<number>;
  /** Sessions the store has as not ended: what a restart finds. */
  openSessions(): Promise<readonly SessionRecord[]>;

  /** What keeps this person out with this device, of this office PC; undefined: nothing. `until` undefined: until it is lifted. */
  lockOver(
    who: Pick<SignedIn, "signInId">,
    terminal: TerminalId,
  ): Promise<{ readonly until: number | undefined } | undefined>;

  /** What policy says to who asks for a session. */
  policyFor(asked: SessionAsked): Promise<PolicyAnswer>;
  /** Whether policy lets this person wake office PCs. */
  mayWake(person: PersonId): Promise<boolean>;

  // Questions about many at once: one look at the store each. Who is not named in the answer may go on.

  /** The sign-ins that hold no longer, and why. */
  signInsOver(ids: readonly string[]): Promise<ReadonlyMap<string, EndReason>>;
  /** The terminals that may not be connected: disabled, set aside, not enrolled, or their event is over; and which of it. */
  terminalsBarred(ids: readonly TerminalId[]): Promise<ReadonlyMap<TerminalId, EndReason>>;
  /** The sessions that may not go on, from the person, the device, the terminal, the grant; and why. */
  sessionsDue(ids: readonly SessionId[]): Promise<ReadonlyMap<SessionId, EndReason>>;
  /** What each of these office PCs has to be told about locks: those that concern it, and those that it may still keep and were lifted. */
  lockOrders(terminals: readonly TerminalId[]): Promise<ReadonlyMap<TerminalId, readonly LockMessage[]>>;
  /** Of each of these sessions, what policy says of it now: that it has to end, or what holds for it. */
  sessionsUnderPolicy(
    sessions: ReadonlyMap<SessionId, SessionAsked>,
  ): Promise<ReadonlyMap<SessionId, SessionRules | EndReason>>;
  /** The sets of rules that sessions on these office PCs may name; of one with none, nothing. */
  policiesOf(terminals: readonly TerminalId[]): Promise<ReadonlyMap<TerminalId, readonly AgentPolicy[]>>;
  /** Whose lists one of these terminals may stand in. */
  readersOf(terminals: readonly TerminalId[]): Promise<ReadonlySet<PersonId>>;
  /** Whose grants ended by the clock, after `since` and until now. */
  grantsEnded(since: number): Promise<ReadonlySet<PersonId>>;
}
