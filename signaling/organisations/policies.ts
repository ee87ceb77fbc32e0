/**
 * Setting policy (protocol/policy.ts) and looking at it, at the four levels. A change names the version it was made on, so that of
 * two who change the same place at once the second one hears of the first. No version is ever changed or removed.
 */
import { createHash } from "node:crypto";
import type { Place } from "../auth/principal.ts";
import { ROOT } from "../auth/principal.ts";
import type { PolicyEffect, PolicyPlaceId, PolicyView } from "../protocol/console-policy.ts";
import { RequestError } from "../protocol/errors.ts";
import { DivisionId, OrganisationId, PersonId, type TerminalId } from "../protocol/ids.ts";
import { ELSEWHERE, ORGANISATION_RULES, POLICY_RULES, PolicyRules } from "../protocol/policy.ts";
import type { Queries } from "../store/queries.ts";
import type { PolicyRow } from "../store/rows/tables.ts";
import { type Asking, type Desk, DeskError, look, perform } from "./desk.ts";
import { placeOf } from "./places.ts";
import { withNames } from "./policy-names.ts";
import { whySessionEnds } from "./policy-now.ts";
import { unknownPlaces } from "./policy-resolve.ts";
import { type Change, type PolicyStanding, PolicyTree, rulesOf, SERVER } from "./policy-tree.ts";

/** Versions that are shown. */
const HISTORY = 50;

/** What is known of the office PCs that are connected (hub/policies.ts). */
export interface PolicyKeepers {
  /** Those that are connected. */
  readonly online: Iterable<TerminalId>;
  /** It has said that it has the rules for all who may use it, as they are now. */
  has(terminal: TerminalId): boolean;
}

/** `agents`: left out where nobody is connected, as on the command line. */
export function policyView(desk: Desk, place: PolicyPlaceId, agents?: PolicyKeepers): Promise<PolicyView> {
  return look(desk, async (q, ask) => {
    const found = await placeFor(q, ask, "policy.read", place);
    const key = { level: place.level, place: place.id };
    const history = await q.policies.history(key, HISTORY);
    const tree = await PolicyTree.around(q, [found.standing]);
    const { inForce, from } = await withNames(q, tree, tree.of(found.standing));
    return {
      place: { ...place, name: found.name },
      maySet: ask.may("policy.set", found.at),
      version: history[0]?.version ?? 0,
      here: tree.own(place),
      inForce,
      from,
      agents: await countAgents(q, place, agents),
      history: history.map(({ version, at, by, because, rules }) => ({
        ...{ version, at, because },
        by: loginOf(by),
        rules: rulesOf({ rules }),
      })),
    };
  });
}

/** What a change would do now. */
export function policyEffect(desk: Desk, place: PolicyPlaceId, rules: PolicyRules): Promise<PolicyEffect> {
  return look(desk, async (q, ask) => {
    await placeFor(q, ask, "policy.set", place);
    const key = { level: place.level, place: place.id };
    const sessions = await q.policies.sessionsOf(key);
    const before = await PolicyTree.around(q, sessions);
    const after = before.with({ place, rules });
    const now = desk.now();
    const ending = sessions.filter((session) => {
      const ends = (tree: PolicyTree) =>
        whySessionEnds(
          tree.of(session).inForce,
          { since: session.requestedAt, from: session.address ?? undefined },
          now,
        );
      return ends(after) !== undefined && ends(before) === undefined;
    });
    return { ...(await q.policies.concerned(key)), sessions: sessions.length, ending: ending.length };
  });
}

export interface PolicyChange extends Change {
  /** The version that was seen; 0: none. */
  readonly basedOn: number;
  readonly because: string;
}

/** Throws what setPolicy would for who may not, or was overtaken: before a code is used up for that. */
export function mustBeSettable(desk: Desk, { place, basedOn }: Pick<PolicyChange, "place" | "basedOn">): Promise<void> {
  return look(desk, async (q, ask) => {
    await settable(q, ask, place, basedOn);
  });
}

/**
 * All rules of this place; those that are left out are inherited from now on. Throws CONFLICT where there is another version by now.
 * A running server hears of it within seconds, and by a notice (`{ kind: "policy" }`) at once.
 */
export function setPolicy(desk: Desk, change: PolicyChange): Promise<void> {
  const { place, basedOn, because } = change;
  const rules = PolicyRules.parse(change.rules);
  return perform({ ...desk, reason: because }, "policy.set", async (q, ask, at) => {
    const { found, before } = await settable(q, ask, place, basedOn);
    const text = JSON.stringify(rules);
    const changed = POLICY_RULES.filter((rule) => JSON.stringify(before[rule]) !== JSON.stringify(rules[rule]));
    if (changed.length === 0) throw new DeskError("policy-unchanged", {});
    await mustFit(q, { place, rules }, found.standing);
    const row: PolicyRow = {
      ...{ level: place.level, place: place.id, version: basedOn + 1, rules: text },
      ...{ at, by: desk.principal.who, because },
    };
    await q.policies.insert(row);
    const about = { level: place.level, ...found.about, version: row.version, changed: changed.join(" ") };
    // the rules themselves stay where they are, and the chain says what they were
    const digest = createHash("sha256").update(text).digest("base64url");
    return { organisation: found.at.organisations[0] ?? null, about: { ...about, digest }, result: undefined };
  });
}

async function settable(
  q: Queries,
  ask: Asking,
  place: PolicyPlaceId,
  basedOn: number,
): Promise<{ found: Found; before: PolicyRules }> {
  const found = await placeFor(q, ask, "policy.set", place);
  const [newest] = await q.policies.history({ level: place.level, place: place.id }, 1);
  const version = newest?.version ?? 0;
  if (version !== basedOn)
    throw new RequestError("CONFLICT", `it was changed meanwhile: version ${version}`, { details: { version } });
  return { found, before: newest ? rulesOf(newest) : {} };
}

interface Found {
  readonly name: string;
  readonly standing: PolicyStanding;
  readonly at: Place;
  /** As the audit names it. */
  readonly about: Readonly<Record<string, string>>;
}

/** Asks whether it is allowed there. Who may not is told that there is no such place. */
async function placeFor(
  q: Queries,
  ask: Asking,
  action: "policy.read" | "policy.set",
  place: PolicyPlaceId,
): Promise<Found> {
  const found = await placeNamed(q, place);
  if (!found || !ask.may("policy.read", found.at)) {
    ask.mustSomewhere(action);
    if (place.level === "server") ask.must(action, ROOT);
    throw new DeskError("policy-place-unknown", {});
  }
  ask.must(action, found.at);
  return found;
}

async function placeNamed(q: Queries, { level, id }: PolicyPlaceId): Promise<Found | undefined> {
  switch (level) {
    case "server":
      return id === SERVER.id ? { name: "", standing: {}, at: ROOT, about: {} } : undefined;
    case "organisation": {
      const row = await q.organisations.byId(OrganisationId.safeParse(id).data ?? NOBODY);
      if (!row) return undefined;
      const standing = { organisationId: row.id };
      return { name: row.name, standing, at: await placeOf(q, standing), about: { organisation: row.code } };
    }
    case "division": {
      const row = await q.organisations.divisionById(DivisionId.safeParse(id).data ?? NOBODY);
      if (!row) return undefined;
      const standing = { organisationId: row.organisationId, divisionId: row.id };
      return { name: row.name, standing, at: await placeOf(q, standing), about: { division: row.id } };
    }
    case "person": {
      const row = await q.people.byId(PersonId.safeParse(id).data ?? NOBODY);
      if (!row) return undefined;
      const { organisationId, divisionId, login, name } = row;
      const at = await placeOf(q, row);
      return { name, standing: { organisationId, divisionId, personId: row.id }, at, about: { login } };
    }
  }
}

// an id that nobody has
const NOBODY = "" as never;

/** Throws DeskError where these rules cannot be set there. */
async function mustFit(q: Queries, change: Change, standing: PolicyStanding): Promise<void> {
  const { place, rules } = change;
  const above = place.level === "server" || place.level === "organisation";
  const wrong = above ? [] : ORGANISATION_RULES.filter((rule) => rules[rule] !== undefined);
  if (wrong.length > 0) throw new DeskError("policy-above-only", { rules: wrong.join(", ") });
  const names = (rules.places ?? []).map(({ name }) => name);
  if (new Set(names).size < names.length) throw new DeskError("policy-name-twice", {});
  if (names.includes(ELSEWHERE)) throw new DeskError("policy-name-kept", { name: ELSEWHERE });
  const here = (await PolicyTree.around(q, [standing])).with(change).of(standing).inForce;
  const [unknown] = unknownPlaces(here);
  if (unknown !== undefined) throw new DeskError("policy-name-unknown", { name: unknown });
  await mustFitBelow(q, change);
}

/** What others have set on these names. */
async function mustFitBelow(q: Queries, change: Change): Promise<void> {
  if (change.place.level !== "server" && change.place.level !== "organisation") return;
  const rows = [
    ...(await q.policies.withRule("from", ["organisation", "division", "person"])),
    ...(await q.policies.withRule("places", ["organisation"])),
  ];
  const found: Found[] = [];
  for (const { level, place: id } of rows) {
    const one = await placeNamed(q, { level, id });
    if (one) found.push(one);
  }
  const standings = found.map(({ standing }) => standing);
  const before = await PolicyTree.around(q, standings);
  const after = before.with(change);
  for (const { name, standing } of found) {
    const known = unknownPlaces(before.of(standing).inForce);
    const [lost] = unknownPlaces(after.of(standing).inForce).filter((one) => !known.includes(one));
    if (lost !== undefined) throw new DeskError("policy-name-used", { name: lost, by: name });
  }
}

async function countAgents(
  q: Queries,
  { level, id }: PolicyPlaceId,
  agents: PolicyKeepers | undefined,
): Promise<PolicyView["agents"]> {
  if (!agents) return { online: 0, have: 0 };
  const of = level === "server" ? undefined : new Set(await q.policies.terminalsOf({ level, place: id }));
  const online = [...agents.online].filter((terminal) => of === undefined || of.has(terminal));
  return { online: online.length, have: online.filter((terminal) => agents.has(terminal)).length };
}

/** The command line is the server's; `person:midori/sato` is sato of another organisation. */
const loginOf = (by: string): string => (by.startsWith("person:") ? by.slice("person:".length) : "server");
