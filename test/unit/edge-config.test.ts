/** The settings of an edge of its own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readEdgeConfig } from "../../signaling/edge/config.ts";
import { tagKey } from "../../signaling/edge/ice-servers.ts";

const folder = mkdtempSync(join(tmpdir(), "engawa-edge-config-"));
afterAll(() => rmSync(folder, { recursive: true }));
const keyFile = join(folder, "edge.key");
writeFileSync(keyFile, tagKey("s".repeat(32), "inside").toString("base64url"));

const least = {
  ENGAWA_EDGE_LISTEN: "127.0.0.1:8080",
  ENGAWA_EDGE_WEB: "127.0.0.1:8081",
  ENGAWA_EDGE_TURN_UDP: "127.0.0.1:3478",
  ENGAWA_EDGE_TAG_KEY_FILE: keyFile,
};
const wrong = (more: Record<string, string>) => {
  const read = readEdgeConfig({ ...least, ...more });
  return read.ok ? [] : read.problems.map((problem) => problem.split(":")[0]).sort();
};

test("an edge is of the outside unless it is said, with the capacity of a server", () => {
  const read = readEdgeConfig(least);
  expect(read).toMatchObject({ ok: true, config: { ENGAWA_EDGE_SIDE: "outside", ENGAWA_CAPACITY_AGENTS: 10_000 } });
  expect(readEdgeConfig({ ...least, ENGAWA_EDGE_SIDE: "inside" })).toMatchObject({
    ok: true,
    config: { ENGAWA_EDGE_SIDE: "inside" },
  });
  expect(wrong({ ENGAWA_EDGE_SIDE: "between" })).toEqual(["ENGAWA_EDGE_SIDE"]);
  expect(wrong({ ENGAWA_CAPACITY_AGENTS: "20001" })).toEqual(["ENGAWA_CAPACITY_AGENTS"]);
});

test("it does without TLS on loopback alone, towards clients and towards signaling", () => {
  expect(wrong({ ENGAWA_EDGE_LISTEN: "192.0.2.5:443" })).toEqual(["ENGAWA_EDGE_TLS_CERT", "ENGAWA_EDGE_TLS_KEY"]);
  expect(wrong({ ENGAWA_EDGE_TLS_CERT: keyFile })).toEqual(["ENGAWA_EDGE_TLS_KEY"]);
  expect(wrong({ ENGAWA_EDGE_WEB: "10.0.0.5:8443" })).toEqual(["ENGAWA_EDGE_WEB_CA"]);
});
