/** Chooses the bus's adapter: the one of several nodes where they share a database, else that of a single process. */
import type { DatabaseServer } from "../postgres/settings.ts";
import type { Bus } from "./bus.ts";
import type { LocalBusOptions } from "./local.ts";

export interface OpenBusOptions extends LocalBusOptions {
  /** Left out: there is one process. */
  readonly database?: DatabaseServer | undefined;
}

export async function openBus(options: OpenBusOptions): Promise<Bus> {
  const { database: server } = options;
  if (server) {
    const { PostgresBus } = await import("./postgres.ts");
    return PostgresBus.open({ ...options, server });
  }
  const { LocalBus } = await import("./local.ts");
  return new LocalBus(options);
}
