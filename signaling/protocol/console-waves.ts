/**
 * Declared events and IDs of office PCs that are given in waves. Part of the console's HTTP API (console.ts).
 *
 *   GET  /api/console/waves?auto=          what this principal may see of it → WavesView
 *   POST /api/console/waves/read           a file (text/csv): what its lines ask for, and what is wrong in them → ApplicationFile
 *   POST /api/console/waves/apply          for themselves and those below → WavesView, as all below
 *   POST /api/console/waves/withdraw
 *   POST /api/console/waves/approve        several at once: a wave
 *   POST /api/console/waves/refuse
 *   POST /api/console/waves/declare
 *   POST /api/console/waves/effect         what another end would come to, in numbers → EventEffect
 *   POST /api/console/waves/end            another end, with a fresh code
 */
import { z } from "zod";
import { Count, OrganisationRef, Time, Words } from "./console.ts";
import { OneTimeCode } from "./console-acts.ts";
import { FILE_PROBLEMS } from "./console-import.ts";
import { ApplicationId, EventId, OrganisationId } from "./ids.ts";

/** 緊急事態措置 and まん延防止等重点措置 (新型インフルエンザ等対策特別措置法); IDs of no event are regular (通常). */
export const EVENT_BASES = ["emergency", "priority"] as const;
export const EventBasis = z.enum(EVENT_BASES);
export type EventBasis = z.infer<typeof EventBasis>;
export const BASES_OF_IDS = ["regular", ...EVENT_BASES] as const;
export type BasisOfIds = (typeof BASES_OF_IDS)[number];

export const APPLICATION_STATES = ["waiting", "approved", "refused", "withdrawn"] as const;
export const ApplicationState = z.enum(APPLICATION_STATES);
export type ApplicationState = z.infer<typeof ApplicationState>;

/** Municipalities and prefectures of Japan are fewer. */
const MAX_LINES = 2_000;
/** Of one organisation in one application. */
export const MAX_IDS_APPLIED = 100_000;
export const MAX_APPLICATION_BYTES = 192 * 1024;
/** That are approved together. */
const MAX_APPROVED = 100;

/** By the calendar on the server's wall. */
export const Day = z.iso.date();

const Line = { count: z.int().min(1).max(MAX_IDS_APPLIED) };

export const WaveApply = z.strictObject({
  /** Left out: IDs without an end (通常). */
  event: EventId.optional(),
  because: Words,
  lines: z
    .array(z.strictObject({ organisation: OrganisationId, ...Line }))
    .min(1)
    .max(MAX_LINES),
});
export type WaveApply = z.infer<typeof WaveApply>;

export const WaveWithdraw = z.strictObject({ application: ApplicationId });
export const WaveApprove = z.strictObject({ applications: z.array(ApplicationId).min(1).max(MAX_APPROVED) });
export const WaveRefuse = z.strictObject({ application: ApplicationId, word: Words });
export const EventDeclare = z.strictObject({ name: Words, basis: EventBasis, lastDay: Day });
export type EventDeclare = z.infer<typeof EventDeclare>;

/** At 24:00 of a day, or at once. */
export const LastDay = z.union([Day, z.enum(["today", "now"])]);
const NewEnd = { event: EventId, lastDay: LastDay };
export const EventAsked = z.strictObject(NewEnd);
export const EventEnd = z.strictObject({ ...NewEnd, reason: Words, code: OneTimeCode.optional() });

/** `sessions`: open ones, which end where the end is now. */
export const EventEffect = z.strictObject({
  given: Count,
  terminals: Count,
  organisations: Count,
  sessions: Count,
  endsAt: Time,
});
export type EventEffect = z.infer<typeof EventEffect>;

/** `until`: its end by the calendar on the server's wall, `2027-01-31 24:00`. */
const EventRef = z.strictObject({ id: EventId, name: z.string(), basis: EventBasis, until: z.string() });

export const WavesView = z.strictObject({
  at: Time,
  mayApply: z.boolean(),
  /** Decide about applications, declare events and end them. */
  mayDecide: z.boolean(),
  /** The newest first. */
  events: z.array(
    z.strictObject({ ...EventRef.shape, isOver: z.boolean(), given: Count, terminals: Count, organisations: Count }),
  ),
  /** Those that wait, first come first, and then the newest that were decided. */
  applications: z.array(
    z.strictObject({
      id: ApplicationId,
      organisation: OrganisationRef,
      event: EventRef.optional(),
      because: z.string(),
      at: Time,
      by: z.string(),
      state: ApplicationState,
      wave: Count.optional(),
      decidedAt: Time.optional(),
      word: z.string().optional(),
      count: Count,
      lines: z.array(z.strictObject({ organisation: OrganisationRef, ...Line })),
      mayWithdraw: z.boolean(),
    }),
  ),
  /** In force. */
  allotments: z.array(
    z.strictObject({
      id: Count,
      organisation: OrganisationRef,
      event: EventRef.optional(),
      count: Count,
      used: Count,
      left: Count,
    }),
  ),
  /** For whom this principal may apply, by name. */
  applyFor: z.array(OrganisationRef),
});
export type WavesView = z.infer<typeof WavesView>;

/** Columns of the file, by what stands above them. */
export const APPLICATION_COLUMNS = {
  code: ["団体コード", "Code"],
  organisation: ["団体", "団体名", "Organisation"],
  count: ["台数", "数", "IDs", "Count"],
  event: ["宣言", "根拠", "Event", "Basis"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export const APPLICATION_PROBLEMS = ["no-organisation", "no-count", "twice", "no-event", "other-event"] as const;

export const ApplicationFile = z.discriminatedUnion("is", [
  z.strictObject({
    is: z.literal("readable"),
    /** Of all lines; left out: regular IDs, or no line says anything. */
    event: EventId.optional(),
    lines: z.array(
      z.strictObject({
        /** As a spreadsheet numbers it. */
        row: Count,
        /** As the file says it. */
        name: z.string(),
        count: z.string(),
        /** What it asks for, where nothing is wrong. */
        line: z.strictObject({ organisation: OrganisationRef, ...Line }).optional(),
        problem: z.enum(APPLICATION_PROBLEMS).optional(),
      }),
    ),
  }),
  z.strictObject({ is: z.literal("unreadable"), problem: z.enum(FILE_PROBLEMS), row: Count.optional() }),
]);
export type ApplicationFile = z.infer<typeof ApplicationFile>;
