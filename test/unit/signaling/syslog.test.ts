import { expect, test } from "vitest";
import { syslogFrame } from "../../../signaling/shipping/syslog.ts";

test("a line is its length, and ASCII whatever it says", () => {
  const line = { at: 0, kind: "person.renamed", id: { chain: 'a"]\\' }, message: { name: "縁側\u2028😀" } };
  const frame = syslogFrame(line, "host").toString("latin1");
  const [length = "", text = ""] = frame.split(/ (.*)/s);
  expect(Number(length)).toBe(text.length);
  expect(text).toMatch(
    /^<109>1 1970-01-01T00:00:00\.000Z host engawa - person\.renamed \[engawa@32473 chain="a\\"\\]\\\\"\] \{/,
  );
  expect(text).toMatch(/^[\x20-\x7e]*$/);
  expect(JSON.parse(text.slice(text.indexOf("{")))).toEqual(line.message);
});
