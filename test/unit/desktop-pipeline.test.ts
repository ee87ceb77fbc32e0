import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { EncodedPicture, Encoder } from "../../agent/picture/encoder.ts";
import { planesLayout, planesOver } from "../../agent/picture/planes.ts";
import type { ScreenCapture } from "../../agent/screen/capture/capture.ts";
import { CapturePipeline } from "../../agent/screen/capture-pipeline.ts";

const SIZE = { width: 64, height: 32 };
const CHANGED = 100;

/** A pipeline that has told of the screen it began with; what it takes over and reports, by the clock from then on. */
function pipeline() {
  const planes = planesOver(
    new Uint8Array(planesLayout("420", SIZE.width, SIZE.height).bytes),
    "420",
    SIZE.width,
    SIZE.height,
  );
  const events: (string | number)[][] = [];
  let finish: (picture: EncodedPicture) => void = () => {};
  const began = Date.now();
  const note = (event: string) => events.push([event, Date.now() - began]);
  const take = () => {
    note("take");
    return CHANGED;
  };
  const capture = { ...SIZE, take } as unknown as ScreenCapture;
  const encoder: Encoder = {
    planes,
    encode: () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
    close: async () => {},
  };
  const made = new CapturePipeline(capture, encoder, {
    report: ({ type }) => note(type),
    failed: () => note("failed"),
  });
  return {
    pipeline: made,
    finish: async () => {
      finish({ data: Uint8Array.of(1), key: false, quality: 40 });
      await vi.advanceTimersByTimeAsync(0);
    },
    /** Those since the last call. */
    heard: () => events.splice(0),
  };
}

/** Since 10 ms. */
function whilePictureIsMade() {
  const { pipeline: made, ...rest } = pipeline();
  vi.advanceTimersByTime(10);
  made.encode({ quality: 40, key: true });
  rest.heard();
  return { pipeline: made, ...rest };
}

describe("what is taken over of a screen", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  test("is gathered for a moment, because programs paint in several requests", async () => {
    const { heard } = pipeline();
    vi.advanceTimersByTime(1);
    expect(heard()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(heard()).toEqual([
      ["take", 2],
      ["changed", 2],
    ]);
  });

  test("is taken at once after a picture when it came while that was made", async () => {
    const { pipeline: made, heard, finish } = whilePictureIsMade();
    vi.advanceTimersByTime(20);
    made.damaged(Date.now());
    vi.advanceTimersByTime(20);
    expect(heard()).toEqual([]); // the planes are being read
    await finish();
    expect(heard()).toEqual([
      ["picture", 50],
      ["take", 50],
      ["changed", 50],
    ]);
  });

  test("is gathered for the rest of that moment when it came just before the picture was there", async () => {
    const { pipeline: made, heard, finish } = whilePictureIsMade();
    vi.advanceTimersByTime(39);
    made.damaged(Date.now());
    vi.advanceTimersByTime(1);
    await finish();
    expect(heard()).toEqual([["picture", 50]]);
    vi.advanceTimersByTime(1);
    expect(heard()).toEqual([
      ["take", 51],
      ["changed", 51],
    ]);
  });

  test("is looked at again seldom while nobody asks for what was told", async () => {
    const { pipeline: made, heard } = pipeline();
    vi.advanceTimersByTime(2);
    heard();
    made.damaged(Date.now());
    vi.advanceTimersByTime(32);
    expect(heard()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(heard()[0]).toEqual(["take", 35]);
  });
});
