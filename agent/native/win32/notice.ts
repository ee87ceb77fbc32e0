/** A small window with some lines of text, above the others, at the bottom of the first monitor. */
import { DesktopFailure } from "../../desktop/problem.ts";
import type { Pointer } from "../library.ts";
import {
  createAside,
  destroyWindow,
  excludeFromCapture,
  letThrough,
  MessagePump,
  monitorAreas,
  prepareThread,
  raise,
  withDc,
} from "./aside.ts";
import { fill, type Rect, writeLines } from "./paint.ts";

const CLASS_NAME = "EngawaNotice";
/** Of the monitor's height. */
const LETTERS = 45;
const LEAST_PX = 16;
/** COLORREF, 0x00BBGGRR. */
const DARK = 0x2a_20_18;
const EDGE = 0x40_a0_f0;
const BORDER_PX = 2;
/** What lies below it can be made out, and it can be read. */
const ALPHA = 240;

export class NoticeWindow {
  readonly #messages = new MessagePump();
  readonly #window: Pointer;
  #words = "";
  #area: Rect = { left: 0, top: 0, right: 1, bottom: 1 };
  #letters = LEAST_PX;

  constructor() {
    prepareThread(CLASS_NAME, "internal");
    const window = createAside(CLASS_NAME, this.#area);
    if (!window) throw new DesktopFailure("internal", "Windows makes no window for a notice.");
    this.#window = window;
    // where this Windows cannot, it is seen from afar as well: no harm is done
    excludeFromCapture(window);
    letThrough(window, ALPHA, "internal");
  }

  show(words: string): void {
    const monitor = monitorAreas().find(({ left, top }) => left === 0 && top === 0) ?? monitorAreas()[0];
    if (!monitor) return;
    this.#words = words;
    const lines = words.split("\n");
    this.#letters = Math.max(LEAST_PX, Math.round((monitor.bottom - monitor.top) / LETTERS));
    // Japanese letters are as wide as high
    const width = Math.min(
      (Math.max(...lines.map((line) => line.length)) + 2) * this.#letters,
      monitor.right - monitor.left,
    );
    const height = Math.round((lines.length + 1) * 1.5 * this.#letters);
    const left = monitor.left + Math.round((monitor.right - monitor.left - width) / 2);
    // above the taskbar
    const top = monitor.bottom - height - 3 * this.#letters;
    this.#area = { left, top, right: left + width, bottom: top + height };
    raise(this.#window, this.#area);
    this.#paint();
  }

  /** To be called often, by the thread that made it. */
  pump(): void {
    this.#messages.pump((window) => {
      if (window === this.#window) this.#paint();
    });
  }

  #paint(): void {
    const area = {
      left: 0,
      top: 0,
      right: this.#area.right - this.#area.left,
      bottom: this.#area.bottom - this.#area.top,
    };
    const inner = {
      left: BORDER_PX,
      top: BORDER_PX,
      right: area.right - BORDER_PX,
      bottom: area.bottom - BORDER_PX,
    };
    withDc(this.#window, (dc) => {
      fill(dc, area, EDGE);
      fill(dc, inner, DARK);
      writeLines(
        dc,
        inner,
        this.#words.split("\n").map((text) => ({ text, size: this.#letters })),
      );
    });
  }

  close(): void {
    destroyWindow(this.#window);
    this.#messages.close();
  }
}
