/**
 * The listener for those who watch over the server: plain HTTP, on loopback or in the network of administration, where the
 * operator puts it. It stands beside the edges, so that it answers while strangers hold every connection there.
 */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { REQUEST_TIMEOUTS } from "../edge/request-timeouts.ts";

/** A few programs ask, each by one connection. */
const MAX_CONNECTIONS = 64;

export interface MonitoringListener {
  readonly address: { readonly host: string; readonly port: number };
  close(): Promise<void>;
}

export async function openMonitoring(options: {
  listen: { readonly host: string; readonly port: number };
  app: RequestListener;
}): Promise<MonitoringListener> {
  const server = createServer(REQUEST_TIMEOUTS, options.app);
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...options.listen }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { address, port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  return {
    address: { host: address, port },
    close: () => {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closing;
    },
  };
}
