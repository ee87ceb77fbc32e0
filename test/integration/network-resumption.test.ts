/** The office PC's connections to its server resume an earlier one's TLS session, and never under other CAs. */
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Network } from "../../agent/network/network.ts";
import { post } from "../../agent/server/post.ts";
import { makePki } from "../support/pki.ts";

const { ca, cert, key } = makePki({ names: ["127.0.0.1"] });
const another = makePki({ names: ["127.0.0.1", "another.test"] });
const server = createServer({ cert, key, minVersion: "TLSv1.3" }, (request, response) =>
  response.end(JSON.stringify((request.socket as TLSSocket).isSessionReused())),
);
let url: URL;

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test("the second one resumes; who trusts somebody else only is not let in by it", async () => {
  const network = await Network.open({ proxy: { kind: "direct" }, caFile: undefined });
  const isResumed = async (trusted: string | undefined) => (await post({ network, ca: trusted }, url, {})).json;
  expect([await isResumed(ca), await isResumed(ca), await isResumed(ca)]).toEqual([false, true, true]);
  await expect(isResumed(another.ca)).rejects.toThrow();
  await expect(isResumed(undefined)).rejects.toThrow();
  expect(await isResumed(ca)).toBe(true);
});
