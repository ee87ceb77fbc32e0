/** On which hosts the agent connects to a relay. */
import { expect, test } from "vitest";
import { allowedRelayHosts, relayProblem } from "../../agent/peer/relay-url.ts";
import { otherRelayHosts } from "../../signaling/organisations/terminals.ts";

const SERVER = "https://10.0.0.5:443";
const problem = (url: string, identity: { url: string; relayHosts?: string[] }, setting: string[] = []) =>
  relayProblem(url, allowedRelayHosts(identity, setting));

test("on the server's, on those of the token and on those of the setting, by any port", () => {
  const identity = { url: SERVER, relayHosts: ["10.0.0.6", "2001:db8::6"] };
  for (const host of ["10.0.0.5", "10.0.0.6", "[2001:db8::6]", "turn.example"])
    expect([host, problem(`turn:${host}:4711?transport=udp`, identity, ["turn.example"])]).toEqual([host, undefined]);
  expect(problem("turn:10.0.0.7:3478", identity, ["turn.example"])).toContain("neither the server's host");
});

test.each([
  "127.0.0.1",
  "127.8.9.10",
  "127.1",
  "localhost",
  "relay.localhost",
  "[::1]",
  "[::]",
  "0.0.0.0",
  "[::ffff:127.0.0.1]",
])("on %s only while the server is on this PC, too, whoever named it", (host) => {
  const url = `turn:${host}:3478?transport=udp`;
  const named = [host];
  expect(problem(url, { url: SERVER, relayHosts: named }, named)).toContain("is this PC and the server is not");
  for (const server of ["https://127.0.0.1:443", "https://localhost:443", "https://[::1]:443"])
    expect([server, problem(url, { url: server }, named)]).toEqual([server, undefined]);
});

test("a token names hosts only where relays stand elsewhere than the server", () => {
  expect(otherRelayHosts(SERVER, ["turn:10.0.0.5:3478?transport=udp", "turns:10.0.0.5:443?transport=tcp"])).toBe(
    undefined,
  );
  expect(otherRelayHosts("https://[2001:DB8::5]:443", ["turn:[2001:db8::5]:3478"])).toBe(undefined);
  const elsewhere = [
    "turn:10.0.0.6:3478?transport=udp",
    "turns:TURN.example:443?transport=tcp",
    "turn:[2001:db8::6]:1",
  ];
  expect(otherRelayHosts(SERVER, ["turn:10.0.0.5:3478", ...elsewhere, ...elsewhere])).toEqual([
    "10.0.0.6",
    "turn.example",
    "2001:db8::6",
  ]);
});
