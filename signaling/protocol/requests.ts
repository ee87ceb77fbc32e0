/**
 * What a person asks of their managers, with 用務 and until when: overtime (残業), which moves the end of today's hours, and the use
 * of an office PC of their division for a time. Bodies of requests and answers, JSON. Times are epoch ms.
 *
 *   on the page of staff (own cookie)
 *     GET  /api/requests             OwnRequests
 *     POST /api/requests             RequestAsk → OwnRequests; ACT_REFUSED where it cannot be asked for as things stand
 *     POST /api/requests/withdraw    RequestWithdraw → OwnRequests; ACT_REFUSED once somebody has answered, but for overtime that is approved
 *   for who may answer: at the console under /api/console, and on the page of staff, where a manager at home has nothing else
 *     GET  /approvals?auto=          Approvals
 *     POST /approvals                Decision → Approvals; ACT_REFUSED where somebody was first
 *     POST /approvals/take-back      TakeBack → Approvals: of overtime, by who approved it or administers
 */
import { z } from "zod";
import { PersonId, RequestId, TerminalId } from "./ids.ts";

export const REQUEST_KINDS = ["overtime", "grant"] as const;
export const RequestKind = z.enum(REQUEST_KINDS);
export type RequestKind = z.infer<typeof RequestKind>;

/**
 * `lapsed`: nobody answered in time. `ended`: approved, and its time is over. Of approved overtime, before its time was over: `taken-back`
 * by who looks after them, `given-up` by who asked.
 */
export const REQUEST_STATES = [
  "waiting",
  "approved",
  "refused",
  "withdrawn",
  "lapsed",
  "ended",
  "taken-back",
  "given-up",
] as const;
export const RequestState = z.enum(REQUEST_STATES);
export type RequestState = z.infer<typeof RequestState>;

/** How an office PC can be asked for: longer is for an administrator. */
export const MAX_GRANT_DAYS = 31;
export const MAX_PURPOSE = 200;

const Time = z.number();
/** One line; control characters do not come in. */
const Line = z
  .string()
  .trim()
  .min(1)
  .max(MAX_PURPOSE)
  .regex(/^[^\p{Cc}]*$/u);

/** `who`: as the audit names them. The "no" behind what was approved took it back. */
export const RequestAnswer = z.strictObject({
  who: z.string(),
  name: z.string(),
  at: Time,
  yes: z.boolean(),
  word: z.string().optional(),
});
export type RequestAnswer = z.infer<typeof RequestAnswer>;

const TerminalRef = z.strictObject({ id: TerminalId, name: z.string() });
const common = {
  id: RequestId,
  kind: RequestKind,
  purpose: z.string(),
  /** The office PC that is asked for. */
  terminal: TerminalRef.optional(),
  since: Time,
  until: Time,
  askedAt: Time,
  /** So many managers have to approve. */
  needed: z.int().min(1),
};

export const OwnRequest = z.strictObject({
  ...common,
  state: RequestState,
  answers: z.array(RequestAnswer.omit({ who: true })),
});
export type OwnRequest = z.infer<typeof OwnRequest>;

export const OwnRequests = z.strictObject({
  at: Time,
  /** Newest first; what was over yesterday is not here. */
  requests: z.array(OwnRequest),
  /** Left out: there is nothing to ask for now. `from`: hours end then, or now is after their end. */
  overtime: z.strictObject({ from: Time, latest: Time }).optional(),
  grant: z.strictObject({ latest: Time }),
  /** What they worked outside of hours this month, ms. */
  overtimeMs: z.number(),
  /** Of others, that wait for an answer of theirs. Left out: they answer nobody's (approvals). */
  toAnswer: z.int().min(0).optional(),
});
export type OwnRequests = z.infer<typeof OwnRequests>;

/** Whole, as all times are kept. */
const Until = z.int();

export const RequestAsk = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("overtime"), purpose: Line, until: Until }),
  /** By its 端末ID or its name. */
  z.strictObject({ kind: z.literal("grant"), purpose: Line, until: Until, terminal: Line }),
]);
export type RequestAsk = z.infer<typeof RequestAsk>;

export const RequestWithdraw = z.strictObject({ request: RequestId });

export const Approval = z.strictObject({
  ...common,
  state: RequestState,
  person: z.strictObject({ id: PersonId, login: z.string(), name: z.string() }),
  /** 総務部/総務課; empty: of the organisation as a whole. */
  division: z.string(),
  expiresAt: Time,
  answers: z.array(RequestAnswer),
  /** Their last session: on which PC, and when it ended; `end` left out: it goes on. */
  lastUse: z.strictObject({ terminal: z.string(), at: Time, end: Time.optional() }).optional(),
  /** What they worked outside of hours this month, ms. */
  overtimeMs: z.number(),
  /** Whether who asks may answer: not their own, not twice. */
  mayAnswer: z.boolean(),
  /** Whether who asks may take back what was approved. */
  mayTakeBack: z.boolean(),
});
export type Approval = z.infer<typeof Approval>;

export const Approvals = z.strictObject({
  at: Time,
  /** The one that ends first at first. */
  waiting: z.array(Approval),
  /** Of the last two days, the newest first. */
  decided: z.array(Approval),
});
export type Approvals = z.infer<typeof Approvals>;

export const Decision = z.strictObject({ request: RequestId, yes: z.boolean(), word: Line.optional() });
export type Decision = z.infer<typeof Decision>;

/** `reason`: the person reads it, and it stands in the record. */
export const TakeBack = z.strictObject({ request: RequestId, reason: Line });
export type TakeBack = z.infer<typeof TakeBack>;

export const ApprovalsQuery = z.strictObject({ auto: z.literal("1").optional() });
