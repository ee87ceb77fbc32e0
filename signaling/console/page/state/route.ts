/**
 * Where one is, as it stands in the address: a link can be mailed, and a reload or a new sign-in comes back to the same place. It is
 * behind the `#`, so that words that were searched for (names of people) reach no server's log.
 *
 *   #/today   #/approvals   #/labour   #/import/people   #/policy?at=division:ID   #/waves   #/people?q=田中&state=barred&sort=-name&columns=name,state&after=CURSOR&open=people:ID
 */
import { LISTS, type List, STATES, UNSEEN_LISTS } from "../../../protocol/console.ts";
import type { ImportKind } from "../../../protocol/console-import.ts";
import type { PolicyPlaceId } from "../../../protocol/console-policy.ts";

export interface Open {
  readonly list: List;
  readonly id: string;
}

export interface Route {
  readonly place: "today" | "import" | (typeof PLACES)[number] | List;
  /** Of an import: what comes in. */
  readonly kind?: ImportKind;
  readonly q?: string;
  readonly state?: string;
  readonly sort?: string;
  /** Not seen for so many days. */
  readonly unseen?: string;
  /** Undefined: those that are shown unless somebody chooses. */
  readonly columns?: readonly string[];
  readonly after?: string;
  /** What the drawer shows. */
  readonly open?: Open;
  /** Whose policy. */
  readonly at?: PolicyPlaceId;
}

/** Pages of their own, in the order of the menu. */
export const PLACES = ["approvals", "labour", "waves", "policy"] as const;

/** Lists whose CSV comes back in. */
export const IMPORTED: readonly (ImportKind & List)[] = ["people", "terminals", "grants", "divisions"];

export const isList = (name: string | undefined): name is List => (LISTS as readonly string[]).includes(name ?? "");

/** What does not fit is left out: an address may be old, or typed. */
export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const params = new URLSearchParams(search);
  const open = parseOpen(params.get("open"));
  const at = parsePlace(params.get("at"));
  const own = PLACES.find((one) => one === path);
  if (own) return { place: own, ...(at && { at }), ...(open && { open }) };
  const [place, part] = path.split("/");
  const kind = IMPORTED.find((one) => one === part) ?? "people";
  if (place === "import") return { place, kind, ...(open && { open }) };
  if (!isList(path)) return { place: "today", ...(open && { open }) };
  const q = params.get("q")?.slice(0, 200);
  const state = params.get("state") ?? "";
  const sort = params.get("sort") ?? "";
  const unseen = params.get("unseen") ?? "";
  const columns = params.get("columns")?.split(",").filter(Boolean);
  const after = params.get("after")?.slice(0, 1_600);
  return {
    place: path,
    ...(q && { q }),
    ...((STATES[path] as readonly string[]).includes(state) && { state }),
    ...(/^-?[a-z-]{1,29}$/.test(sort) && { sort }),
    ...(/^[1-9][0-9]{0,2}$/.test(unseen) && UNSEEN_LISTS.has(path) && { unseen }),
    ...(columns && columns.length > 0 && { columns }),
    ...(after && { after }),
    ...(open && { open }),
  };
}

export function formatRoute(route: Route): string {
  const params = new URLSearchParams();
  for (const key of ["q", "state", "unseen", "sort", "after"] as const) if (route[key]) params.set(key, route[key]);
  if (route.columns) params.set("columns", route.columns.join(","));
  if (route.at) params.set("at", `${route.at.level}:${route.at.id}`);
  if (route.open) params.set("open", `${route.open.list}:${route.open.id}`);
  const search = params.toString();
  const place = route.kind ? `${route.place}/${route.kind}` : route.place;
  return `#/${place}${search === "" ? "" : `?${search}`}`;
}

/** What is open above it, and how a list is shown, does not matter. */
export const isSamePlace = (a: Route, b: Route): boolean =>
  a.place === b.place && a.kind === b.kind && a.at?.level === b.at?.level && a.at?.id === b.at?.id;

/** The same place with something else; what is given as undefined goes away. Another search, filter or order begins at the first page. */
export function changed(route: Route, change: { readonly [K in keyof Route]?: Route[K] | undefined }): Route {
  const restarts = ["q", "state", "unseen", "sort"].some((key) => key in change) && !("after" in change);
  const all = Object.entries({ ...route, ...(restarts && { after: undefined }), ...change });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined && value !== "")) as unknown as Route;
}

function parsePlace(text: string | null): PolicyPlaceId | undefined {
  const [, level, id] = /^(server|organisation|division|person):([\w-]{1,64})$/.exec(text ?? "") ?? [];
  return id === undefined ? undefined : { level: level as PolicyPlaceId["level"], id };
}

function parseOpen(text: string | null): Open | undefined {
  const [, list, id] = /^([a-z]+):(.{1,200})$/.exec(text ?? "") ?? [];
  return isList(list) && id !== undefined ? { list, id } : undefined;
}
