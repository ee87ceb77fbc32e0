/** Divisions from a file, each with the path of those above it: what is not there is added, below divisions of the same file too. */
import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { DivisionId, type OrganisationId } from "../../protocol/ids.ts";
import { slices } from "../../slices.ts";
import type { Queries } from "../../store/queries.ts";
import type { DivisionRow } from "../../store/rows/tables.ts";
import type { Asking } from "../desk.ts";
import { MAX_DEPTH, placeOf } from "../places.ts";
import { deedsOf, type Kind, leave, type Reading, type Undoing } from "./kind.ts";
import { type File, type FileLine, key, LinePlan, type PlannedLine, pathKey, textOf } from "./lines.ts";
import { record } from "./records.ts";
import { type Town, Towns } from "./towns.ts";

interface Deed {
  readonly type: "add";
  readonly organisationId: OrganisationId;
  readonly name: string;
  /** One that is there, one of the same file, or none. */
  readonly below: DivisionId | Deed | null;
  /** 1: at the top. */
  readonly depth: number;
  readonly path: string;
}

const Done = z.array(
  z.strictObject({
    division: DivisionId,
    path: z.string(),
    below: DivisionId.nullable(),
    added: z.literal(true),
  }),
);
type Done = z.infer<typeof Done>[number];

export const divisions: Kind<Deed, Done, undefined> = {
  name: "divisions",
  action: "division.add",
  column: "name",
  events: { done: "division.imported", undone: "division.import-undone" },
  read: readDivisions,
  restsOn: ({ below }) => (below !== null && typeof below === "object" ? below : undefined),
  organisationOf: ({ organisationId }) => organisationId,
  prepare: () => Promise.resolve(undefined),
  async apply(work, plan) {
    const ids = new Map<Deed, DivisionId>();
    const deeds = deedsOf(plan, "add").map(({ deed }) => deed);
    for (const some of slices(deeds.toSorted((a, b) => a.depth - b.depth))) {
      const rows = some.map((deed): DivisionRow => {
        const { organisationId, name, below } = deed;
        const id = DivisionId.parse(randomUUID());
        const parentId = below !== null && typeof below === "object" ? ids.get(below) : below;
        if (parentId === undefined) throw new Error("a division below one that was not added");
        ids.set(deed, id);
        work.done.push({ division: id, path: deed.path, below: parentId, added: true });
        return { id, organisationId, parentId, name, createdAt: work.at };
      });
      await work.q.organisations.insertDivision(...rows);
      await record(work, rows, "division.added", ({ id, name, parentId }) => ({ division: id, name, below: parentId }));
      await setImmediate();
    }
    work.done.reverse(); // the lowest go first when it is undone
    return {};
  },
  done: Done,
  undo,
};

/** A division to be: one that is there, or one of the file. */
interface Node {
  readonly is: DivisionId | Deed;
  readonly depth: number;
  readonly path: string;
  /** The nearest that is there: what may be done there may be done here. */
  readonly ground: DivisionId | null;
}

async function readDivisions(q: Queries, ask: Asking, { lines }: File): Promise<Reading<Deed>> {
  const towns = await Towns.named(q, ask, "division.add", lines);
  const judged = new Map<FileLine, PlannedLine<Deed>>();
  const paths = new Map<FileLine, string>();
  for (const [town, own] of towns.with(lines)) {
    const tree = new Tree(town, ask);
    for (const [line, { planned, path }] of tree.judge(own)) {
      judged.set(line, planned);
      paths.set(line, `${town.row.id} ${path}`);
    }
    await setImmediate();
  }
  return {
    about: (line) => paths.get(line),
    says: () => "",
    judge(line) {
      const known = judged.get(line);
      if (known) return known;
      const plan = new LinePlan(line, "name");
      const name = plan.name("name");
      towns.ask(line, plan);
      const values = { name, organisation: plan.text("organisation"), parent: plan.text("parent") };
      return plan.made<Deed>(values, undefined);
    },
  };
}

/** The divisions of an organisation, those that there are and those of the file. */
class Tree {
  readonly #town: Town;
  readonly #ask: Asking;
  readonly #nodes = new Map<string, Node>();
  /** By the end of their paths. */
  readonly #ends = new Map<string, Node[]>();

  constructor(town: Town, ask: Asking) {
    this.#town = town;
    this.#ask = ask;
    for (const { id } of town.divisions) {
      const path = town.places.path(id);
      this.#grow({ is: id, depth: path.split("/").length, path, ground: id });
    }
  }

  #grow(node: Node): void {
    const names = node.path.split("/").map(key);
    this.#nodes.set(names.join("/"), node);
    for (let i = 0; i < names.length; i += 1) {
      const end = names.slice(i).join("/");
      this.#ends.set(end, [...(this.#ends.get(end) ?? []), node]);
    }
  }

  /** In whatever order they stand in the file. */
  judge(lines: readonly FileLine[]): Map<FileLine, { planned: PlannedLine<Deed>; path: string }> {
    const judged = new Map<FileLine, { planned: PlannedLine<Deed>; path: string }>();
    let waiting = lines;
    // by whole paths as long as that leads on, then by what is left of ways to say it
    for (const way of ["exact", "end", "none"] as const) {
      for (let before = -1; waiting.length !== before && waiting.length > 0; ) {
        before = waiting.length;
        for (const line of waiting) {
          const parents = this.#parents(line, way);
          if (parents) judged.set(line, this.#one(line, parents));
        }
        waiting = waiting.filter((line) => !judged.has(line));
      }
    }
    return judged;
  }

  /** Those that a line may mean; none: at the top. Undefined: not known yet. */
  #parents(line: FileLine, way: "exact" | "end" | "none"): readonly Node[] | "top" | undefined {
    const path = pathKey(textOf(line, "parent"));
    if (path === "") return "top";
    const exact = this.#nodes.get(path);
    if (exact) return [exact];
    if (way === "none") return [];
    return way === "end" ? this.#ends.get(path) : undefined;
  }

  #one(line: FileLine, parents: readonly Node[] | "top"): { planned: PlannedLine<Deed>; path: string } {
    const plan = new LinePlan(line, "name");
    const name = plan.name("name");
    if (name.includes("/")) plan.wrong("name", "has-slash");
    plan.lookForLost("parent");
    const [parent, ...others] = parents === "top" ? [] : parents;
    if (parents !== "top" && !parent) plan.wrong("parent", "no-division");
    if (others.length > 0) {
      const paths = [parent, ...others].map((one) => one?.path ?? "").sort();
      plan.wrong("parent", "which-division", paths.join(", "));
    }
    const { row, places } = this.#town;
    const path = parent ? `${parent.path}/${name}` : name;
    const values = { name, organisation: row.name, parent: parent?.path ?? plan.text("parent") };
    const at = pathKey(path);
    if (this.#nodes.has(at) && others.length === 0 && !name.includes("/"))
      return { planned: plan.made<Deed>(values, undefined), path: at };
    const depth = (parent?.depth ?? 0) + 1;
    if (depth >= MAX_DEPTH) plan.wrong("parent", "too-deep");
    const ground = parent?.ground ?? null;
    if (!this.#ask.may("division.add", places.of({ organisationId: row.id, divisionId: ground })))
      plan.wrong("parent", "forbidden");
    const deed: Deed = { type: "add", organisationId: row.id, name, below: parent?.is ?? null, depth, path };
    const planned = plan.made<Deed>(values, deed);
    if (planned.deed) this.#grow({ is: deed, depth, path, ground });
    return { planned, path: at };
  }
}

/** Those in which there is nothing by now, and that are where they were put. */
async function undo(undoing: Undoing, deeds: readonly Done[]): Promise<{ removed: number; restored: number }> {
  const { q, ask } = undoing;
  const removed: DivisionRow[] = [];
  for (const { division, path, below } of deeds) {
    const row = await q.organisations.divisionById(division);
    if (!row) leave(undoing, "", path, "gone");
    else if (!ask.may("division.add", await placeOf(q, { ...row, divisionId: row.parentId })))
      leave(undoing, "", path, "forbidden");
    else if (row.parentId !== below) leave(undoing, "", path, "changed");
    else if (!(await q.organisations.isDivisionEmpty(division))) leave(undoing, "", path, "used");
    else {
      await q.organisations.removeDivision(division);
      removed.push(row);
    }
  }
  await record(undoing, removed, "division.removed", ({ id, name }) => ({ division: id, name }));
  return { removed: removed.length, restored: 0 };
}
