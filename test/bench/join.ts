/**
 * Joining: from the click on "connect" to the first decoded picture, by the page's clock. A new session each time: request,
 * relay on both sides, offer, answer, DTLS, first keyframe. The sign-in was done once, before.
 */
import { setTimeout as pause } from "node:timers/promises";
import { openDocuments } from "./plays.ts";
import type { Scene } from "./stage.ts";
import { type Durations, durations } from "./stats.ts";

/** With a document on the screen; and with nothing on it, where the first picture costs next to nothing. */
export interface JoinResult extends Durations {
  readonly emptyScreen: Durations;
}

export async function measureJoin(stage: Scene, n: number): Promise<JoinResult> {
  const { viewer, say } = stage;
  await viewer.connect(); // the office PC's key is learnt, once
  await viewer.end();
  say(`${n} sessions on an empty screen`);
  const emptyScreen = await joins(stage, n);
  say("LibreOffice");
  await openDocuments(stage.desk, stage.folder);
  say(`${n} sessions on a document`);
  return { ...(await joins(stage, n)), emptyScreen };
}

async function joins({ viewer }: Scene, n: number): Promise<Durations> {
  const samples: (number | null)[] = [];
  for (let i = 0; i < n; i++) {
    await pause(1_000);
    samples.push((await viewer.join())?.ms ?? null);
    await viewer.end();
  }
  return durations(samples);
}
