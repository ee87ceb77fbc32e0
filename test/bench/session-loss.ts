/** How often the agent has lost its viewer, by its own log. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Stage } from "./stage.ts";

export const timesLost = ({ folder }: Pick<Stage, "folder">): number =>
  readFileSync(join(folder, "agent.log"), "utf8").split("session is interrupted").length - 1;
