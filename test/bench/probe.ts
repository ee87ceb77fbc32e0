/**
 * What is injected into the viewer's page: finds the picture it shows, and times what happens to it by the page's own clock.
 * `installProbe` is sent to the browser as its own text, so it can use nothing from outside itself.
 */

export interface Timing {
  readonly ms: number;
  /** When the last packet of that frame had arrived (requestVideoFrameCallback's receiveTime), where it is known. */
  readonly receivedMs?: number;
}

export interface Probe {
  /** The size of the picture on view, in its own pixels; nothing while there is none. */
  size(): { width: number; height: number } | undefined;
  /**
   * Waits for the next keydown, then for the frame in which the pixel has changed from dark to light or back.
   * Resolves to ms from the one to the other, or null after the timeout.
   */
  armLatency(x: number, y: number, timeoutMs: number): void;
  /**
   * Waits for the next click, then for the first frame of a video, or until a canvas is painted all over; ms, or null after
   * the timeout. `opened`: the clock has begun with the page itself.
   */
  armJoin(timeoutMs: number, from: "click" | "opened"): void;
  /** Runs once the page has a newer picture: a video's next frame; of a canvas, the first turn after something was drawn on it. */
  onNextPicture(run: () => void): void;
  /** What was armed last. */
  result(): Promise<Timing | null>;
  /** Copies the frame on view, quickly, so that the moment can be told; gives its index. */
  holdFrame(): number;
  forgetFrame(index: number): void;
  /** A held frame's luma (1/256 of a level) as base64 of little-endian 16 bit numbers. The frame is forgotten after that. */
  takeLuma(index: number, red: number, green: number, blue: number): string;
}

declare global {
  interface Window {
    engawaProbe: Probe;
  }
}

/** Where the page has its picture. */
export const OWN_PICTURE = "video, canvas[data-picture]";

export function installProbe(pictures: string): void {
  type Source = HTMLVideoElement | HTMLCanvasElement;
  /** Of 255: a patch that changes from black to white differs by far more, whatever the codec did to it. */
  const CHANGED = 90;
  let armed: Promise<Timing | null> = Promise.resolve(null);
  const held: (CanvasRenderingContext2D | undefined)[] = [];
  const canvas = (width: number, height: number) => {
    const element = document.createElement("canvas");
    element.width = width;
    element.height = height;
    const context = element.getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("no canvas");
    return context;
  };
  const widthOf = (source: Source) => (source instanceof HTMLVideoElement ? source.videoWidth : source.width);
  const heightOf = (source: Source) => (source instanceof HTMLVideoElement ? source.videoHeight : source.height);
  const find = (): Source | undefined => {
    const sources = [...document.querySelectorAll<Source>(pictures)];
    return sources.filter((source) => widthOf(source) > 0).sort((a, b) => widthOf(b) - widthOf(a))[0];
  };
  const nextFrame = (source: Source, run: (receivedAt?: number) => void) =>
    source instanceof HTMLVideoElement
      ? source.requestVideoFrameCallback((_now, { receiveTime }) => run(receiveTime))
      : requestAnimationFrame(() => run());
  const since = (start: number, receivedAt?: number): Timing => ({
    ms: performance.now() - start,
    ...(receivedAt === undefined ? {} : { receivedMs: receivedAt - start }),
  });
  const pixel = canvas(1, 1);
  const levelAt = (source: Source, x: number, y: number) => {
    pixel.drawImage(source, x, y, 1, 1, 0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0] = pixel.getImageData(0, 0, 1, 1).data;
    return (red + green + blue) / 3;
  };
  /** Nothing says that a canvas shows something new, so each way to draw on one is noted. */
  const drawn = new WeakSet<HTMLCanvasElement>();
  const drawing = CanvasRenderingContext2D.prototype;
  for (const name of ["drawImage", "putImageData", "fillRect"] as const) {
    const draw = drawing[name] as (...args: unknown[]) => void;
    const noted = function (this: CanvasRenderingContext2D, ...args: unknown[]) {
      drawn.add(this.canvas);
      draw.apply(this, args);
    };
    Object.assign(drawing, { [name]: noted });
  }
  /** A canvas is black or clear until it is painted; of a desktop, little is black. */
  const isPainted = (source: Source) => {
    const [across, down] = [6, 4];
    const step = { x: widthOf(source) / across, y: heightOf(source) / down };
    const levels = Array.from({ length: across * down }, (_, i) =>
      levelAt(source, (0.5 + (i % across)) * step.x, (0.5 + Math.floor(i / across)) * step.y),
    );
    return levels.filter((level) => level < 8).length <= 2;
  };
  const picture = () => {
    const source = find();
    if (!source) throw new Error("no picture in the page");
    return source;
  };

  window.engawaProbe = {
    size: () => {
      const source = find();
      return source && { width: widthOf(source), height: heightOf(source) };
    },

    armLatency: (x, y, timeoutMs) => {
      const source = picture();
      const before = levelAt(source, x, y);
      armed = new Promise((resolve) => {
        const onKey = () => {
          const start = performance.now();
          setTimeout(() => resolve(null), timeoutMs);
          const look = (receivedAt?: number) => {
            if (Math.abs(levelAt(source, x, y) - before) > CHANGED) resolve(since(start, receivedAt));
            else if (performance.now() - start < timeoutMs) nextFrame(source, look);
          };
          nextFrame(source, look);
        };
        addEventListener("keydown", onKey, { capture: true, once: true });
      });
    },

    armJoin: (timeoutMs, from) => {
      armed = new Promise((resolve) => {
        const begin = () => {
          const start = from === "opened" ? 0 : performance.now();
          const watched = new WeakSet<HTMLVideoElement>();
          let over = false;
          const watch = () => {
            for (const video of document.querySelectorAll("video")) {
              if (watched.has(video)) continue;
              watched.add(video);
              nextFrame(video, (receivedAt) => done(since(start, receivedAt)));
            }
          };
          const look = () => {
            const source = find();
            // one that had its picture before it was put here says nothing of it
            const isThere = source instanceof HTMLCanvasElement ? isPainted(source) : (source?.readyState ?? 0) > 1;
            if (isThere) done(since(start));
            else if (!over) requestAnimationFrame(look);
          };
          const observer = new MutationObserver(watch);
          const done = (result: Timing | null) => {
            over = true;
            observer.disconnect();
            resolve(result);
          };
          observer.observe(document, { childList: true, subtree: true });
          setTimeout(() => done(null), timeoutMs);
          watch();
          look();
        };
        if (from === "opened") begin();
        else addEventListener("click", begin, { capture: true, once: true });
      });
    },

    onNextPicture: (run) => {
      const source = picture();
      if (source instanceof HTMLVideoElement) return void source.requestVideoFrameCallback(run);
      drawn.delete(source);
      const look = () => void (drawn.has(source) ? run() : requestAnimationFrame(look));
      requestAnimationFrame(look);
    },

    result: () => armed,

    holdFrame: () => {
      const source = picture();
      const copy = canvas(widthOf(source), heightOf(source));
      copy.drawImage(source, 0, 0);
      return held.push(copy) - 1;
    },

    forgetFrame: (index) => {
      held[index] = undefined;
    },

    takeLuma: (index, red, green, blue) => {
      const frame = held[index];
      if (!frame) throw new Error(`no frame ${index}`);
      held[index] = undefined;
      const { data } = frame.getImageData(0, 0, frame.canvas.width, frame.canvas.height);
      const luma = new Uint16Array(data.length / 4);
      for (let i = 0, at = 0; i < luma.length; i++, at += 4) {
        luma[i] = (data[at] ?? 0) * red + (data[at + 1] ?? 0) * green + (data[at + 2] ?? 0) * blue + 0.5;
      }
      return (new Uint8Array(luma.buffer) as Uint8Array & { toBase64(): string }).toBase64();
    },
  };
}
