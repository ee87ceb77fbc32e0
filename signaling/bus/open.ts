/** Chooses the bus's adapter. One that joins several nodes takes its place here as a second case. */
import type { Bus } from "./bus.ts";
import type { LocalBusOptions } from "./local.ts";

export async function openBus(options: LocalBusOptions): Promise<Bus> {
  const { LocalBus } = await import("./local.ts");
  return new LocalBus(options);
}
