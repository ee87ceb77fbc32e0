/** A run short enough for every test run, and one as long as somebody likes; from an empty folder to what was found. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../../signaling/quickstart/build.ts";
import { temporaryFolder } from "../../../signaling/quickstart/temporary.ts";
import type { NemesisOptions } from "./nemesis.ts";
import { chaosWords, command, type Reported } from "./report.ts";
import { type ChaosOptions, keepHistory, runChaos, unmountForgotten } from "./run.ts";

type Kind = Pick<ChaosOptions, "forMs" | "longestMs" | "longestDownMs" | "wellMs" | "people" | "work" | "actEveryMs">;

/** Some 100 s with all that surrounds it. */
export const SHORT: Kind = {
  ...{ forMs: 62_000, longestMs: 8_000, longestDownMs: 3_000, people: 200 },
  wellMs: { least: 1_500, most: 4_000 },
  ...{ work: { least: 3_000, most: 12_000 }, actEveryMs: 1_500 },
};

const long = (minutes: number): Kind => ({
  ...{ forMs: minutes * 60_000, longestMs: 60_000, longestDownMs: 90_000, people: 200 },
  wellMs: { least: 5_000, most: 25_000 },
  ...{ work: { least: 10_000, most: 90_000 }, actEveryMs: 3_000 },
});

/** Below this a run is like the short one, only longer: so one that broke something in a test is played again. */
const LONG_MIN = 5;
export const kindFor = (minutes: number): Kind =>
  minutes < LONG_MIN ? { ...SHORT, forMs: minutes * 60_000 } : long(minutes);

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface Played {
  readonly result: Reported;
  readonly words: string;
}

/** Everything is given back, also after Ctrl-C. `keep`: the history stays, also where nothing was broken. */
export async function play(
  kind: Kind,
  which: Pick<NemesisOptions, "seed" | "nodes" | "store">,
  { say, keep = false }: { say: (what: string) => void; keep?: boolean },
): Promise<Played> {
  unmountForgotten();
  const folder = temporaryFolder("chaos");
  const broken = new AbortController();
  const onSignal = () => broken.abort(new Error("broken off"));
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const kept = join(ROOT, "test-results", `chaos-${which.seed}`);
  try {
    const result = await runChaos({ ...kind, ...which, folder, say, signal: broken.signal });
    const isKept = keep || result.violations.length > 0;
    if (isKept) keepHistory(folder, kept);
    const again = command(which, kind.forMs / 60_000);
    return { result, words: chaosWords(result, { again, kept: isKept ? kept : undefined }) };
  } catch (error) {
    keepHistory(folder, kept);
    say(`what was seen until then: ${kept}; seed ${which.seed}`);
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    rmSync(folder, { recursive: true, force: true });
  }
}
