/**
 * Policy: what an administrator can decide, each rule once. Rules are set at four levels and the nearest wins, rule by rule:
 *
 *   server → organisation (a prefecture, then those below it) → division (and those below it) → person
 *
 * What nobody set is as the server's configuration and the office PC have it. The office PC's own settings (config.json, the group
 * policy) are a floor: a policy makes them stricter and never laxer, so a server that was taken over opens nothing with it.
 *
 * An office PC is told whole sets of rules (AgentPolicy) before they are needed, each by the name that its content gives it; a session
 * names the one that holds for it, and is refused when the office PC does not have it (`policy-unknown`). A rule that an
 * older agent does not know fails its schema, so it does not have that set (ToldPolicy).
 */
import { z } from "zod";
import { MAX_GRACE_MIN, MAX_NOTICE_MIN } from "./limits.ts";
import { COVER, LOCK_BEFORE, LOCK_ON, SHUT_DOWN } from "./protection.ts";
import { toBase64Url } from "./signed.ts";

/** An IPv4 or IPv6 network in CIDR notation (RFC 4632 §3.1; RFC 4291 §2.3); a single address counts as one. */
export const Network = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]);
export const PlaceName = z.string().trim().min(1).max(40);

/** A network that has a name: サテライトオフィス, 庁内フリーアドレス. */
export const Place = z.strictObject({ name: PlaceName, networks: z.array(Network).min(1).max(50) });
export type Place = z.infer<typeof Place>;
/** Wherever no named network is: 自宅, on a train. */
export const ELSEWHERE = "elsewhere";

/** Minutes after midnight, in the server's time zone. A day without hours: null. `to` is later than `from`; 1,440 is midnight. */
export const DayHours = z
  .strictObject({ from: z.int().min(0).max(1_439), to: z.int().min(1).max(1_440) })
  .refine(({ from, to }) => from < to, "the end is not later than the beginning");
export type DayHours = z.infer<typeof DayHours>;
/** From Monday to Sunday. */
export const WeekHours = z.array(DayHours.nullable()).length(7);
export type WeekHours = z.infer<typeof WeekHours>;

/** `2026-10-01` is one day, `10-01` one of every year; `02-29` only of leap years. */
export const DayName = z.string().regex(/^(\d{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/);
/** A day, or from one to another, that is not like its weekday: 年末年始, 開庁記念日. `to` is of the same kind; 12-29 to 01-03 goes over the year. */
export const NamedDay = z
  .strictObject({
    name: z.string().trim().min(1).max(40),
    on: DayName,
    to: DayName.optional(),
    /** None; its own; or as the weekday, though it is a public holiday. */
    hours: z.union([DayHours, z.null(), z.literal("weekday")]),
  })
  .refine(({ on, to }) => to === undefined || (to.length === on.length && (on.length === 5 || on <= to)), {
    message: "the last day is not of the same kind, or before the first",
  });
export type NamedDay = z.infer<typeof NamedDay>;
/** Of `days` the first that names a day holds, before public holidays. `holidays`: those of Japan have no hours. */
export const Calendar = z.strictObject({ holidays: z.boolean(), days: z.array(NamedDay).max(60) });
export type Calendar = z.infer<typeof Calendar>;

/**
 * How the end of hours is announced: from `firstMin` before it, every `everyMin`; in the last `lastMin` before sessions are ended, each
 * minute. They are ended `graceMin` after the end of hours: until then one that runs goes on, and none begins.
 */
export const EndNotices = z.strictObject({
  firstMin: z.int().min(1).max(MAX_NOTICE_MIN),
  everyMin: z.int().min(5).max(60),
  lastMin: z.int().min(1).max(30),
  graceMin: z.int().min(0).max(MAX_GRACE_MIN),
});
export type EndNotices = z.infer<typeof EndNotices>;
/** By which code one signs in: of the authenticator app and no other; or by one that comes by mail, too. */
export const SIGN_IN_WAYS = ["app", "app-or-mail"] as const;

export const MAX_APPROVALS = 2;
export const DEFAULT_APPROVALS = 1;
export const DEFAULT_OVERTIME_UNTIL = 22;

/**
 * Every rule; those that are left out are inherited. Defaults in brackets.
 *
 *   kept by the server      places, from, hours, calendar, approvals, overtimeUntil, signInHours, signInWays, sessionHours, wake, retentionDays
 *   kept by the office PC   idleMinutes, lockBefore, lockOn, cover, viewOnly, kbps, endNotices, shutDown, and the end that hours and
 *                           sessionHours give a session
 */
export const PolicyRules = z.strictObject({
  /** Networks that have names. [none] */
  places: z.array(Place).max(50).optional(),
  /** From where a person may sign in and connect: names of `places`, and ELSEWHERE. [everywhere] */
  from: z.array(z.string().min(1).max(40)).min(1).max(51).optional(),
  /** When a session may be opened, and when it ends. [at any time] */
  hours: WeekHours.optional(),
  /** So many managers have to approve what a person asks for (requests.ts): overtime, an office PC. [1] */
  approvals: z.int().min(1).max(MAX_APPROVALS).optional(),
  /** Overtime is approved until this hour of the day at most; 24 is midnight. [22] */
  overtimeUntil: z.int().min(1).max(24).optional(),
  /** Days on which `hours` are others; only for the server and an organisation. [every day is as its weekday] */
  calendar: Calendar.optional(),
  /** How the end of hours is announced, and for how long sessions go on after it. [15, 5 and 1 minutes before; for no time] */
  endNotices: EndNotices.optional(),
  /** Whether an office PC is switched off when hours have ended a session on it, where its own settings allow it. [no] */
  shutDown: z.enum(SHUT_DOWN).optional(),
  /** Without input for so long a session ends. [the office PC's own] */
  idleMinutes: z.int().min(5).max(25).optional(),
  /** A session ends after so long, used or not. [the sign-in's] */
  sessionHours: z.int().min(1).max(24).optional(),
  /** A sign-in ends after so long, used or not; not above the server's configuration. [the server's] */
  signInHours: z.int().min(1).max(24).optional(),
  /** By which code one signs in; with a duty at the console always by the app's. It needs a mail server (README). [app] */
  signInWays: z.enum(SIGN_IN_WAYS).optional(),
  /** See protection.ts. [the office PC's own] */
  lockBefore: z.enum(LOCK_BEFORE).optional(),
  lockOn: z.enum(LOCK_ON).optional(),
  /** Monitors of the office are covered: where it can be done; or else no session. [the office PC's own] */
  cover: z.enum(COVER).optional(),
  /** The picture is shown, and no input counts. [no] */
  viewOnly: z.boolean().optional(),
  /** Contract of the line for one session, in kbit/s as a mean. [100] */
  kbps: z.int().min(30).max(10_000).optional(),
  /** Whether a sleeping office PC may be woken. [yes] */
  wake: z.boolean().optional(),
  /** Days for which ended sessions and sign-ins are kept; only for the server and an organisation. [the server's] */
  retentionDays: z.int().min(30).max(3_650).optional(),
});
export type PolicyRules = z.infer<typeof PolicyRules>;
export type PolicyRule = keyof PolicyRules;
export const POLICY_RULES = Object.keys(PolicyRules.shape) as PolicyRule[];

export const POLICY_LEVELS = ["server", "organisation", "division", "person"] as const;
export const PolicyLevel = z.enum(POLICY_LEVELS);
export type PolicyLevel = z.infer<typeof PolicyLevel>;

/** Rules that a person or a division cannot have of their own. */
export const ORGANISATION_RULES: readonly PolicyRule[] = ["places", "calendar", "retentionDays"];

/** The rules that an office PC keeps by itself. */
const AGENT_RULES = [
  "idleMinutes",
  "lockBefore",
  "lockOn",
  "cover",
  "viewOnly",
  "kbps",
  "endNotices",
  "shutDown",
] as const;
export const AgentRules = PolicyRules.pick(
  Object.fromEntries(AGENT_RULES.map((rule) => [rule, true])) as Record<(typeof AGENT_RULES)[number], true>,
);
export type AgentRules = z.infer<typeof AgentRules>;

/** Twenty-two letters of base64url: the first 16 bytes of the content's SHA-256, see `agentPolicyId`. */
export const PolicyId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}$/)
  .brand<"PolicyId">();
export type PolicyId = z.infer<typeof PolicyId>;

export const AgentPolicy = z.strictObject({ id: PolicyId, rules: AgentRules });
export type AgentPolicy = z.infer<typeof AgentPolicy>;
/** As an office PC hears of it: null, where its version does not know all of the rules. The other sets of the same message count. */
export const ToldPolicy = z.strictObject({ id: PolicyId, rules: AgentRules.nullable().catch(null) });
export type ToldPolicy = z.infer<typeof ToldPolicy>;

/** Sets of rules that one office PC is told at once, and keeps at a time; those used longest ago give way. */
export const MAX_AGENT_POLICIES = 64;

/**
 * What holds for one session. `endsInMs`: by hours or sessionHours, from when it was sent, so that no clock has to be right; the office PC
 * ends it then by itself, also when the server is away. Left out: no such end.
 */
export const SessionPolicy = z.strictObject({
  id: PolicyId,
  endsInMs: z
    .int()
    .min(0)
    .max(7 * 86_400_000)
    .optional(),
  /** Which of the two gives the end: said to the person. */
  endsBy: z.enum(["hours", "session-hours"]).optional(),
});
export type SessionPolicy = z.infer<typeof SessionPolicy>;

/** The same rules always have the same name: keys in order, those within a rule too, nothing that is left out. */
export async function agentPolicyId(told: AgentRules): Promise<PolicyId> {
  const rules = AgentRules.parse(told);
  const text = JSON.stringify(AGENT_RULES.flatMap((rule) => (rules[rule] === undefined ? [] : [[rule, rules[rule]]])));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return PolicyId.parse(toBase64Url(hash.subarray(0, 16)));
}
