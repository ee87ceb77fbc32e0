/**
 * What is kept, row by row. Every row knows its organisation. Times are epoch ms; what has not happened is null; binary is
 * base64url. (In the database the columns are in snake case.)
 */
import type { Generated } from "kysely";
import type { ImportKind } from "../../protocol/console-import.ts";
import type { EndReason } from "../../protocol/errors.ts";
import type {
  DivisionId,
  KeyCode,
  LiftCode,
  LiftHash,
  LockId,
  Login,
  OrganisationCode,
  OrganisationId,
  PersonId,
  PublicKey,
  SessionId,
  TerminalId,
} from "../../protocol/ids.ts";
import type { MailAddress } from "../../protocol/mail-address.ts";
import type { PolicyLevel } from "../../protocol/policy.ts";
import type {
  AuditChainRow,
  AuditCosignatureRow,
  AuditHeadRow,
  AuditRow,
  AuditSegmentRow,
  AuditShippedRow,
  NoticeRow,
  ReceiptRow,
} from "./audit.ts";
import type { Change } from "./changes.ts";
import type { Folded } from "./folded.ts";
import type { NodeTables, Owned } from "./nodes.ts";
import type { RequestRow } from "./requests.ts";
import type { AllotmentRow, Allotted, ApplicationRow, EventRow } from "./waves.ts";

/** Levels of the tree: the operator above prefectures, these above municipalities. */
export type OrganisationKind = "operator" | "prefecture" | "municipality";

export interface OrganisationRow {
  id: OrganisationId;
  name: string;
  createdAt: number;
  kind: OrganisationKind;
  /** The organisation above it. */
  parentId: OrganisationId | null;
  code: OrganisationCode;
}

/** A part of an organisation; its name is unique beside its siblings. */
export interface DivisionRow {
  id: DivisionId;
  organisationId: OrganisationId;
  parentId: DivisionId | null;
  name: string;
  createdAt: number;
}

/** What a person may do beyond being staff, which everybody is. */
export type DutyRole = "operator" | "prefecture" | "administrator" | "manager" | "auditor";

export interface DutyRow {
  /** For whom, or for whose division, the duty is. */
  organisationId: OrganisationId;
  divisionId: DivisionId | null;
  personId: PersonId;
  role: DutyRole;
  since: number;
  /** As the audit names them. */
  givenBy: string;
}

/** An action that waits for a second person (organisations/confirmations.ts). */
export interface ConfirmationRow {
  /** Read out or copied: eight Crockford letters. */
  id: string;
  organisationId: OrganisationId;
  /** To whom it is to be done. */
  personId: PersonId;
  action: string;
  /** JSON: the rest of what it is to be done to. */
  about: string;
  askedBy: string;
  askedAt: number;
  expiresAt: number;
  confirmedBy: string | null;
  confirmedAt: number | null;
}

export interface PersonRow {
  id: PersonId;
  organisationId: OrganisationId;
  /** Null: of the organisation as a whole. */
  divisionId: DivisionId | null;
  /** Unique in the organisation. */
  login: Login;
  name: string;
  /** argon2id in PHC form, with the cost of its kind (auth/password.ts). */
  passwordHash: string;
  passwordChangedAt: number;
  /** 1: somebody else knows the password; at the next sign-in the person has to choose their own. */
  mustChange: 0 | 1;
  /** Sealed (see sealer.ts) with the person's id. */
  totpSeed: string;
  /** When its codes let the person in first: until then nobody knows whether it is in their authenticator app. */
  seedConfirmedAt: number | null;
  /** How far ahead of ours the clock of their authenticator may have been at that moment, ms (auth/drift.ts). Null: it is right. */
  driftLowMs: number | null;
  driftHighMs: number | null;
  driftAt: number | null;
  /** Refused attempts from unregistered devices since the last success. */
  failures: number;
  createdAt: number;
  disabledAt: number | null;
  /** Where codes may go (auth/mail-codes.ts). */
  mail: MailAddress | null;
}

/** A code that was made to be sent by mail. */
export interface MailCodeRow {
  id: string;
  organisationId: OrganisationId;
  personId: PersonId;
  /** The one that asked for it: it counts with no other. */
  deviceId: string;
  /** Keyed (auth/mail-codes.ts); the code itself is kept nowhere. */
  hash: string;
  madeAt: number;
  expiresAt: number;
  /** It was used, or another one took its place. */
  overAt: number | null;
}

/** A one-time code that was used. */
export interface UsedCodeRow {
  /** In the order of use. */
  id: Generated<number>;
  personId: PersonId;
  /** The code's time step (RFC 6238 §4.2). */
  step: number;
  /** It let nobody in yet: it made this browser wait for an administrator, and may let in that one and no other. */
  waitingDevice: KeyCode | null;
}

export interface DeviceRow {
  id: string;
  organisationId: OrganisationId;
  personId: PersonId;
  publicKey: PublicKey;
  code: KeyCode;
  /** When it was first seen, when an administrator let it in, by whom. */
  addedAt: number;
  approvedAt: number;
  approvedBy: string;
  lastUsedAt: number | null;
  /** Refused attempts with this device since the last success. */
  failures: number;
  removedAt: number | null;
}

/** A browser that gave the right password and code but is not registered. */
export interface PendingDeviceRow {
  organisationId: OrganisationId;
  personId: PersonId;
  publicKey: PublicKey;
  code: KeyCode;
  seenAt: number;
  expiresAt: number;
  /** How often it gave the right password and code while it waits. */
  asked: number;
}

export interface TerminalRow {
  id: TerminalId;
  organisationId: OrganisationId;
  divisionId: DivisionId | null;
  name: string;
  /** Null until the office PC has enrolled. */
  publicKey: PublicKey | null;
  createdAt: number;
  enrolledAt: number | null;
  disabledAt: number | null;
  lastSeenAt: number | null;
  /** Its wired interfaces as its agent told them last: JSON of WiredInterface[]; null before the first time. */
  interfaces: string | null;
}

/** Two office PCs with the key of this terminal were here at once: it is set aside until it is enrolled anew. */
export interface TwinsRow {
  terminalId: TerminalId;
  organisationId: OrganisationId;
  at: number;
  /** Where they came from. */
  first: string;
  second: string;
}

export interface EnrolmentTokenRow {
  /** SHA-256 of the secret; the secret itself is kept nowhere. */
  hash: string;
  organisationId: OrganisationId;
  terminalId: TerminalId;
  createdAt: number;
  expiresAt: number;
  usedAt: number | null;
  /** The one host (lower case, first label) that may use it. Null: any. */
  host: string | null;
}

export interface GrantRow {
  organisationId: OrganisationId;
  personId: PersonId;
  terminalId: TerminalId;
  createdAt: number;
  /** Null: without end. */
  until: number | null;
}

/** An office PC is to forget a device of this person: told until its agent says that it has. */
export interface ForgetRow {
  organisationId: OrganisationId;
  terminalId: TerminalId;
  personId: PersonId;
  code: KeyCode;
  orderedAt: number;
  doneAt: number | null;
}

/** Where somebody signed in: a cookie of one counts for nothing at the other. */
export type Door = "page" | "console";

export interface SignInRow {
  id: string;
  organisationId: OrganisationId;
  personId: PersonId;
  deviceId: string;
  /** SHA-256 of the cookie's token. */
  tokenHash: string;
  createdAt: number;
  lastUsedAt: number;
  endsAt: number;
  endedAt: number | null;
  reason: EndReason | null;
}

/** Attempts to sign in that were refused under a login, whoever made them. Null: none. */
export interface Refused {
  refusals: Generated<number>;
  /** Of the last one: when, and from where (source.ts). */
  refusedAt: number | null;
  refusedFrom: string | null;
}

/** What a person is told of a sign-in of theirs; refused between the one before and this one. */
export interface SignInOrigin extends Refused {
  /** From where (source.ts). Null: it was made before this was kept. */
  address: string | null;
  /** When the one before was made. Null: there was none, as far as is known. */
  beforeAt: number | null;
}

export interface SessionRow {
  id: SessionId;
  organisationId: OrganisationId;
  terminalId: TerminalId;
  personId: PersonId;
  login: Login;
  personName: string;
  deviceKey: PublicKey;
  /** The sign-in it hangs on now. Null: it was opened before this was kept. */
  signInId: string | null;
  requestedAt: number;
  liveAt: number | null;
  endedAt: number | null;
  reason: EndReason | null;
  /** What the office PC said of its lock, and when it did (its clock). Null: nothing. */
  lock: "locked" | "lock-failed" | null;
  lockAt: number | null;
}

/** What a lock is on. */
export type LockKind = "person" | "device" | "terminal" | "division" | "organisation" | "session";

/** Somebody or something that is kept out for a time (organisations/locks.ts). Which of the columns below name it, `kind` says. */
export interface LockRow {
  id: LockId;
  /** Where what is locked stands; of an organisation itself. */
  organisationId: OrganisationId;
  kind: LockKind;
  divisionId: DivisionId | null;
  /** Whose device or session, too. */
  personId: PersonId | null;
  deviceCode: KeyCode | null;
  /** Of a session, too. */
  terminalId: TerminalId | null;
  sessionId: SessionId | null;
  reason: string;
  setBy: string;
  createdAt: number;
  /** Null: until it is lifted. */
  until: number | null;
  hash: LiftHash;
  liftedAt: number | null;
  liftedBy: string | null;
  /** Told by who lifted it: with it the office PCs let go. Null: not lifted, or without it. */
  liftCode: LiftCode | null;
}

/** One version of the rules that were set at one place (organisations/policies.ts). The newest holds. */
export interface PolicyRow {
  level: PolicyLevel;
  /** The id of an organisation, a division or a person; "server". */
  place: string;
  /** From 1. */
  version: number;
  /** JSON: PolicyRules, all that are set here. */
  rules: string;
  at: number;
  /** As the audit names them. */
  by: string;
  because: string;
}

/** Refusals of one kind since the last record of their sum (audit/summed-refusals.ts). */
export interface RefusalSumRow {
  kind: string;
  /** JSON. */
  sum: string;
}

/** An import from a file (organisations/imports), until it can be undone no longer. */
export interface ImportRow {
  id: string;
  kind: ImportKind;
  /** As the audit names them. */
  by: string;
  at: number;
  undoneAt: number | null;
  /** JSON: to whom or what it did what, with what there was before. */
  deeds: string;
}

/** What a write changed of people's rights (changes.ts), for the other processes on the same data. Only the newest are kept. */
export interface ChangeRow {
  id: Generated<number>;
  /** The connection that wrote it; nobody is told of their own. */
  writer: string;
  kind: Change["kind"] | "none" | "unknown";
  subject: string;
}

export interface Tables extends NodeTables {
  organisations: OrganisationRow & Folded;
  divisions: DivisionRow & Folded;
  duties: DutyRow;
  confirmations: ConfirmationRow;
  /** Refused since their last sign-in. */
  people: PersonRow & Folded & Refused;
  usedCodes: UsedCodeRow;
  mailCodes: MailCodeRow;
  /** `browser`: as it called itself when it was used last (auth/browser-name.ts). */
  devices: DeviceRow & { browser: string | null };
  pendingDevices: PendingDeviceRow;
  terminals: TerminalRow & Folded & Allotted;
  events: EventRow;
  applications: ApplicationRow;
  allotments: AllotmentRow;
  enrolmentTokens: EnrolmentTokenRow;
  grants: GrantRow;
  forgets: ForgetRow;
  twins: TwinsRow;
  signIns: SignInRow & { door: Generated<Door> } & SignInOrigin;
  /** `regularUntil`: when hours ended when it began, without what was approved for its person. Null: they had no end, or it was not kept. */
  sessions: SessionRow & { regularUntil: Generated<number | null> } & Owned;
  receipts: ReceiptRow;
  notices: NoticeRow;
  requests: RequestRow;
  locks: LockRow;
  policies: PolicyRow;
  audit: AuditRow & { seq: Generated<number> };
  auditChains: AuditChainRow;
  auditHeads: AuditHeadRow;
  auditCosignatures: AuditCosignatureRow;
  auditSegments: AuditSegmentRow;
  auditShipped: AuditShippedRow;
  refusalSums: RefusalSumRow;
  changes: ChangeRow;
  imports: ImportRow;
}
