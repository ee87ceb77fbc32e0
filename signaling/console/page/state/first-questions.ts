/**
 * What the page asks before it is there itself: who is here, and what the place that the address says shows. The server answers while
 * the rest of the script runs. Must be imported before everything else, and imports next to nothing.
 */
import { askEarly } from "../../../client/early.ts";
import type { List } from "../../../protocol/console.ts";

const LISTS: readonly List[] = ["people", "terminals", "devices", "grants", "divisions", "sessions", "locks", "audit"];

/** A place with a search or a filter in it is asked for when the page is there. */
const [, place = "today"] = /^#?\/?([a-z]+)?$/.exec(location.hash) ?? [];
const list = LISTS.find((one) => one === place);

askEarly("/api/me");
// divisions are shown as a tree, from the top
if (list) askEarly(`/api/console/lists/${list}?${list === "divisions" ? "below=top&" : ""}limit=100`);
if (place === "today") askEarly("/api/console/today");
askEarly("/api/console/self");
