/**
 * The office screen in the page: the picture, its scale, full screen, and the pointer.
 *
 *   .screen  takes the focus and the input; scrolls when the picture is larger
 *     .stage   exactly as large as the picture is drawn
 *       video    the live one, above it the next attempt's until it shows its first frame
 *       img      the office's pointer, while the hand here is not on the screen
 */
import { el } from "../dom.ts";
import type { Point } from "../input/motion.ts";
import type { ScreenMessage } from "../session/session-view.ts";
import { type Layout, layout, locate, panSpeed, type Scale, type Size } from "./geometry.ts";
import { type Shape, Shapes } from "./pointer-shape.ts";

export interface ScreenOptions {
  /** An attempt's first frame is on the screen. */
  readonly shown: (attempt: number) => void;
  readonly label: string;
}

const UNKNOWN: Size = { width: 1920, height: 1080 };

function videoOf(stream: MediaStream): HTMLVideoElement {
  const video = el("video", { attributes: { autoplay: true, playsinline: true, "aria-hidden": "true" } });
  video.muted = true;
  video.disablePictureInPicture = true;
  video.disableRemotePlayback = true;
  video.srcObject = stream;
  void video.play().catch(() => undefined); // muted: allowed without a gesture; a removed element rejects
  return video;
}

/** One that was expected may have its picture before it is put anywhere; then no further frame may come that tells. */
function whenPictured(video: HTMLVideoElement, then: () => void): void {
  let isTold = false;
  const tell = (): void => {
    if (isTold) return;
    isTold = true;
    then();
  };
  video.requestVideoFrameCallback(tell);
  if (video.readyState >= video.HAVE_CURRENT_DATA) setTimeout(tell);
  else video.addEventListener("loadeddata", tell, { once: true });
}

export class Screen {
  readonly element: HTMLElement;
  readonly #stage: HTMLElement;
  readonly #ghost: HTMLImageElement;
  readonly #options: ScreenOptions;
  readonly #shapes = new Shapes();
  readonly #observer: ResizeObserver;
  readonly #off = new AbortController();
  #video: HTMLVideoElement | undefined;
  #next: HTMLVideoElement | undefined;
  /** Not in the document. */
  #expected: HTMLVideoElement | undefined;
  #size: Size = UNKNOWN;
  #layout: Layout | undefined;
  #scale: Scale = "fit";
  #shape: Shape | undefined;
  #use = 0;
  #hidden = false;
  /** Where the office's pointer was said to be. */
  #at: Point | undefined;
  #looking = false;
  #pan: { x: number; y: number } | undefined;
  #facts: Readonly<Record<string, string>> = {};

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#ghost = el("img", { class: "ghost", attributes: { alt: "", hidden: true } });
    this.#stage = el("div", { class: "stage" }, this.#ghost);
    this.element = el(
      "div",
      {
        class: "screen",
        testId: "screen",
        attributes: { tabindex: "0", role: "application", "aria-label": options.label },
      },
      this.#stage,
    );
    this.#observer = new ResizeObserver(() => this.#arrange());
    this.#observer.observe(this.element);
    // The window may be moved to a monitor with another pixel ratio without changing its size.
    window.addEventListener("resize", () => this.#arrange(), { signal: this.#off.signal });
    this.element.addEventListener("pointerleave", () => this.#panTo(undefined), { signal: this.#off.signal });
  }

  get scale(): Scale {
    return this.#scale;
  }

  setScale(scale: Scale): void {
    this.#scale = scale;
    this.#arrange();
  }

  /**
   * Takes a stream that is not verified yet, out of sight. A <video> needs a moment to begin with one, and what is decoded before
   * goes nowhere: a first picture that nothing follows, of a screen that stands still, was never seen.
   */
  expect(stream: MediaStream): void {
    this.#dropExpected();
    this.#expected = videoOf(stream);
  }

  /** Shows a verified stream. The picture before stays until this one has its first frame. */
  play(stream: MediaStream, attempt: number): void {
    this.#next?.remove();
    this.#shapes.clear();
    if (this.#expected?.srcObject !== stream) this.#dropExpected();
    const video = this.#expected ?? videoOf(stream);
    this.#expected = undefined;
    video.dataset["attempt"] = String(attempt);
    this.#next = video;
    this.#stage.prepend(video);
    whenPictured(video, () => {
      this.#promote(video);
      this.#options.shown(attempt);
    });
  }

  #dropExpected(): void {
    if (this.#expected) this.#expected.srcObject = null;
    this.#expected = undefined;
  }

  /** Keeps the last picture: a playing video turns black when its track ends, a paused one does not. */
  freeze(): void {
    this.#video?.pause();
  }

  /** Nothing of the office stays on the screen. */
  clear(): void {
    this.#dropExpected();
    for (const video of this.#stage.querySelectorAll("video")) {
      video.srcObject = null;
      video.remove();
    }
    this.#video = undefined;
    this.#next = undefined;
    this.#ghost.hidden = true;
    this.element.style.cursor = "default";
  }

  /** Nothing here moves the office's pointer: it is drawn where it is, and the one here is the browser's own. */
  setLooking(looking: boolean): void {
    if (looking === this.#looking) return;
    this.#looking = looking;
    this.element.dataset["looking"] = String(looking);
    this.#ghost.hidden = true;
    if (looking && this.#at) this.#haunt(this.#at);
    this.#drawCursor();
  }

  /** Facts about the session, for tests and support: `data-…` of the live video. */
  setFacts(facts: Readonly<Record<string, string>>): void {
    this.#facts = facts;
    if (this.#video) Object.assign(this.#video.dataset, facts);
  }

  receive(message: ScreenMessage): void {
    switch (message.type) {
      case "screen":
        this.#resize({ width: message.width, height: message.height });
        return;
      case "pointer-shape":
        this.#shapes.add(message);
        return;
      case "pointer-use":
        void this.#useShape(message.id);
        return;
      case "pointer-position":
        this.#haunt(message);
        return;
    }
  }

  locate(clientX: number, clientY: number): Point {
    return locate({ x: clientX, y: clientY }, this.#stage.getBoundingClientRect(), this.#size);
  }

  /** The hand is here: the real pointer shows where; a finger has no pointer, so the office's is drawn. */
  moved(kind: "mouse" | "touch", at: Point, client: Point): void {
    if (kind === "touch") this.#haunt(at);
    else if (!this.#looking) this.#ghost.hidden = true;
    this.#panTo(this.#layout?.overflows ? client : undefined);
  }

  async close(): Promise<void> {
    if (this.#off.signal.aborted) return;
    this.#off.abort();
    this.#observer.disconnect();
    this.#panTo(undefined);
    this.clear();
    this.element.remove();
  }

  #promote(video: HTMLVideoElement): void {
    if (video !== this.#next) return;
    this.#next = undefined;
    if (this.#video) {
      this.#video.srcObject = null;
      this.#video.remove();
    }
    this.#video = video;
    video.dataset["testid"] = "screen-video";
    Object.assign(video.dataset, this.#facts);
    const measure = (): void => {
      // Until the office PC has said how large its screen is, the picture itself is the measure.
      if (this.#size === UNKNOWN && video.videoWidth > 0) {
        this.#resize({ width: video.videoWidth, height: video.videoHeight });
      }
    };
    video.addEventListener("resize", measure);
    measure();
  }

  #resize(size: Size): void {
    this.#size = size;
    this.#arrange();
  }

  #arrange(): void {
    const { left, top } = this.element.getBoundingClientRect();
    const view = { width: this.element.clientWidth, height: this.element.clientHeight, left, top };
    if (view.width === 0 || view.height === 0) return;
    const now = layout(this.#size, view, window.devicePixelRatio, this.#scale);
    this.#layout = now;
    const { style } = this.#stage;
    style.width = `${now.width}px`;
    style.height = `${now.height}px`;
    style.left = `${now.left}px`;
    style.top = `${now.top}px`;
    this.element.dataset["crisp"] = String(now.crisp);
    this.element.dataset["scale"] = this.#scale;
    this.element.dataset["overflows"] = String(now.overflows);
  }

  async #useShape(id: number | null): Promise<void> {
    this.#use += 1;
    const use = this.#use;
    const shape = id === null ? undefined : await this.#shapes.get(id);
    if (use !== this.#use) return;
    this.#shape = shape;
    this.#hidden = id === null;
    this.#drawCursor();
    if (shape) this.#ghost.src = shape.url;
    else this.#ghost.hidden = true;
    if (shape && this.#looking && this.#at) this.#haunt(this.#at);
  }

  #drawCursor(): void {
    const shape = this.#looking ? undefined : this.#shape;
    this.element.style.cursor = shape
      ? `url(${shape.url}) ${Math.min(shape.hotX, shape.width - 1)} ${Math.min(shape.hotY, shape.height - 1)}, default`
      : this.#hidden && !this.#looking
        ? "none"
        : "default";
  }

  #haunt({ x, y }: Point): void {
    this.#at = { x, y };
    const shape = this.#shape;
    if (!shape) return;
    const { style } = this.#ghost;
    style.left = `calc(${((x + 0.5) / this.#size.width) * 100}% - ${shape.hotX}px)`;
    style.top = `calc(${((y + 0.5) / this.#size.height) * 100}% - ${shape.hotY}px)`;
    this.#ghost.hidden = false;
  }

  /** 1:1 on a smaller window: the view follows the pointer at its edges. */
  #panTo(client: { x: number; y: number } | undefined): void {
    const running = this.#pan !== undefined;
    this.#pan = client;
    if (client && !running) this.#panStep(performance.now());
  }

  #panStep(before: number): void {
    requestAnimationFrame((now) => {
      if (!this.#pan) return;
      const box = this.element.getBoundingClientRect();
      const seconds = Math.min(0.05, (now - before) / 1000);
      const dx = panSpeed(this.#pan.x - box.left, box.width) * seconds;
      const dy = panSpeed(this.#pan.y - box.top, box.height) * seconds;
      if (dx === 0 && dy === 0) {
        this.#pan = undefined;
        return;
      }
      this.element.scrollBy(dx, dy);
      this.#panStep(now);
    });
  }
}
