/** The session in the window: binds the screen, the hands and the bar to one Session. */
import type { TerminalView } from "../../signaling/protocol/signal.ts";
import { el } from "../dom.ts";
import { Keyboard } from "../input/keyboard.ts";
import { Pointer } from "../input/pointer.ts";
import { textBox } from "../input/text.ts";
import { Screen } from "../screen/screen.ts";
import type { Session } from "../session/session.ts";
import type { Cause } from "../session/session-shape.ts";
import type { SessionHandlers, SessionView } from "../session/session-view.ts";
import type { TextKey } from "../words/dictionary.ts";
import type { Words } from "../words/strings.ts";
import { Curtain } from "./curtain.ts";
import { keyStrip } from "./key-strip.ts";
import type { Page } from "./page.ts";
import { Toolbar } from "./toolbar.ts";
import "./session.css";

/** Countdowns and stalls are drawn this often, without any event. */
const REDRAW_MS = 500;
/** In full screen the bar goes away after this, and comes when the pointer is this near the top edge. */
const BAR_LINGERS_MS = 3_000;
const BAR_EDGE_PX = 3;

export interface SessionPageOptions {
  readonly words: Words;
  readonly terminal: TerminalView;
  readonly begin: (handlers: SessionHandlers) => Session;
  readonly phase: (phase: SessionView["phase"]) => void;
  /** Called once. */
  readonly ended: (cause: Cause) => void;
  readonly back: () => void;
  readonly again: () => void;
  /** Something to warn about while the picture is live, in words. */
  readonly warning: () => string | undefined;
  /** Whether more time can be asked of managers, or was. */
  readonly extension: () => "none" | "may" | "waits";
  readonly extend: () => void;
}

/** What changes the whole session takes longer to read, and to believe. */
const LONG_NEWS_MS = 20_000;

const isModifier = (key: string): boolean => ["Control", "Alt", "Shift", "Meta"].includes(key);

const REFUSALS: Record<"too-many" | "not-allowed" | "bad-message", TextKey> = {
  "too-many": "inputTooMany",
  "not-allowed": "inputNotAllowed",
  "bad-message": "inputBad",
};

export class SessionPage implements Page {
  readonly element: HTMLElement;
  readonly session: Session;
  readonly #options: SessionPageOptions;
  readonly #screen: Screen;
  readonly #keyboard: Keyboard;
  readonly #pointer: Pointer;
  readonly #toolbar: Toolbar;
  readonly #curtain: Curtain;
  readonly #strip: HTMLElement;
  readonly #text: ReturnType<typeof textBox>;
  readonly #off = new AbortController();
  readonly #redraw: ReturnType<typeof setInterval>;
  #hideBar: ReturnType<typeof setTimeout> | undefined;
  #wasLive = false;
  #wasViewOnly = false;
  #ended = false;

  constructor(options: SessionPageOptions) {
    this.#options = options;
    const { words, terminal } = options;
    this.#screen = new Screen({
      label: words.text("screenLabel", { terminal: terminal.name }),
      shown: (attempt) => this.session.pictureShown(attempt),
    });
    this.#toolbar = new Toolbar({
      words,
      terminal: terminal.name,
      toggleScale: () => this.#toggleScale(),
      toggleFullScreen: () => void this.#toggleFullScreen(),
      toggleKeys: () => this.#toggle(this.#strip),
      toggleText: () => this.#toggleText(),
      extend: options.extend,
      end: () => this.session.end({ kind: "reason", reason: "viewer-left" }),
    });
    this.#curtain = new Curtain({
      words,
      back: () => this.#leave(options.back),
      again: () => this.#leave(options.again),
    });
    this.#strip = keyStrip(words, (codes) => this.#keyboard.chord(codes));
    this.#text = textBox({
      words,
      send: (text) => this.session.text(text),
      enter: () => this.#keyboard.chord(["Enter"]),
      leave: () => this.#screen.element.focus(),
      pasteRefused: () => this.#tell("textNoPaste"),
    });
    const bars = el("div", { class: "bars" }, this.#toolbar.element, this.#strip, this.#text.element);
    const view = el("div", { class: "view" }, this.#screen.element, this.#curtain.element, this.#curtain.banner);
    this.element = el("main", { class: "session", testId: "session" }, bars, view);
    this.#keyboard = this.#bindKeyboard();
    this.#pointer = this.#bindPointer();
    this.#bindWindow();
    this.session = options.begin({
      changed: (view) => queueMicrotask(() => this.#update(view)), // the first one comes from inside `begin`
      freeze: () => this.#screen.freeze(),
      stream: (stream, attempt) => this.#screen.play(stream, attempt),
      expect: (stream) => this.#screen.expect(stream),
      screen: (message) => this.#screen.receive(message),
      textCut: () => queueMicrotask(() => this.#tell("textCut")),
      // what was under way when control was taken away: why is said already
      inputRefused: (why) => (why === "not-allowed" && this.session.viewOnly) || this.#tell(REFUSALS[why]),
    });
    this.#redraw = setInterval(() => this.#update(this.session.view), REDRAW_MS);
  }

  async close(): Promise<void> {
    if (this.#off.signal.aborted) return;
    this.#off.abort();
    clearInterval(this.#redraw);
    clearTimeout(this.#hideBar);
    await this.#keyboard.close();
    await this.#pointer.close();
    this.session.end({ kind: "reason", reason: "viewer-left" });
    await this.#screen.close();
    if (document.fullscreenElement) await document.exitFullscreen().catch(() => undefined);
  }

  get #held(): number {
    return this.#keyboard.held + this.#pointer.held;
  }

  #bindKeyboard(): Keyboard {
    return new Keyboard({
      target: this.#screen.element,
      send: ({ code, down }) => this.session.input({ type: "key", code, down }, this.#held),
      sendLocks: (wish) => this.session.input({ type: "locks", ...wish }, this.#held),
      releaseAll: () => {
        this.#pointer.release();
        this.session.input({ type: "release-all" }, 0);
      },
      leave: () => {
        this.#showBar();
        this.#toolbar.focus();
      },
    });
  }

  #bindPointer(): Pointer {
    const element = this.#screen.element;
    return new Pointer({
      target: element,
      locate: (x, y) => this.#screen.locate(x, y),
      move: ({ x, y }) => this.session.move(x, y),
      button: (button, down, { x, y }) => {
        if (down) this.#keyboard.flush();
        return this.session.input({ type: "button", button, down, x, y }, this.#held);
      },
      wheel: (dx, dy) => {
        this.#keyboard.flush();
        return this.session.input({ type: "wheel", dx, dy }, this.#held);
      },
      modifiers: (event) => this.#keyboard.modifiers(event),
      moved: (kind, at, client) => this.#screen.moved(kind, at, client),
    });
  }

  #bindWindow(): void {
    const { signal } = this.#off;
    // Nothing of the office is to be taken along by the browser's own means.
    for (const type of ["copy", "cut", "dragstart"] as const) {
      document.addEventListener(type, (event) => event.preventDefault(), { signal });
    }
    // Ctrl+W is meant for a window in the office, and closes the tab here: the browser asks first.
    window.addEventListener("beforeunload", (event) => this.#wasLive && !this.#ended && event.preventDefault(), {
      signal,
    });
    document.addEventListener("fullscreenchange", () => void this.#fullScreenChanged(), { signal });
    this.element.addEventListener(
      "pointermove",
      (event) => {
        if (event.clientY <= BAR_EDGE_PX || !this.#screen.element.contains(event.target as Node)) this.#showBar();
      },
      { signal },
    );
    this.element.addEventListener("focusin", () => this.#showBar(), { signal });
    for (const type of ["pointermove", "pointerdown", "wheel", "keydown"] as const)
      this.element.addEventListener(type, () => this.session.here(), { signal, passive: true });
    for (const type of ["pointerdown", "keydown"] as const)
      this.#screen.element.addEventListener(type, (event) => this.#tried(event), { signal });
  }

  #update(view: SessionView): void {
    if (this.#off.signal.aborted) return;
    const live = view.phase === "live";
    this.#options.phase(view.phase);
    this.element.dataset["phase"] = view.phase;
    this.#keyboard.office = view.locks;
    if (live && view.viewOnly !== this.#wasViewOnly) this.#viewOnlyChanged(view.viewOnly);
    this.#curtain.update(view, this.#options.warning());
    this.#toolbar.update(view, {
      scale: this.#screen.scale,
      full: document.fullscreenElement !== null,
      keys: !this.#strip.hidden,
      text: !this.#text.element.hidden,
      extension: this.#options.extension(),
    });
    this.#screen.setFacts(facts(view));
    if (live !== this.#wasLive) this.#liveChanged(live);
    if (view.cause && !this.#ended) {
      this.#ended = true;
      this.#screen.clear();
      this.#strip.hidden = true;
      this.#text.element.hidden = true;
      this.#options.ended(view.cause);
    }
  }

  #liveChanged(live: boolean): void {
    this.#wasLive = live;
    this.#keyboard.release();
    if (live && !this.#text.element.contains(document.activeElement)) this.#screen.element.focus();
  }

  #viewOnlyChanged(viewOnly: boolean): void {
    this.#keyboard.release();
    this.#keyboard.isOff = viewOnly;
    this.#pointer.isOff = viewOnly;
    this.#screen.setLooking(viewOnly);
    if (viewOnly) {
      if (this.#text.element.contains(document.activeElement)) this.#screen.element.focus();
      this.#strip.hidden = true;
      this.#text.element.hidden = true;
    }
    this.#curtain.tell(this.#options.words.text(viewOnly ? "viewOnlyMore" : "viewOnlyOver"), LONG_NEWS_MS);
    this.#wasViewOnly = viewOnly;
    void this.#lockKeys();
  }

  /** Somebody would like to operate what they may look at only: they are told why nothing happens. */
  #tried(event: Event): void {
    const isOfPage = event instanceof KeyboardEvent && (event.key === "Tab" || isModifier(event.key));
    if (this.session.accepts && this.session.viewOnly && !isOfPage) this.#tell("viewOnlyMore");
  }

  #leave(go: () => void): void {
    this.session.end({ kind: "reason", reason: "viewer-left" });
    go();
  }

  /** News of something else than the picture. */
  tell(news: string): void {
    this.#curtain.tell(news, LONG_NEWS_MS);
    this.#update(this.session.view);
  }

  #tell(key: TextKey): void {
    this.#curtain.tell(this.#options.words.text(key));
    this.#update(this.session.view);
  }

  #toggleScale(): void {
    this.#screen.setScale(this.#screen.scale === "fit" ? "actual" : "fit");
    this.#update(this.session.view);
    this.#screen.element.focus();
  }

  #toggle(bar: HTMLElement): void {
    bar.hidden = !bar.hidden;
    this.#update(this.session.view);
    if (bar === this.#strip) this.#screen.element.focus();
  }

  #toggleText(): void {
    this.#toggle(this.#text.element);
    if (this.#text.element.hidden) this.#screen.element.focus();
    else this.#text.focus();
  }

  async #toggleFullScreen(): Promise<void> {
    if (document.fullscreenElement) await document.exitFullscreen().catch(() => undefined);
    else await this.element.requestFullscreen({ navigationUI: "hide" }).catch(() => undefined);
  }

  get #isFull(): boolean {
    return document.fullscreenElement === this.element;
  }

  /** With Keyboard Lock, Alt+Tab, Win and Esc reach the office; only a long Esc stays the browser's. */
  async #lockKeys(): Promise<void> {
    const { keyboard } = navigator as Navigator & { keyboard?: { lock(): Promise<void>; unlock(): void } };
    if (this.#isFull && !this.session.viewOnly) await keyboard?.lock().catch(() => undefined);
    else keyboard?.unlock();
  }

  async #fullScreenChanged(): Promise<void> {
    this.element.dataset["full"] = String(this.#isFull);
    await this.#lockKeys();
    if (this.#isFull) {
      this.#tell(this.session.viewOnly ? "fullScreenHintLooking" : "fullScreenHint");
      this.#showBar();
    }
    this.#update(this.session.view);
    this.#screen.element.focus();
  }

  #showBar(): void {
    clearTimeout(this.#hideBar);
    this.element.dataset["bar"] = "shown";
    this.#hideBar = setTimeout(() => {
      const bars = this.#toolbar.element.parentElement;
      if (bars?.matches(":hover, :focus-within")) this.#showBar();
      else this.element.dataset["bar"] = "hidden";
    }, BAR_LINGERS_MS);
  }
}

/** `data-…` of the video: figures for tests and for support. */
function facts({
  phase,
  viewOnly,
  stalled,
  picture,
  desktop,
  secureDesktop,
  quality,
}: SessionView): Record<string, string> {
  const { codec, relay, kbps, fps, roundTripMs } = quality;
  return {
    phase,
    viewOnly: String(viewOnly),
    stalled: String(stalled),
    picture,
    desktop,
    secureDesktop: String(secureDesktop),
    codec: codec ?? "",
    relay: relay ?? "",
    kbps: String(kbps),
    fps: String(fps),
    roundTripMs: roundTripMs === undefined ? "" : String(roundTripMs),
  };
}
