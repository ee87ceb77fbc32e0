/** Chooses the way of input. An adapter's libraries are loaded only when it is chosen. */
import type { Source } from "../capture/open.ts";
import { TEST_PATTERN_SIZE } from "../capture/test-pattern.ts";
import type { InputEvent } from "../desktop.ts";
import { connectDisplay } from "../display.ts";
import { Injector } from "./injector.ts";
import { openRecordingInput } from "./recording.ts";

/** `note`: what the test pattern's input would have done. */
export async function openInjector(source: Source, note: (event: InputEvent) => void): Promise<Injector> {
  if (source.kind === "test-pattern") return new Injector(openRecordingInput(note, TEST_PATTERN_SIZE));
  const connection = await connectDisplay(source.display, source.authority);
  const { openX11Input } = await import("./x11.ts");
  return new Injector(openX11Input(connection));
}
