/**
 * Documents made from the live settings: rules for use, the sheet of communications, a leaflet, the matrix of duties, placement. Part
 * of the console's HTTP API (console.ts); the command line writes the same as a page of its own (signaling/documents).
 *
 *   GET /api/console/documents/:name?organisation=&auto=    of one organisation; without it of the whole server → Document
 *
 * What a document says is Japanese, in parts that have no look: whoever shows them gives them one.
 */
import { z } from "zod";
import { Time } from "./console.ts";
import { OrganisationId } from "./ids.ts";

export const DOCUMENTS = ["rules", "communications", "leaflet", "duties", "placement"] as const;
export const DocumentName = z.enum(DOCUMENTS);
export type DocumentName = z.infer<typeof DocumentName>;

/** `auto`: the page asks by itself, which is no use. */
export const DocumentQuery = z.strictObject({
  organisation: OrganisationId.optional(),
  auto: z.literal("1").optional(),
});

const Words = z.string().max(2_000);

/** `blank`: to be filled in by hand; what belongs there. `code`: as it is typed, or the name of a file. */
export const Run = z.union([Words, z.strictObject({ blank: Words }), z.strictObject({ code: Words })]);
export type Run = z.infer<typeof Run>;
/** A line of text. */
export const Line = z.array(Run).max(100);
export type Line = z.infer<typeof Line>;

/** Lengths of a drawing, in its own units. */
const Length = z.number().min(0).max(10_000);
const Corner = { x: Length, y: Length };
/** Said in words as well: `words`. */
export const Drawing = z.strictObject({
  width: Length,
  height: Length,
  words: Words,
  boxes: z.array(
    z.strictObject({
      ...{ ...Corner, width: Length, height: Length },
      kind: z.enum(["zone", "piece", "other"]),
      lines: z.array(Words).max(6),
    }),
  ),
  arrows: z.array(z.strictObject({ from: z.strictObject(Corner), to: z.strictObject(Corner), label: Words })),
});
export type Drawing = z.infer<typeof Drawing>;

export const Block = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("heading"), text: Words }),
  z.strictObject({ kind: z.literal("text"), line: Line }),
  z.strictObject({ kind: z.literal("list"), isOrdered: z.boolean(), lines: z.array(Line).max(200) }),
  z.strictObject({ kind: z.literal("table"), caption: Words, head: z.array(Words), rows: z.array(z.array(Line)) }),
  /** What must not be overlooked. */
  z.strictObject({ kind: z.literal("note"), lines: z.array(Line).max(50) }),
  z.strictObject({ kind: z.literal("drawing"), caption: Words, drawing: Drawing }),
]);
export type Block = z.infer<typeof Block>;

export const Document = z.strictObject({
  name: DocumentName,
  title: Words,
  /** Whose; undefined: the whole server's. */
  organisation: z.string().max(200).optional(),
  at: Time,
  /** Wide tables want the paper across. */
  isWide: z.boolean(),
  blocks: z.array(Block),
});
export type Document = z.infer<typeof Document>;
