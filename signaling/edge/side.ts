/**
 * The two sides of a server. Staff come by the outside doors, office PCs by the inside ones, and the relay's names with
 * them: what a door of one side knows is no use on the other.
 */
import type { Role } from "./relay-peers.ts";

export const SIDES = ["outside", "inside"] as const;
export type Side = (typeof SIDES)[number];

export const sideOf = (role: Role): Side => (role === "agent" ? "inside" : "outside");
