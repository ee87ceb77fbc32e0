/** What is recorded. Names are kept for years: add, never rename. */
import type { OrganisationId, TerminalId } from "../protocol/ids.ts";

export const AUDIT_EVENTS = [
  "sign-in.accepted",
  "sign-in.refused",
  "sign-in.ended",
  "device.pending",
  "device.added",
  "device.removed",
  "session.requested",
  "session.live",
  "session.ended",
  "terminal.enrolled",
  "terminal.enrol-refused",
  "organisation.added",
  "person.added",
  "person.disabled",
  "person.enabled",
  "person.unlocked",
  "person.password-set",
  "person.password-changed",
  "person.password-refused",
  "person.otp-reset",
  "terminal.added",
  "terminal.token-made",
  "terminal.disabled",
  "terminal.enabled",
  "grant.added",
  "grant.removed",
  "session.end-ordered",
  "terminal.wake-requested",
  "terminal.wake-ended",
  "session.covered",
  "session.cover-failed",
  "session.shown-unlocked",
  "terminal.locked",
  "terminal.lock-failed",
  "device.pending-again",
  "sign-in.refusals-summed",
  "terminal.enrol-refusals-summed",
  "person.signed-out",
  "audit.sealed",
  "organisation.code-set",
  "division.added",
  "division.moved",
  "person.moved",
  "terminal.moved",
  "duty.given",
  "duty.taken",
  "confirmation.asked",
  "confirmation.given",
  "console.code-refused",
  "person.letter-made",
  "person.renamed",
  "person.removed",
  "person.imported",
  "person.import-undone",
  "lock.set",
  "lock.lifted",
  "device.lost",
  "device.forgotten",
  "person.left",
  "person.transferred",
  "person.phone-lost",
  "terminal.replaced",
  "terminal.set-aside",
  "terminal.settled",
  "policy.set",
  "terminal.renamed",
  "terminal.removed",
  "terminal.imported",
  "terminal.import-undone",
  "grant.imported",
  "grant.import-undone",
  "division.removed",
  "division.imported",
  "division.import-undone",
  "sign-in.code-made",
  "sign-in.code-not-sent",
  "person.mail-set",
  "audit.contradicted",
  "audit.read",
  "audit.exported",
  "audit.segment-sealed",
  "session.receipt-kept",
  "person.notices-set",
] as const;
export type AuditEventName = (typeof AUDIT_EVENTS)[number];

export interface AuditEvent {
  readonly event: AuditEventName;
  /** Epoch ms. */
  readonly at: number;
  readonly actor: Actor;
  readonly organisation: OrganisationId | null;
  /** Ids, names and reasons. Never a password, code, key, token or address of memory. */
  readonly about: Readonly<Record<string, string | number | null>>;
}

/**
 * Who did it. `person:LOGIN`: of the record's own organisation, at their own page. `person:CODE/LOGIN`: somebody with a duty, who may
 * be of another one. `administrator:NAME`: at the command line of the server.
 */
export type Actor = `person:${string}` | `administrator:${string}` | `terminal:${TerminalId}` | "server" | "unknown";
