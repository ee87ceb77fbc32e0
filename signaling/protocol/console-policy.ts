/**
 * Policy on the console: what holds at one place of the four levels, and changing it. Part of the console's HTTP API (console.ts).
 *
 *   GET  /api/console/policy/places                 where this principal may read or set policy → PolicyPlaces
 *   GET  /api/console/policy/:level/:id?auto=       → PolicyView; the server's id is "server"
 *   POST /api/console/policy/effect                 what a change would do, in numbers → PolicyEffect
 *   POST /api/console/policy                        with a fresh code → PolicyView
 *
 * Versions count per place from 1; 0 has no rules. A change names the version it was made on; when there is another one by now it is
 * refused with CONFLICT and nothing is lost.
 */
import { z } from "zod";
import { Count, Time, Words } from "./console.ts";
import { OneTimeCode } from "./console-acts.ts";
import { PolicyLevel, PolicyRules } from "./policy.ts";

export const PolicyPlaceId = z.strictObject({ level: PolicyLevel, id: z.string().min(1).max(64) });
export type PolicyPlaceId = z.infer<typeof PolicyPlaceId>;

export const PolicyPlace = z.strictObject({ ...PolicyPlaceId.shape, name: z.string().max(200) });
export type PolicyPlace = z.infer<typeof PolicyPlace>;

/** From above to below. People are not listed: they are come to from their own drawer. */
export const PolicyPlaces = z.strictObject({
  places: z.array(
    z.strictObject({
      ...PolicyPlace.shape,
      /** Levels below the first one that is listed. */
      depth: Count,
      /** Rules of its own. */
      count: Count,
      maySet: z.boolean(),
      /** Documents can be made of it (console-documents.ts). */
      hasDocuments: z.boolean(),
    }),
  ),
});
export type PolicyPlaces = z.infer<typeof PolicyPlaces>;

export const PolicyVersion = z.strictObject({
  version: Count,
  at: Time,
  /** Login of who set it; "server" for the command line. */
  by: z.string().max(200),
  because: z.string().max(200),
  rules: PolicyRules,
});
export type PolicyVersion = z.infer<typeof PolicyVersion>;

export const PolicyView = z.strictObject({
  place: PolicyPlace,
  maySet: z.boolean(),
  version: Count,
  /** Set here. */
  here: PolicyRules,
  /** What holds here, and for each rule where it comes from: this place or one above it. */
  inForce: PolicyRules,
  from: z.partialRecord(z.string(), PolicyPlace),
  /** Office PCs that are connected and that this place concerns, and how many of them have the rules as they are now. */
  agents: z.strictObject({ online: Count, have: Count }),
  /** This server sends no mails: `signInWays` changes nothing. */
  noMail: z.literal(true).optional(),
  /** Newest first, at most 50. */
  history: z.array(PolicyVersion),
});
export type PolicyView = z.infer<typeof PolicyView>;

const Change = { place: PolicyPlaceId, rules: PolicyRules };

export const PolicyAsked = z.strictObject(Change);
/** People and office PCs it concerns; sessions that are open, and how many of these would end by it. */
export const PolicyEffect = z.strictObject({ people: Count, terminals: Count, sessions: Count, ending: Count });
export type PolicyEffect = z.infer<typeof PolicyEffect>;

export const PolicySet = z.strictObject({ ...Change, basedOn: Count, because: Words, code: OneTimeCode });
export type PolicySet = z.infer<typeof PolicySet>;
