/** Takes the PROXY header off a connection (proxy-protocol.ts): who the client is, and what follows stays in the socket. */
import type { Socket } from "node:net";
import {
  type ConnectionId,
  type Endpoint,
  PROXY_PREFIX_BYTES,
  parseProxyHeader,
  proxyBodyLength,
} from "./proxy-protocol.ts";

/** The header is the first packet. */
export const HEADER_TIMEOUT_MS = 5_000;

export type Client = Endpoint & { readonly connection: ConnectionId | undefined };

/** Reads exactly the header's bytes, so that what follows is still in the socket. */
export function readHeader(socket: Socket, done: (client: Client | undefined | "malformed") => void): void {
  let prefix: Buffer | undefined;
  const finish = (client: Client | undefined | "malformed") => {
    clearTimeout(timer);
    socket.off("readable", read);
    done(client);
  };
  const timer = setTimeout(() => finish("malformed"), HEADER_TIMEOUT_MS);
  socket.once("close", () => clearTimeout(timer));
  const read = () => {
    prefix ??= socket.read(PROXY_PREFIX_BYTES) ?? undefined;
    if (prefix === undefined) return;
    const length = proxyBodyLength(prefix);
    if (length === undefined) return finish("malformed");
    const body: Buffer | null = length === 0 ? Buffer.alloc(0) : socket.read(length);
    if (body === null) return;
    const header = parseProxyHeader(prefix, body);
    if (header?.kind === "proxied") finish({ ...header.source, connection: header.connection });
    else finish(header === undefined ? "malformed" : undefined);
  };
  socket.on("readable", read);
}

/** Whoever is given the socket sees the client's address instead of the one it came from. */
export function nameClient(socket: Socket, { address, port }: Endpoint): void {
  Object.defineProperty(socket, "remoteAddress", { value: address });
  Object.defineProperty(socket, "remotePort", { value: port });
}
