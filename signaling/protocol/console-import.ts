/**
 * People, office PCs, grants and divisions from a CSV file, in three steps: the file, what would become of each of its lines, and
 * doing it. Part of the console's HTTP API (console.ts). `:kind` is one of IMPORT_KINDS.
 *
 *   POST /api/console/imports/:kind?offset=   the file as it is (text/csv; at most MAX_IMPORT_BYTES) → ImportPreview, or why it cannot be read
 *   POST /api/console/imports/:kind/apply     what was shown is done, in one write, with a fresh code → Imported
 *   GET  /api/console/imports/:kind/last      one's own last import of this kind, while it can be undone
 *   POST /api/console/imports/:kind/undo      with a fresh code → ImportUndone
 *
 * The file is what the list's CSV export gives: its columns by their names in either language, in any order. IMPORT_NEEDED have to
 * be there; columns that are not read (IMPORT_COLUMNS) are left alone.
 */
import { z } from "zod";
import { Words } from "./console.ts";
import { OneTimeCode } from "./console-acts.ts";
import { Login, OrganisationCode, TerminalId } from "./ids.ts";

/** Some 400 bytes for each of the lines. */
export const MAX_IMPORT_BYTES = 4 * 1024 * 1024;
export const MAX_IMPORT_LINES = 10_000;
/** How long an import can be undone. */
export const UNDO_MS = 24 * 3_600_000;

export const IMPORT_KINDS = ["people", "terminals", "grants", "divisions"] as const;
export const ImportKind = z.enum(IMPORT_KINDS);
export type ImportKind = z.infer<typeof ImportKind>;

const ORGANISATION = ["団体", "団体コード", "Organisation"] as const;
const DIVISION = ["部署", "所属", "Division"] as const;

/** What is read, by what stands above it: as the export writes it in either language, and what else people call it. */
export const IMPORT_COLUMNS = {
  people: {
    name: ["名前", "氏名", "Name"],
    login: ["職員ID", "職員番号", "Login"],
    organisation: ORGANISATION,
    division: DIVISION,
    mail: ["メールアドレス", "メール", "Mail address", "Mail", "E-mail"],
  },
  terminals: {
    name: ["名前", "パソコン名", "PC名", "Name"],
    id: ["端末ID", "Terminal ID"],
    organisation: ORGANISATION,
    division: DIVISION,
  },
  grants: {
    person: ["職員", "職員ID", "職員番号", "Person", "Login"],
    terminal: ["職場のパソコン", "端末ID", "パソコン", "Office PC", "Terminal ID"],
    organisation: ORGANISATION,
    until: ["期限", "Until"],
  },
  divisions: {
    name: ["名前", "部署", "部署名", "Name"],
    organisation: ORGANISATION,
    parent: ["上の部署", "Division above"],
  },
} as const satisfies Record<ImportKind, Readonly<Record<string, readonly string[]>>>;
type ColumnsOf<K extends ImportKind> = keyof (typeof IMPORT_COLUMNS)[K];
export type ImportColumn = { [K in ImportKind]: ColumnsOf<K> }[ImportKind];
export const IMPORT_COLUMN_NAMES = [
  ...new Set(IMPORT_KINDS.flatMap((kind) => Object.keys(IMPORT_COLUMNS[kind]) as ImportColumn[])),
];
const Column = z.enum(IMPORT_COLUMN_NAMES);

/** Without these there is nothing to be known of a line. */
export const IMPORT_NEEDED: { readonly [K in ImportKind]: readonly ColumnsOf<K>[] } = {
  people: ["login", "name"],
  terminals: ["name"],
  grants: ["person", "terminal"],
  divisions: ["name"],
};

/** Minutes that the clock of who reads the file is ahead of UTC: its dates are of their calendar. */
export const ImportQuery = z.strictObject({ offset: z.coerce.number().int().min(-840).max(840).default(540) });

/** Above the column that is added to lines that come back; it is not read, and not added twice. */
export const PROBLEM_COLUMN = ["直すところ", "To mend"] as const;

/** Why a file as a whole is not taken. */
export const FILE_PROBLEMS = [
  "excel",
  "not-text",
  "quotes",
  "empty",
  "no-column",
  "column-twice",
  "too-many-lines",
] as const;
export type FileProblem = (typeof FILE_PROBLEMS)[number];

/** What is wrong in a line. */
export const LINE_PROBLEMS = [
  "missing",
  "bad-login",
  "bad-name",
  "bad-mail",
  "lost-letter",
  "too-many-cells",
  "twice",
  "zeros",
  "no-organisation",
  "which-organisation",
  "no-division",
  "which-division",
  "no-person",
  "bad-id",
  "no-terminal",
  "which-terminal",
  "bad-date",
  "past",
  "has-slash",
  "too-deep",
  "forbidden",
  "changed-meanwhile",
  "no-allotment",
  "used-up",
] as const;
export type LineProblem = (typeof LINE_PROBLEMS)[number];

export const FATES = ["add", "change", "same", "wrong"] as const;
export type Fate = (typeof FATES)[number];

const Count = z.int().min(0);
const Text = z.string();

export const ImportLine = z.strictObject({
  /** As a spreadsheet numbers it. */
  row: Count,
  fate: z.enum(FATES),
  /** As the file says it or, where it says nothing, the store. */
  values: z.partialRecord(Column, Text),
  changes: z.array(z.strictObject({ column: Column, from: Text, to: Text })),
  /** `fact`: the other line's number, the login with its zeros, the divisions or office PCs that might be meant. */
  problems: z.array(z.strictObject({ column: Column, problem: z.enum(LINE_PROBLEMS), fact: Text.optional() })),
  /** Of a wrong one, as they came. */
  cells: z.array(Text).optional(),
});
export type ImportLine = z.infer<typeof ImportLine>;

const Counts = z.strictObject({ add: Count, change: Count, same: Count, wrong: Count });

export const ImportPreview = z.discriminatedUnion("is", [
  z.strictObject({
    is: z.literal("readable"),
    /** For what is done with it: good for half an hour, once, for who asked. */
    token: Text,
    header: z.array(Text),
    /** Columns that are not read. */
    ignored: z.array(Text),
    counts: Counts,
    lines: z.array(ImportLine),
  }),
  z.strictObject({
    is: z.literal("unreadable"),
    problem: z.enum(FILE_PROBLEMS),
    row: Count.optional(),
    column: Column.optional(),
  }),
]);
export type ImportPreview = z.infer<typeof ImportPreview>;

const said = { reason: Words, code: OneTimeCode.optional() };

export const ImportRequest = z.strictObject({ token: z.string().max(64), ...said });
export const UndoRequest = z.strictObject({ import: z.uuid(), ...said });

/** What is handed to a newcomer; it is said once. */
export const FirstLetter = z.strictObject({
  login: Login,
  name: Text,
  organisation: Text,
  /** Where the server has several organisations: to sign in, one has to say it. */
  organisationCode: OrganisationCode.optional(),
  division: Text,
  password: Text,
  otpauth: Text,
});
export type FirstLetter = z.infer<typeof FirstLetter>;

/** With what a new office PC enrols; it is said once. */
export const NewToken = z.strictObject({
  terminal: TerminalId,
  name: Text,
  organisation: Text,
  division: Text,
  token: Text,
  expiresAt: z.number(),
});
export type NewToken = z.infer<typeof NewToken>;

export const Imported = z.strictObject({
  counts: Counts,
  /** Those that were wrong before, and those that have become so meanwhile. */
  wrong: z.array(ImportLine),
  letters: z.array(FirstLetter),
  tokens: z.array(NewToken),
});
export type Imported = z.infer<typeof Imported>;

export const LastImport = z.strictObject({
  last: z
    .strictObject({ import: z.uuid(), at: z.number(), until: z.number(), added: Count, changed: Count })
    .optional(),
});
export type LastImport = z.infer<typeof LastImport>;

/** `left`: what stays as it is, and why: it is in use meanwhile, or changed, or out of reach. `id`: what is unique beside the name, if anything is. */
export const ImportUndone = z.strictObject({
  removed: Count,
  restored: Count,
  left: z.array(z.strictObject({ id: Text, name: Text, why: z.enum(["used", "changed", "forbidden", "gone"]) })),
});
export type ImportUndone = z.infer<typeof ImportUndone>;
