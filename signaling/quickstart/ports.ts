/** Which ports the product listens on: chosen when it starts for the first time, the same ever after (a browser's device key belongs to one origin, port included). */
import { createServer } from "node:net";

/** As it stands in a URL and in our settings: an IPv6 address in brackets. */
export const hostPort = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** A port nobody listens on, the wished one if that is free. Taken and given back, so somebody may be faster: good enough for a demo. */
export async function freePort(wished = 0, host = "0.0.0.0"): Promise<number> {
  return (await tryPort(wished, host)) ?? (await tryPort(0, host)) ?? Promise.reject(new Error("no free port"));
}

export async function isFree(port: number, host = "0.0.0.0"): Promise<boolean> {
  return (await tryPort(port, host)) !== undefined;
}

function tryPort(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : undefined));
    });
  });
}
