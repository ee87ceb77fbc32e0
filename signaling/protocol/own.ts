/**
 * What a person sees and ends of their own, on the page of staff: bodies of requests and answers, JSON. Times are epoch ms. Nothing
 * here is about anybody but who holds the cookie.
 *
 *   GET  /api/own
 *   POST /api/own/sign-in-end     NOT_FOUND for one that is over, or is not theirs
 *   POST /api/own/session-end     the same
 *   POST /api/own/device-remove   the same; ends what was signed in with that browser
 *
 * Each is answered by Own, as it is then.
 */
import { z } from "zod";
import { KeyCode, SessionId, TerminalId } from "./ids.ts";
import { PolicyLevel, SIGN_IN_WAYS, WeekHours } from "./policy.ts";
import { COVER, LOCK_BEFORE, LOCK_ON, SHUT_DOWN } from "./protection.ts";

const Time = z.number();
const Count = z.int().min(0);

/** The browser that asks; another one. */
const Where = z.enum(["here", "elsewhere"]);

export const OwnSignIn = z.strictObject({
  id: z.string(),
  /** `over`: it ended, or has run out. */
  state: z.enum([...Where.options, "over"]),
  at: Time,
  lastUsedAt: Time,
  /** An IPv4 address, or the /64 of an IPv6 one. Left out: made before this was kept. */
  from: z.string().optional(),
  device: KeyCode,
  /** What the browser calls itself; it may say anything. */
  browser: z.string().optional(),
  /** At the administrators' console instead of the page of staff. */
  console: z.literal(true).optional(),
});
export type OwnSignIn = z.infer<typeof OwnSignIn>;

export const OwnDevice = z.strictObject({
  code: KeyCode,
  /** `waiting`: it gave the right password and code, and an administrator has not let it in. */
  state: z.enum([...Where.options, "waiting"]),
  browser: z.string().optional(),
  /** When it was seen first. */
  addedAt: Time,
  lastUsedAt: Time.optional(),
});
export type OwnDevice = z.infer<typeof OwnDevice>;

export const OwnSession = z.strictObject({
  id: SessionId,
  terminal: z.strictObject({ id: TerminalId, name: z.string() }),
  where: Where,
  since: Time,
});
export type OwnSession = z.infer<typeof OwnSession>;

/**
 * Rules that hold for a person. `count`: of some, as the server is set or policy says (minutes, hours, kbit/s, how many).
 *
 *   server      what the server holds them to
 *   office-pc   as policy says, and as IT has set it on each office PC, where it may be stricter; the server does not know how
 *   absent      nobody can switch it on: there is nothing to switch
 */
export const RULES = {
  server: [
    "hours",
    "days-off",
    "hours-grace",
    "places",
    "session-hours",
    "wake",
    "sign-in-idle",
    "sign-in-hours",
    "sign-ins-at-once",
    "sessions-at-once",
    "own-browser",
    "one-time-code",
  ],
  "office-pc": [
    "view-only",
    "office-idle",
    "office-lock-before",
    "office-lock",
    "office-cover",
    "office-power",
    "bandwidth",
  ],
  absent: ["no-copying", "no-files"],
} as const;

/** In place of the name of a day: public holidays. */
export const HOLIDAYS = "holidays";

/** What policy says of a rule that is no number. Names of places, and ELSEWHERE (policy.ts); days without hours, and HOLIDAYS. */
const Decided = z.union([
  WeekHours,
  z.array(z.string()).min(1),
  z.boolean(),
  z.enum([...LOCK_ON, ...LOCK_BEFORE, ...COVER, ...SHUT_DOWN, ...SIGN_IN_WAYS]),
]);

const Rule = z.strictObject({
  rule: z.enum([...RULES.server, ...RULES["office-pc"], ...RULES.absent]),
  count: Count.optional(),
  value: Decided.optional(),
  /** Where policy says it; the server and the person need no name. Left out: policy says nothing of it. */
  from: z.strictObject({ level: PolicyLevel, name: z.string() }).optional(),
});
export type Rule = z.infer<typeof Rule>;
export type RuleName = Rule["rule"];

export const Own = z.strictObject({
  /** Newest first; the oldest are left out. */
  signIns: z.array(OwnSignIn),
  /** Attempts under this login since the sign-in before this one, whoever made them. `at`, `from`: of the last. */
  refused: z.strictObject({ count: Count, at: Time.optional(), from: z.string().optional() }),
  devices: z.array(OwnDevice),
  sessions: z.array(OwnSession),
  rules: z.array(Rule),
});
export type Own = z.infer<typeof Own>;

export const SignInEnd = z.strictObject({ signIn: z.string().min(1).max(64) });
export const SessionEnd = z.strictObject({ session: SessionId });
export const DeviceRemove = z.strictObject({ device: KeyCode });
