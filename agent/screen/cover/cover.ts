/**
 * The cover of the office's monitors: a port. While it holds, nobody in the office sees what is on the screen, and our own
 * capture still does. Adapters: x11 (every monitor's gamma ramp is black), windows (a window that no capture shows).
 * Keyboard and mouse of the office are not blocked.
 */

export interface CoverHandlers {
  /** Monitors, or what lies on them, may have changed: verify again. */
  changed(): void;
}

export interface Cover {
  /**
   * Covers what is new, puts right what slipped, and looks at it: every monitor is covered, and our capture shows what lies
   * below. Undefined: so it is; else why not, in words.
   */
  verify(): Promise<string | undefined>;
  /** The monitors are as they were before. Idempotent; no handler is called afterwards. */
  close(): Promise<void>;
}

export type OpenCover = (words: string, handlers: CoverHandlers) => Promise<Cover>;
