/** The office's keyboard as its X server knows it: what a key held at home has come to. */
import type { Staff } from "./staff.ts";
import { until } from "./until.ts";
import { Painter } from "./x11-painter.ts";

export class HeldKeys {
  readonly #painter: Painter;

  constructor({ display, authority }: { readonly display: string; readonly authority: string | undefined }) {
    if (authority !== undefined) process.env["XAUTHORITY"] = authority; // read by Xlib
    this.#painter = new Painter(display);
  }

  /** Presses Shift at home until the office has it. */
  async holdShift(staff: Staff): Promise<void> {
    await staff.focus();
    await staff.key("keyDown", "ShiftLeft");
    await until("the office holds it", () => this.#painter.heldKeycodes().length > 0);
  }

  /** Longer than any limit of ours for what is held. */
  none(): Promise<void> {
    return until("no key is held at the office", () => this.#painter.heldKeycodes().length === 0, 60_000);
  }

  pointer(): ReturnType<Painter["pointer"]> {
    return this.#painter.pointer();
  }

  close(): void {
    this.#painter.close();
  }
}
