/**
 * What is injected beside the probe: notes each new picture of the page for a while, with its moment and something of it to compare afterwards,
 * so that comparing takes nothing from what is measured. Sent to the browser as its own text, as the probe is.
 */

/** A picture that came after the key, whole. */
export interface AfterKey {
  readonly ms: number;
  /** Held by the probe. */
  readonly index: number;
}

/** A picture of something that scrolls: the step in its barcode, some rows of it. */
export interface OfScroll {
  /** Epoch, ms. */
  readonly at: number;
  readonly step: number;
}

export interface Watcher {
  /** From the next keydown on, for so long. */
  armPictures(ms: number): void;
  pictures(): Promise<AfterKey[]>;
  /** From now on, until it is asked for. */
  armScroll(): void;
  scroll(): OfScroll[];
  /** Luma of the rows of a picture of the scroll, as the probe gives it. */
  takeRows(index: number, red: number, green: number, blue: number): string;
  /** How many pictures the page has shown so far. */
  shown(): number;
}

declare global {
  interface Window {
    engawaWatcher: Watcher;
  }
}

/** Of these the luma is compared while something scrolls: 24 all over the screen, below the barcode. */
export const ROWS = { first: 42, every: 43, count: 24 } as const;
/** As trace/testwin.py paints it: 16 bits from the left, the lowest first. */
export const BARCODE = { bits: 16, bitPx: 40, y: 16 } as const;

export interface WatcherOptions {
  readonly rows: { readonly first: number; readonly every: number; readonly count: number };
  readonly barcode: { readonly bits: number; readonly bitPx: number; readonly y: number };
}

export function installWatcher({ rows, barcode }: WatcherOptions): void {
  /** A page whose picture never rests would fill the memory with whole pictures. */
  const MOST_HELD = 60;
  let afterKey: Promise<AfterKey[]> = Promise.resolve([]);
  let scrolling = false;
  let ofScroll: { at: number; step: number; data: Uint8ClampedArray }[] = [];
  let whole: CanvasRenderingContext2D | undefined;
  const video = () => {
    const [widest] = [...document.querySelectorAll("video")].sort((a, b) => b.videoWidth - a.videoWidth);
    if (!widest) throw new Error("no video in the page");
    return widest;
  };
  const canvasOf = ({ videoWidth: width, videoHeight: height }: HTMLVideoElement) => {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("no canvas");
    return context;
  };
  /** Drawn at once, read afterwards: a newer picture may come in between. The barcode's row is the last. */
  const rowsOf = (source: HTMLVideoElement) => {
    whole ??= canvasOf(source);
    whole.drawImage(source, 0, 0);
    const { width } = whole.canvas;
    const data = new Uint8ClampedArray((rows.count + 1) * width * 4);
    for (let row = 0; row <= rows.count; row++) {
      const y = row === rows.count ? barcode.y : rows.first + row * rows.every;
      data.set(whole.getImageData(0, y, width, 1).data, row * width * 4);
    }
    return data;
  };
  const stepOf = (data: Uint8ClampedArray, width: number) => {
    let step = 0;
    for (let bit = 0; bit < barcode.bits; bit++) {
      const at = (rows.count * width + bit * barcode.bitPx + barcode.bitPx / 2) * 4;
      if ((data[at + 1] ?? 0) > 128) step |= 1 << bit;
    }
    return step;
  };

  window.engawaWatcher = {
    armPictures: (ms) => {
      afterKey = new Promise((resolve) => {
        const onKey = () => {
          const start = performance.now();
          const pictures: AfterKey[] = [];
          setTimeout(() => resolve(pictures), ms);
          const look = () => {
            const at = performance.now();
            if (at - start > ms || pictures.length >= MOST_HELD) return;
            pictures.push({ ms: at - start, index: window.engawaProbe.holdFrame() });
            window.engawaProbe.onNextPicture(look);
          };
          window.engawaProbe.onNextPicture(look);
        };
        addEventListener("keydown", onKey, { capture: true, once: true });
      });
    },

    pictures: () => afterKey,

    armScroll: () => {
      const source = video();
      scrolling = true;
      ofScroll = [];
      const look = () => {
        if (!scrolling) return;
        const at = Date.now();
        const data = rowsOf(source);
        ofScroll.push({ at, step: stepOf(data, source.videoWidth), data });
        source.requestVideoFrameCallback(look);
      };
      source.requestVideoFrameCallback(look);
    },

    scroll: () => {
      scrolling = false;
      return ofScroll.map(({ at, step }) => ({ at, step }));
    },

    takeRows: (index, red, green, blue) => {
      const data = ofScroll[index]?.data ?? new Uint8ClampedArray();
      const luma = new Uint16Array((data.length / 4 / (rows.count + 1)) * rows.count);
      for (let i = 0, at = 0; i < luma.length; i++, at += 4)
        luma[i] = (data[at] ?? 0) * red + (data[at + 1] ?? 0) * green + (data[at + 2] ?? 0) * blue + 0.5;
      return (new Uint8Array(luma.buffer) as Uint8Array & { toBase64(): string }).toBase64();
    },

    shown: () => video().getVideoPlaybackQuality().totalVideoFrames,
  };
}
