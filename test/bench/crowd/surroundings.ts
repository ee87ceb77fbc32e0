/** What a simulated office PC knows of the machine it is on. */
import type { Surroundings } from "../../../agent/server/link.ts";

const LOOK_MS = 5_000;

/** Its clock goes by its looks: a process that is short of processor time must not seem to have slept. */
export function surroundings(): Surroundings {
  let now = 0;
  const addresses = () => {
    now += LOOK_MS;
    return "";
  };
  return { now: () => now, addresses, everyMs: LOOK_MS };
}
