/** This node among others, where there is a database for several; else nothing: there is no other. */
import type { SignInThrottle } from "../auth/throttle.ts";
import { handleViewer } from "../hub/handlers/table.ts";
import type { Hub } from "../hub/hub.ts";
import type { DatabaseServer } from "../postgres/settings.ts";
import { StoreNodes, type StoreNodesOptions } from "./nodes.ts";

export interface OpenNodesOptions extends Omit<StoreNodesOptions, "handle" | "monotonic" | "counted"> {
  readonly database: DatabaseServer | undefined;
  /** It is made after this. */
  readonly hub: () => Hub;
  readonly throttle: Pick<SignInThrottle, "heard">;
}

export function openNodes({ database, hub, throttle, ...options }: OpenNodesOptions): StoreNodes | undefined {
  if (!database) return undefined;
  return new StoreNodes({
    ...options,
    monotonic: () => performance.now(),
    handle: (viewer, message) => handleViewer(hub(), viewer, message),
    counted: (step) => void throttle.heard(step),
  });
}
