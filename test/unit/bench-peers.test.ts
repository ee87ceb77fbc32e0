/** Programs of others are installed for nobody who did not ask to be measured beside them. */
import { expect, test } from "vitest";
import { PEERS } from "../bench/peers/peer.ts";

const packages = new URL("../../signaling/quickstart/packages.mjs", import.meta.url).href;
const { PACKAGES, morePackages } = await import(packages);
const peerPackages = (args: readonly string[]) => morePackages("bench", args);

test("a peer's packages come with its name, however the option is written", () => {
  expect(peerPackages(["latency", "--peer", "novnc", "--json"])).toContain("novnc");
  expect(peerPackages(["latency", "--peer=novnc"])).toEqual(peerPackages(["--peer", "novnc", "latency"]));
  expect(peerPackages(["latency", "--peer", "xpra"])).not.toContain("novnc");
});

test("no peer, an unknown one, or a name that every object has brings nothing", () => {
  for (const args of [["trace"], ["trace", "--peer"], ["trace", "--peer", "rdp"], ["trace", "--peer=constructor"]])
    expect(peerPackages(args)).toEqual([]);
});

test("no command but a bench with a peer installs a peer", () => {
  const own = new Set(Object.values(PACKAGES).flat());
  for (const name of PEERS) for (const one of peerPackages(["--peer", name])) expect(own).not.toContain(one);
});
