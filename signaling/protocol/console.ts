/**
 * The console's HTTP API, on a listener and an origin of its own: bodies of requests and answers, JSON. Times are epoch ms. Whoever is
 * signed in sees and does what the one table allows (auth/permissions.ts); what they may not see is not there.
 *
 *   POST /api/sign-in/challenge, /api/sign-in, /api/sign-out, /api/password, GET /api/me     as on the page of staff (api.ts)
 *   GET  /api/console/self
 *   GET  /api/console/today
 *   GET  /api/console/lists/:list?q=&state=&sort=&below=&after=&limit=&auto=
 *   GET  /api/console/items/:list/:id?auto=
 *   POST /api/console/effect                                                  what an act would do, in numbers
 *   POST /api/console/acts                                                    does it
 *   /api/console/imports/...                                                  what comes from a file (console-import.ts)
 *   POST /api/console/bulk                                                    does the same to many
 *   /api/console/policy/...                                                   the rules, at the four levels (console-policy.ts)
 *   /api/console/waves/...                                                    declared events and IDs in waves (console-waves.ts)
 *
 * Each request comes from the console's own page: Sec-Fetch-Site "same-origin", which browsers say by themselves, and Origin on
 * a POST. Failures are ErrorResponse (api.ts): besides the usual ones CODE_NEEDED (a fresh one-time code is missing, wrong or
 * used) and ACT_REFUSED (it cannot be done as things stand; `refusal` says why, by its code and its facts: desk-refusals.ts).
 */
import { z } from "zod";
import {
  DivisionId,
  KeyCode,
  LockId,
  Login,
  OrganisationCode,
  OrganisationId,
  PersonId,
  SessionId,
  TerminalId,
} from "./ids.ts";
import { Receipt } from "./receipt.ts";

export const Time = z.number();
export const Count = z.int().min(0);
/** What people call things; control characters do not come in. */
export const Words = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]*$/u);

export const LISTS = ["people", "terminals", "devices", "grants", "divisions", "sessions", "locks", "audit"] as const;
export const List = z.enum(LISTS);
export type List = z.infer<typeof List>;

/**
 * Chips above each list; each is a filter (`state=`) and has its count. A row has one state: of several the first that fits.
 *
 *   people      disabled, barred (too many failures), no-code-yet (no code of their authenticator was ever right), must-change, active
 *   terminals   disabled, not-enrolled, set-aside (two PCs have its key), in-use, online, offline
 *   locks       lifted, ended, in-force
 *   grants      ended, ending (within GRANT_ENDING_MS), lasting
 */
export const STATES = {
  people: ["active", "barred", "disabled", "must-change", "no-code-yet"],
  terminals: ["in-use", "online", "offline", "set-aside", "not-enrolled", "disabled"],
  devices: ["waiting", "registered", "removed"],
  grants: ["lasting", "ending", "ended"],
  divisions: [],
  sessions: ["open", "ended"],
  locks: ["in-force", "ended", "lifted"],
  audit: [],
} as const satisfies Record<List, readonly string[]>;

export const GRANT_ENDING_MS = 14 * 24 * 3_600_000;

/** What each list may be sorted by; the first is the usual one. */
export const SORTS = {
  people: ["login", "name", "created-at"],
  terminals: ["name", "id", "since", "enrolled-at"],
  devices: ["-added-at", "person", "last-used-at", "code"],
  grants: ["person", "terminal", "until", "since"],
  divisions: ["name"],
  sessions: ["-requested-at", "ended-at", "person", "terminal"],
  locks: ["-created-at", "until", "id"],
  audit: ["-id"],
} as const satisfies Record<List, readonly string[]>;

export const PAGE_ROWS = 100;

/**
 * `q`: words that must all be found (NFKC, kana and case folded), in names, logins and IDs or in the names of organisation and
 * division; `field:word` looks in one of them (FIELDS). `after`: as the last page gave it, good for the same `sort` only.
 */
export const ListQuery = z.strictObject({
  q: z.string().max(200).default(""),
  state: z.string().max(20).optional(),
  /** A column's name, with `-` before it from the end. */
  sort: z
    .string()
    .max(30)
    .regex(/^-?[a-z-]+$/)
    .optional(),
  /** Only those that may still be used and have not been for so many days. */
  unseen: z.coerce.number().int().min(1).max(3_650).optional(),
  /** Of divisions those right below this one, or (`top`) below none that is in reach. */
  below: z.union([z.literal("top"), DivisionId]).optional(),
  after: z.string().max(1_600).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_ROWS).default(PAGE_ROWS),
  /** The page asks by itself and nobody pressed anything: that does not keep the sign-in alive. */
  auto: z.literal("1").optional(),
});
export type ListQuery = z.infer<typeof ListQuery>;
export const ItemQuery = ListQuery.pick({ auto: true });

/** Days without a sign of life, to be looked for: of a person a sign-in, of a device its use, of an office PC its connection. */
export const UNSEEN_DAYS = [30, 90, 180] as const;
export const UNSEEN_LISTS: ReadonlySet<List> = new Set<List>(["people", "terminals", "devices"]);

/** Names of fields in `q`, in both languages. */
export const FIELDS = {
  organisation: ["組織", "団体", "organisation"],
  division: ["所属", "部署", "division"],
  person: ["人", "職員", "person"],
  terminal: ["pc", "端末", "terminal"],
} as const;

const Named = z.strictObject({ id: z.string(), name: z.string() });
export const PersonRef = z.strictObject({ id: PersonId, login: Login, name: z.string() });
const TerminalRef = z.strictObject({ id: TerminalId, name: z.string() });
export const OrganisationRef = z.strictObject({ id: OrganisationId, code: OrganisationCode, name: z.string() });
const belongs = { organisation: OrganisationRef, division: Named.optional() };

export const PersonItem = z.strictObject({
  ...PersonRef.shape,
  ...belongs,
  state: z.enum(STATES.people),
  duties: z.array(z.strictObject({ role: z.string(), at: z.string() })),
  devices: Count,
  terminals: Count,
  lastSignInAt: Time.optional(),
  createdAt: Time,
  /** Where codes may be sent, masked (mail-address.ts). */
  mail: z.string().optional(),
});
export const TerminalItem = z.strictObject({
  ...TerminalRef.shape,
  ...belongs,
  state: z.enum(STATES.terminals),
  /** Of the state. */
  since: Time.optional(),
  holder: PersonRef.optional(),
  people: Count,
  /** Where the two PCs come from, of one that is set aside. */
  twins: z.tuple([z.string(), z.string()]).optional(),
  enrolledAt: Time.optional(),
  /** The event for which it has its ID, and its end; left out: none. */
  under: z.strictObject({ name: z.string(), until: z.string() }).optional(),
});
export const DeviceItem = z.strictObject({
  /** Of a waiting one `PERSON.CODE`. */
  id: z.string(),
  code: KeyCode,
  person: PersonRef,
  organisation: OrganisationRef,
  state: z.enum(STATES.devices),
  /** When it was seen first. */
  addedAt: Time,
  approvedBy: z.string().optional(),
  lastUsedAt: Time.optional(),
  /** Of a waiting one. */
  expiresAt: Time.optional(),
});
export const GrantItem = z.strictObject({
  /** `PERSON.TERMINAL` */
  id: z.string(),
  person: PersonRef,
  terminal: TerminalRef,
  organisation: OrganisationRef,
  state: z.enum(STATES.grants),
  /** The PC stands in the person's own division. */
  inDivision: z.boolean(),
  since: Time,
  until: Time.optional(),
});
export const DivisionItem = z.strictObject({
  id: DivisionId,
  name: z.string(),
  organisation: OrganisationRef,
  /** The way to it, from the top down. */
  above: z.array(Named),
  /** Right below it. */
  divisions: Count,
  /** In it and in all below it; `own`: in it alone. */
  people: Count,
  terminals: Count,
  own: z.strictObject({ people: Count, terminals: Count }),
});
export const SessionItem = z.strictObject({
  id: SessionId,
  person: PersonRef,
  terminal: TerminalRef,
  organisation: OrganisationRef,
  state: z.enum(STATES.sessions),
  requestedAt: Time,
  liveAt: Time.optional(),
  endedAt: Time.optional(),
  reason: z.string().optional(),
  lock: z.string().optional(),
});
/** Which of the optional fields say what it is on, `kind` says. */
export const LockItem = z.strictObject({
  id: LockId,
  kind: z.enum(["person", "device", "terminal", "division", "organisation", "session"]),
  organisation: OrganisationRef,
  division: Named.optional(),
  person: PersonRef.optional(),
  device: KeyCode.optional(),
  terminal: TerminalRef.optional(),
  session: SessionId.optional(),
  state: z.enum(STATES.locks),
  reason: z.string(),
  setBy: z.string(),
  createdAt: Time,
  until: Time.optional(),
  liftedAt: Time.optional(),
  liftedBy: z.string().optional(),
  /** Lifted without its code: office PCs may keep it yet. */
  isKept: z.boolean(),
  /** Office PCs connected at this moment that have said that they keep it. */
  keepers: Count,
});
export const AuditItem = z.strictObject({
  /** Its number in the chain. */
  id: z.string(),
  at: Time,
  event: z.string(),
  actor: z.string(),
  organisation: OrganisationRef.optional(),
  about: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
});
export const ITEMS = {
  people: PersonItem,
  terminals: TerminalItem,
  devices: DeviceItem,
  grants: GrantItem,
  divisions: DivisionItem,
  sessions: SessionItem,
  locks: LockItem,
  audit: AuditItem,
} as const satisfies Record<List, z.ZodType>;
export type ItemOf<L extends List> = z.infer<(typeof ITEMS)[L]>;

/** `total`: all that `q` and `state` leave; `counts`: of each state, all that `q` leaves. */
export const listAnswer = <L extends List>(list: L) =>
  z.strictObject({
    rows: z.array(ITEMS[list]),
    next: z.string().optional(),
    total: Count,
    counts: z.record(z.string(), Count),
  });

/** An office PC that knows a device, or knew it. `at`: its last session, when it was to be told, when it said that it has forgotten. */
export const KnowingTerminal = z.strictObject({
  terminal: TerminalRef,
  state: z.enum(["knows", "told", "forgotten"]),
  at: Time,
});
export type KnowingTerminal = z.infer<typeof KnowingTerminal>;

/** `isSigned`: with the key that the office PC had then; `isItsKeyNow`: which is the one it has now. */
const KeptReceipt = z.strictObject({
  receipt: Receipt,
  digest: z.string(),
  isSigned: z.boolean(),
  isItsKeyNow: z.boolean(),
});
export type KeptReceipt = z.infer<typeof KeptReceipt>;

/** One thing with everything about it: what belongs to it, and what happened to it, newest first (at most 100). */
export const ItemAnswer = z.strictObject({
  list: List,
  /** Fits ITEMS[list]. */
  item: z.unknown(),
  /** Which of ACTS this principal may do to it now. */
  acts: z.array(z.string()),
  people: z.array(PersonItem).optional(),
  terminals: z.array(TerminalItem).optional(),
  devices: z.array(DeviceItem).optional(),
  grants: z.array(GrantItem).optional(),
  sessions: z.array(SessionItem).optional(),
  locks: z.array(LockItem).optional(),
  /** Of a device. */
  knownBy: z.array(KnowingTerminal).optional(),
  /** Of a session that is over, once its office PC has said it. */
  receipt: KeptReceipt.optional(),
  timeline: z.array(AuditItem),
});
export type ItemAnswer = z.infer<typeof ItemAnswer>;

/** Each figure is a link to the list behind it: `list`, `state`, `q`. */
export const Figure = z.strictObject({
  kind: z.enum([
    "connected",
    "terminals-off",
    "terminals-set-aside",
    "devices-waiting",
    "confirmations-waiting",
    "requests-waiting",
    "grants-ending",
    "people-barred",
    "sessions-today",
    "locks",
  ]),
  count: Count,
  /** Where they stand: a list, or the page of their own. */
  list: z.union([List, z.literal("approvals")]),
  state: z.string().optional(),
  q: z.string().optional(),
});
/** Who is at the console, and what they may do somewhere. */
export const Self = z.strictObject({
  login: Login,
  name: z.string(),
  /** Of ACTS. */
  acts: z.array(z.string()),
  /** In reach, by name. */
  organisations: z.array(OrganisationRef),
  /** Where staff sign in: for what is handed to them on paper. */
  staffPage: z.string(),
  /** IDs are given in waves here, or this principal may apply for some (console-waves.ts). */
  waves: z.literal(true).optional(),
});
export type Self = z.infer<typeof Self>;

/** Asked for by one person, and to be confirmed by another (`confirmation.confirm`). */
export const WaitingConfirmation = z.strictObject({
  id: z.string(),
  action: z.string(),
  person: PersonRef,
  organisation: OrganisationRef,
  /** Of a device its code. */
  code: KeyCode.optional(),
  askedBy: z.string(),
  askedAt: Time,
  expiresAt: Time,
  /** Whether this principal may confirm it: not who asked. */
  mayConfirm: z.boolean(),
});
export type WaitingConfirmation = z.infer<typeof WaitingConfirmation>;

export type Figure = z.infer<typeof Figure>;
export const Today = z.strictObject({
  at: Time,
  figures: z.array(Figure),
  /** Most sessions at once in each quarter of an hour, the last 24 h, oldest first. */
  connected: z.array(z.strictObject({ at: Time, count: Count })),
  /**
   * What the sessions take of the line, in kbit/s, as the edges count it (signaling/line-use.ts): means of 10 s, the last quarter of an
   * hour, oldest first; and what is contracted for those that are open. Only for who sees all sessions of the server.
   */
  line: z
    .strictObject({
      contractKbps: Count,
      points: z.array(z.strictObject({ at: Time, kbps: Count })).max(100),
    })
    .optional(),
  /** Office PCs of which there are two, by name, at most 100. */
  setAside: z.array(TerminalItem),
  /** IDs in use whose event ends within a week, at most 100: the organisation, the event, its end. Left out: none. */
  expiring: z
    .array(z.strictObject({ organisation: z.string(), event: z.string(), until: z.string(), terminals: Count }))
    .optional(),
  /** The oldest first, at most 100. */
  confirmations: z.array(WaitingConfirmation),
});
export type Today = z.infer<typeof Today>;
