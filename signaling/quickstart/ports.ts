/** Which ports the product listens on: chosen when it starts for the first time, the same ever after (a browser's device key belongs to one origin, port included). */
import { createServer } from "node:net";

/** As it stands in a URL and in our settings: an IPv6 address in brackets. */
export const hostPort = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;

/**
 * Below those that the kernel gives to outgoing connections (32768 and up on Linux), of which hundreds come and go each second, and
 * without the one that browsers refuse there (10080, WHATWG Fetch § 2.9).
 */
const FIRST = 10_100;
const COUNT = 22_000;
const TRIES = 100;

/** Each process goes on from a place of its own: two that start together do not choose the same. */
let next = Math.floor(Math.random() * COUNT);

/** A port nobody listens on, the wished one if that is free. Taken and given back, so somebody may be faster: good enough for a demo. */
export async function freePort(wished?: number, host = "0.0.0.0"): Promise<number> {
  if (wished !== undefined && (await isFree(wished, host))) return wished;
  for (let tries = 0; tries < TRIES; tries += 1) {
    next = (next + 1) % COUNT;
    const port = FIRST + next; // somebody may ask meanwhile
    if (await isFree(port, host)) return port;
  }
  throw new Error("no free port");
}

export function isFree(port: number, host = "0.0.0.0"): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
