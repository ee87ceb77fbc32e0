/** Chooses how this PC is switched off. An adapter's libraries are loaded only when it is chosen. */
import type { Source } from "../capture/open.ts";
import type { Power } from "./power.ts";

export async function openPower(source: Source, failed: (why: string) => void): Promise<Power> {
  if (source.kind === "test-pattern") return NOTHING_TO_SWITCH_OFF;
  if (source.kind === "windows") return (await import("./windows.ts")).openWindowsPower();
  return (await import("./logind.ts")).openLogindPower(process.env, failed);
}

const NOTHING_TO_SWITCH_OFF: Power = { off: async () => "a test pattern is not switched off", stayOn: () => undefined };
