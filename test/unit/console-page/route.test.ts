/** The address of the console's page holds the whole state of a list, and takes nothing that does not fit. */
import { describe, expect, test } from "vitest";
import { changed, formatRoute, IMPORTED, parseRoute, type Route } from "../../../signaling/console/page/state/route.ts";

const FULL: Route = {
  place: "people",
  q: "田中 部署:総務&x=1#?",
  state: "barred",
  sort: "-name",
  columns: ["name", "state"],
  after: "eyJhIjoxfQ==",
  open: { list: "grants", id: "5b6c.K7QM-2Z9P-X4TD" },
};

describe("the address", () => {
  test("comes back as it was, Japanese and signs included", () => {
    expect(parseRoute(formatRoute(FULL))).toEqual(FULL);
    expect(parseRoute(formatRoute({ place: "today" }))).toEqual({ place: "today" });
    for (const kind of IMPORTED)
      expect(parseRoute(formatRoute({ place: "import", kind }))).toEqual({ place: "import", kind });
    expect(parseRoute("#/import")).toEqual({ place: "import", kind: "people" });
  });

  test("is short where there is nothing to say", () => {
    expect(formatRoute({ place: "audit" })).toBe("#/audit");
    expect(formatRoute({ place: "people", q: "" })).toBe("#/people");
  });

  test.each(["", "#", "#/", "#/nowhere", "#/nowhere?q=a", "#people/x"])("%j is today", (hash) =>
    expect(parseRoute(hash)).toEqual({ place: "today" }),
  );

  test("what does not fit is left out", () => {
    expect(parseRoute("#/people?state=online&sort=Name;&open=x:1&after=")).toEqual({ place: "people" });
    expect(parseRoute("#/terminals?state=online&sort=-since")).toEqual({
      place: "terminals",
      state: "online",
      sort: "-since",
    });
    expect(parseRoute(`#/people?q=${"a".repeat(500)}`).q).toHaveLength(200);
  });

  test("another filter begins at the first page; a drawer stays on the page", () => {
    expect(changed(FULL, { state: undefined })).not.toHaveProperty("after");
    expect(changed(FULL, { state: undefined })).not.toHaveProperty("state");
    expect(changed(FULL, { q: "佐藤" })).toMatchObject({ q: "佐藤", state: "barred", sort: "-name" });
    expect(changed(FULL, { open: undefined })).toMatchObject({ after: FULL.after });
    expect(changed(FULL, { open: undefined })).not.toHaveProperty("open");
  });
});
