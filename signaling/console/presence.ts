/** Who is here now, as the console is told. */
import { Everywhere } from "../hub/everywhere.ts";
import type { Hub } from "../hub/hub.ts";
import type { LineUse } from "../line-use.ts";
import type { Presence } from "./asking.ts";

export function presenceOf(hub: Hub, line: LineUse): Presence {
  const { lockOrders, policies } = hub;
  return Object.assign(new Everywhere(hub), { lockOrders, policies, line });
}
