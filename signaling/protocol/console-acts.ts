/** What is done at the console (POST /api/console/acts and /effect): the acts, which of them need a code, and what comes of them. */
import { z } from "zod";
import { Count, OrganisationRef, PAGE_ROWS, PersonRef, Time, Words } from "./console.ts";
import {
  DivisionId,
  KeyCode,
  LiftCode,
  LockId,
  Login,
  OrganisationId,
  PersonId,
  SessionId,
  TerminalId,
} from "./ids.ts";
import { MailAddress } from "./mail-address.ts";

/** Office PCs that one act may name. */
const MAX_CHOSEN = 100;

export const reason = { reason: Words };
/** A code of the moment from one's own authenticator, not used before: for what is dangerous (DANGEROUS). */
export const OneTimeCode = z.string().regex(/^[0-9]{6}$/);
export const code = { code: OneTimeCode.optional() };
const act = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ type: z.literal(type), ...shape, ...reason, ...code });

/** Of one request: a page of a list. Each costs 25 ms of a core for its password. */
export const MAX_LETTERS = PAGE_ROWS;
/** Of a lock. Left out: until it is lifted. */
const end = { end: Time.optional() };

export const Act = z.discriminatedUnion("type", [
  act("people.add", {
    login: Login,
    name: Words,
    organisation: OrganisationId,
    division: DivisionId.optional(),
    mail: MailAddress.optional(),
  }),
  /** Left out: nowhere is anything sent any more. */
  act("people.set-mail", { person: PersonId, mail: MailAddress.optional() }),
  act("people.move", { person: PersonId, division: DivisionId.optional() }),
  act("people.transfer", {
    person: PersonId,
    division: DivisionId.optional(),
    /** Of the PCs of the division that they leave; grants for the others end. */
    keep: z.array(TerminalId).max(MAX_CHOSEN).optional(),
    add: z.array(TerminalId).max(MAX_CHOSEN).optional(),
  }),
  act("people.leave", { person: PersonId }),
  act("people.disable", { person: PersonId }),
  act("people.enable", { person: PersonId }),
  act("people.unlock", { person: PersonId }),
  act("people.sign-out", { person: PersonId }),
  act("people.letters", {
    people: z
      .array(PersonId)
      .min(1)
      .max(MAX_LETTERS)
      .refine((all) => new Set(all).size === all.length, "each once"),
  }),
  act("password.set", { person: PersonId }),
  act("otp.reset", { person: PersonId }),
  act("otp.lost", { person: PersonId }),
  act("device.approve", { person: PersonId, device: KeyCode }),
  act("device.remove", { person: PersonId, device: KeyCode }),
  act("device.lost", { person: PersonId, device: KeyCode }),
  act("terminal.add", { name: Words, organisation: OrganisationId, division: DivisionId.optional() }),
  act("terminal.move", { terminal: TerminalId, division: DivisionId.optional() }),
  act("terminal.token", { terminal: TerminalId }),
  act("terminal.replace", { terminal: TerminalId, name: Words.optional() }),
  act("terminal.settle", { terminal: TerminalId, name: Words }),
  act("terminal.disable", { terminal: TerminalId }),
  act("terminal.enable", { terminal: TerminalId }),
  act("grant.add", { person: PersonId, terminal: TerminalId, until: Time.optional() }),
  act("grant.remove", { person: PersonId, terminal: TerminalId }),
  act("session.end", { session: SessionId }),
  act("lock.person", { person: PersonId, ...end }),
  act("lock.device", { person: PersonId, device: KeyCode, ...end }),
  act("lock.terminal", { terminal: TerminalId, ...end }),
  act("lock.division", { division: DivisionId, ...end }),
  act("lock.organisation", { organisation: OrganisationId, ...end }),
  act("lock.session", { session: SessionId, ...end }),
  /** Without the code that was shown when it was set, only this server lifts it. */
  act("lock.lift", { lock: LockId, liftCode: LiftCode.optional() }),
  act("confirmation.confirm", { confirmation: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/) }),
  /** With all that is in it, below another one or (left out) to the top. */
  act("division.move", { division: DivisionId, parent: DivisionId.optional() }),
  act("division.add", { organisation: OrganisationId, parent: DivisionId.optional(), name: Words }),
]);
export type Act = z.infer<typeof Act>;
export type ActType = Act["type"];
export const ACTS: readonly ActType[] = Act.options.map(({ shape }) => shape.type.value);

/** Refused with CODE_NEEDED without a fresh code, whose rules are those of the sign-in (once only, counted, throttled). */
export const DANGEROUS: ReadonlySet<ActType> = new Set<ActType>([
  "people.disable",
  "people.set-mail",
  "people.letters",
  "people.leave",
  "password.set",
  "otp.reset",
  "otp.lost",
  "device.approve",
  "device.lost",
  "terminal.token",
  "terminal.replace",
  "terminal.settle",
  "terminal.disable",
  "confirmation.confirm",
  "lock.person",
  "lock.device",
  "lock.terminal",
  "lock.division",
  "lock.organisation",
  "lock.session",
  "lock.lift",
]);

/**
 * Before the act: `sessions` end, `signIns` end, so many `people` or `terminals` are touched, `devices` are removed, `grants` end,
 * office PCs are told to forget a device (`forgets`), `divisions` are moved.
 */
export const Effect = z.strictObject({
  ...{ sessions: Count, signIns: Count, people: Count, terminals: Count },
  ...{ devices: Count.optional(), grants: Count.optional(), forgets: Count.optional(), divisions: Count.optional() },
});
export type Effect = z.infer<typeof Effect>;

/** What is shown once. `confirmation`: a second person has to confirm it by this. */
export const Done = z.strictObject({
  id: z.string().optional(),
  password: z.string().optional(),
  otpauth: z.string().optional(),
  token: z.string().optional(),
  /** Of a second office PC. */
  otherToken: z.string().optional(),
  confirmation: z.string().optional(),
  letters: z
    .array(
      z.strictObject({ person: PersonRef, organisation: OrganisationRef, password: z.string(), otpauth: z.string() }),
    )
    .optional(),
  /** For whom no letter was made: they came in before, or are disabled. */
  noLetter: z.array(PersonId).optional(),
  /** What lifts this lock, at the office PCs too. */
  liftCode: LiftCode.optional(),
});
export type Letter = NonNullable<Done["letters"]>[number];
export type Done = z.infer<typeof Done>;
