/** An edge for tests: over plain TCP or TLS, in front of a given relay, with a web server that says who asked. */
import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import { type Edge, type EdgeOptions, openEdge, type WebTarget } from "../../signaling/edge/edge.ts";
import { IceServers } from "../../signaling/edge/ice-servers.ts";
import { markProven } from "../../signaling/edge/proof.ts";
import type { Side } from "../../signaling/edge/side.ts";
import { newSecret } from "../../turn-config/generate.ts";
import type { User } from "../../turn-config/probe.ts";

export const quiet = { debug: () => {}, info: () => {}, warn: () => {} };

/**
 * Answers with the client's address and the length of what was sent; upgrades to an echo. A cookie is proof enough, whatever
 * it says, and an upgrade, unless the proof is the word that is said after it.
 */
export function echoWeb({ proof = "upgrade" }: { proof?: "upgrade" | "word" } = {}): Server {
  const web = createServer((request, response) => {
    if (request.headers.cookie !== undefined) markProven(request.socket);
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
    });
    request.on("end", () => response.end(JSON.stringify({ from: request.socket.remoteAddress, length })));
  });
  web.on("upgrade", (_, socket, head) => {
    if (proof === "upgrade") markProven(socket);
    else socket.once("data", () => markProven(socket));
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    socket.write(head);
    socket.pipe(socket);
  });
  return web;
}

export type EdgeUnderTest = { edge: Edge; web: WebTarget; ice: IceServers; user(): User; host: string; port: number };

export async function startEdge(
  relay: { host: string; port: number; secret?: string },
  options: Partial<Pick<EdgeOptions, "tls" | "limits" | "peers" | "log" | "balancers">> & {
    web?: WebTarget;
    side?: Side;
  } = {},
): Promise<EdgeUnderTest> {
  const ice = new IceServers({ secret: relay.secret ?? newSecret() });
  const { tls, limits, peers, balancers, log = quiet, web = echoWeb(), side = "outside" } = options;
  const edge = await openEdge({
    listen: { host: "127.0.0.1", port: 0 },
    web,
    turn: { host: relay.host, port: relay.port },
    isIssued: (username) => ice.isIssued(username, side),
    log,
    ...(tls && { tls }),
    ...(limits && { limits }),
    ...(peers && { peers }),
    balancers,
  });
  const user = () => {
    const { username, credential } = ice.issue({ session: randomUUID(), role: "viewer", attempt: 1, urls: ["turn:x"] });
    return { username, password: credential };
  };
  return { edge, web, ice, user, ...edge.address };
}
