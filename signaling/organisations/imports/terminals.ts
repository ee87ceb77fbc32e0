/**
 * Office PCs from a file: a line without an ID, and with a name that there is not yet, is a new one, with a token for its enrolment.
 * The others get the name and the division of their line.
 */
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { type AllotmentId, DivisionId, type OrganisationId, TerminalId } from "../../protocol/ids.ts";
import { slices } from "../../slices.ts";
import type { TerminalStanding } from "../../store/queries/terminals.ts";
import type { Queries } from "../../store/queries.ts";
import { Allotments } from "../allotments.ts";
import type { Asking } from "../desk.ts";
import { newTerminal, newToken } from "../terminals.ts";
import { deedsOf, type Kind, type Reading, type TokenFor, type Undoing, type Undone, type Work } from "./kind.ts";
import { type File, type FileLine, key, LinePlan, type PlannedLine, textOf } from "./lines.ts";
import { OfficePcs } from "./office-pcs.ts";
import { record } from "./records.ts";
import {
  type Before,
  type ChangeOf,
  change,
  changeOf,
  changesOf,
  noticeOf,
  placesFor,
  removable,
  restore,
  type Standing,
} from "./standing.ts";
import { type Town, Towns } from "./towns.ts";

interface Add {
  readonly type: "add";
  readonly organisationId: OrganisationId;
  readonly divisionId: DivisionId | null;
  readonly name: string;
  readonly allotmentId: AllotmentId | null;
}

type Deed = Add | ChangeOf<TerminalStanding>;

const Done = z.array(
  z.strictObject({
    terminal: TerminalId,
    name: z.string(),
    added: z.literal(true).optional(),
    renamed: z.tuple([z.string(), z.string()]).readonly().optional(),
    moved: z.tuple([DivisionId.nullable(), DivisionId.nullable()]).readonly().optional(),
  }),
);
type Done = z.infer<typeof Done>[number];

const TERMINALS: Standing<TerminalStanding> = {
  kind: "terminal",
  column: "name",
  actions: { read: "terminal.read", rename: "terminal.rename", move: "terminal.move" },
  events: { renamed: "terminal.renamed", moved: "terminal.moved" },
  about: ({ id }) => ({ terminal: id }),
  setName: (q, { id }, name) => q.terminals.setName(id, name),
  setDivision: (q, { id }, divisionId) => q.terminals.setDivision(id, divisionId),
};

/** Many cannot be enrolled in one day: as long as a token on the command line may last at most is twice this. */
export const TOKENS_TTL_MS = 7 * 24 * 3_600_000;

export const terminals: Kind<Deed, Done, undefined> = {
  name: "terminals",
  action: "terminal.add",
  column: "name",
  events: { done: "terminal.imported", undone: "terminal.import-undone" },
  read: readTerminals,
  organisationOf: (deed) => (deed.type === "add" ? deed.organisationId : deed.row.organisationId),
  prepare: () => Promise.resolve(undefined),
  async apply(work, plan) {
    const tokens = await add(work, plan);
    const changing = deedsOf(plan, "change").map(({ deed }) => deed);
    for (const some of slices(changing)) {
      for (const { row, changed } of await change(work, TERMINALS, some))
        work.done.push({ terminal: row.id, ...changed });
      await setImmediate();
    }
    return { tokens, changes: noticeOf(TERMINALS, changing) };
  },
  done: Done,
  undo,
};

async function readTerminals(q: Queries, ask: Asking, { lines }: File, now: number): Promise<Reading<Deed>> {
  const towns = await Towns.named(q, ask, "terminal.add", lines);
  const pcs = new Map<Town, OfficePcs>();
  const towned = [...new Set([...towns.with(lines)].map(([town]) => town.row.id))];
  const allotments = await Allotments.of(q, ask, towned, now);
  const idOf = (line: FileLine): string => textOf(line, "id");
  for (const [town, own] of towns.with(lines))
    pcs.set(
      town,
      await OfficePcs.of(
        q,
        town,
        own.map((line) => idOf(line) || textOf(line, "name")),
      ),
    );
  const known = (line: FileLine) => {
    const town = towns.of(line);
    return (town && pcs.get(town)?.called(idOf(line) || textOf(line, "name"))) ?? [];
  };
  return {
    about(line) {
      const [only, ...more] = known(line);
      if (only && more.length === 0) return only.id;
      return idOf(line) || textOf(line, "name") === ""
        ? undefined
        : `${towns.nameOf(line)} ${key(textOf(line, "name"))}`;
    },
    says: (line) => `${key(textOf(line, "name"))}\n${key(textOf(line, "division"))}`,
    judge(line) {
      const plan = new LinePlan(line, "name");
      const name = plan.name("name");
      const town = towns.ask(line, plan);
      const [row, ...others] = known(line);
      if (idOf(line) && !TerminalId.safeParse(idOf(line).toUpperCase()).success) plan.wrong("id", "bad-id");
      else if (idOf(line) && town && !row) plan.wrong("id", "no-terminal");
      if (others.length > 0) plan.wrong("id", "which-terminal", [row, ...others].map((one) => one?.id).join(", "));
      const divisionId = town?.division(plan, "division", row?.divisionId ?? null);
      const values = {
        ...{ id: row && others.length === 0 ? row.id : idOf(line), name },
        organisation: town?.row.name ?? plan.text("organisation"),
        division: town && divisionId !== undefined ? town.places.path(divisionId) : plan.text("division"),
      };
      if (!town || divisionId === undefined) return plan.made<Deed>(values, undefined);
      if (row) {
        const deed = changeOf(TERMINALS, { plan, town, ask }, row, { name, divisionId });
        return plan.made<Deed>(values, deed, changesOf(deed, town));
      }
      const { id: organisationId } = town.row;
      if (!ask.may("terminal.add", town.places.of({ organisationId, divisionId }))) plan.wrong("division", "forbidden");
      const taken = allotments.take(organisationId);
      if (typeof taken === "string") plan.wrong("name", taken);
      const allotmentId = typeof taken === "string" ? null : taken;
      return plan.made<Deed>(values, { type: "add", organisationId, divisionId, name, allotmentId });
    },
  };
}

async function add(work: Work<Done>, plan: readonly PlannedLine<Deed>[]): Promise<TokenFor[]> {
  const { q, at } = work;
  const tokens: TokenFor[] = [];
  for (const some of slices(deedsOf(plan, "add"))) {
    const made = some.map(({ line, deed: { type: _, ...of } }) => {
      const row = newTerminal(of, at);
      return { line, row, token: newToken(row, { ttlMs: TOKENS_TTL_MS }, at) };
    });
    await q.terminals.insert(...made.map(({ row }) => row));
    await q.terminals.insertTokens(made.map(({ token }) => token.row));
    const rows = made.map(({ row }) => row);
    await record(work, rows, "terminal.added", ({ id, name }) => ({
      terminal: id,
      name,
      expiresAt: at + TOKENS_TTL_MS,
    }));
    for (const { line, row, token } of made) {
      const { organisation = "", division = "" } = line.values;
      tokens.push({ ...token.issued, organisation, division });
      work.done.push({ terminal: row.id, name: row.name, added: true });
    }
    await setImmediate();
  }
  return tokens;
}

/** What was added goes with its token, unless it was enrolled or given to somebody since; the others get back what there was. */
async function undo(undoing: Undoing, deeds: readonly Done[]): Promise<Undone> {
  const { q } = undoing;
  const ids = deeds.map(({ terminal }) => terminal);
  const rows = new Map((await q.terminals.standings(ids)).map((row) => [row.id, row]));
  const before = deeds.map((deed): Before<TerminalStanding> => {
    return { row: rows.get(deed.terminal), id: deed.terminal, changed: deed };
  });
  const places = await placesFor(q, before);
  const unused = new Set<string>(await q.terminals.neverUsed(ids));
  const isAsMade = () => true;
  const removed = removable(undoing, before, { action: "terminal.add", places, unused, isAsMade });
  if (removed.length > 0) await q.terminals.remove(removed.map(({ id }) => id));
  await record(undoing, removed, "terminal.removed", ({ id, name }) => ({ terminal: id, name }));
  return { removed: removed.length, ...(await restore(undoing, TERMINALS, before, places)) };
}
