/** Chooses the way of input. An adapter's libraries are loaded only when it is chosen. */

import type { InputEvent } from "../../desktop/commands.ts";
import { connectDisplay } from "../../native/x11/display.ts";
import type { Source } from "../capture/open.ts";
import { TEST_PATTERN_SIZE } from "../capture/test-pattern.ts";
import { Injector } from "./injector.ts";
import { openRecordingInput } from "./recording.ts";

export interface InputHandlers {
  /** The display went away: close this one and open another. */
  lost(): void;
  /** The system takes no input from us, or does again. */
  refuses(refuses: boolean): void;
  /** Ctrl+Alt+Del was pressed, which no program can put into Windows by its input. */
  attention(): void;
  /** The locks of the keyboard may have changed. */
  locksChanged(): void;
  /** So many characters of text more are dealt with. */
  typed(characters: number): void;
  /** Too much waits: an event was forgotten. */
  dropped(): void;
  /** What the test pattern's input would have done. */
  note(event: InputEvent): void;
}

export async function openInjector(source: Source, handlers: InputHandlers): Promise<Injector> {
  if (source.kind === "test-pattern")
    return new Injector(openRecordingInput(handlers.note, TEST_PATTERN_SIZE), handlers);
  if (source.kind === "windows") {
    const [{ openWindowsInput }, keyboard, { isWine }, { lockWorkStation: lock }] = await Promise.all([
      import("./windows.ts"),
      import("../../native/win32/input.ts"),
      import("../../native/win32/win32.ts"),
      import("../../native/win32/session.ts"),
    ]);
    const { refuses, attention } = handlers;
    return new Injector(openWindowsInput({ ...keyboard, isWine }, { refuses, lock, attention }), handlers);
  }
  const connection = await connectDisplay(source.display, source.authority);
  const { openX11Input } = await import("./x11.ts");
  return new Injector(openX11Input(connection, handlers), handlers);
}
