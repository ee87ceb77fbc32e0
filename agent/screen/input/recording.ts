/** Input that only notes what would have happened: the twin for tests and for the test pattern. */
import type { InputEvent } from "../../desktop/commands.ts";
import type { RawInput } from "./injector.ts";

export function openRecordingInput(
  note: (event: InputEvent) => void,
  size: { width: number; height: number },
): RawInput {
  const clamp = (value: number, max: number) => Math.min(Math.max(value, 0), max);
  return {
    press: note,
    release: (presses) => presses.forEach(note),
    locks: () => undefined,
    setLocks: ({ caps, num }) => note({ type: "locks", caps, num }),
    move: (x, y) => note({ type: "move", x: clamp(x, size.width - 1), y: clamp(y, size.height - 1) }),
    wheel: (dx, dy) => note({ type: "wheel", dx, dy }),
    type: async (text) => note({ type: "text", text }),
    close: async () => undefined,
  };
}
