/** Still pictures are an improvement that may fail: what is left is AV1 as it was without them. */
import { readFileSync } from "node:fs";
import type { LibraryHandle } from "koffi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openAom } from "../../agent/native/codecs/aom.ts";
import { aomLibrary } from "../../agent/native/codecs/aom-library.ts";
import { ANY_PACE, type Pace } from "../../agent/native/codecs/still-pace.ts";
import { convert } from "../../agent/picture/convert.ts";
import type { Encoder, PictureRequest } from "../../agent/picture/encoder.ts";
import { BLOCK } from "../../agent/picture/planes.ts";
import { psnr } from "../support/decoder.ts";
import { drawLetters, drawPage, drawPhoto, HEIGHT, tight, WIDTH } from "../support/drawn-pictures.ts";
import { openDecoder, type PictureDecoder } from "../support/remote-decoder.ts";

const ALL_INTRA = 2;
const [AQ_MODE, INTRA_BLOCK_COPY] = [40, 105];
type Call = (...args: unknown[]) => unknown;

/** The library, one of whose functions is another. */
function changed(name: string, change: (call: Call, args: unknown[]) => unknown): LibraryHandle {
  const { handle } = aomLibrary();
  const func = (signature: string) => {
    const call = handle.func(signature);
    if (!signature.includes(`${name}(`)) return call;
    return Object.assign((...args: unknown[]) => change(call, args), { async: call.async });
  };
  return { func } as unknown as LibraryHandle;
}

const open = (handle: LibraryHandle, { pace = ANY_PACE, width = WIDTH, height = HEIGHT } = {}): Encoder =>
  openAom(
    { width, height, chroma: "444" },
    { ...aomLibrary(), handle, stills: true, largeBytes: 1_000, newEdges: 1_000 },
    pace,
  );

let decoder: PictureDecoder;
beforeEach(() => {
  decoder = openDecoder("av1");
});
afterEach(() => decoder.close());

/** The first byte of the first frame, behind a delimiter, the OBU's header and its length (AV1 spec §5.3, §5.9.2). */
const frameOf = (unit: Uint8Array): number => unit[unit.findIndex((byte, at) => at > 2 && byte < 0x80) + 1] as number;

async function shows(encoder: Encoder, quality: number): Promise<void> {
  const { data } = await encoder.encode({ quality, key: false });
  expect(psnr((await decoder.decode(data)).planes[0], tight(encoder.planes)[0])).toBeGreaterThan(30);
}

describe("a library that makes no still pictures after all", () => {
  const WAYS = [
    ["it has no such usage", () => changed("enc_config_default", (call, a) => (a[2] === ALL_INTRA ? 1 : call(...a)))],
    [
      "it refuses a setting of theirs",
      () => changed("control", (call, a) => (a[1] === INTRA_BLOCK_COPY ? 8 : call(...a))),
    ],
  ] as const;

  test.each(WAYS)("codes in real time: %s", async (_why, library) => {
    const encoder = open(library());
    expect(encoder.about).toMatch(/But they cannot be made: libaom .* cannot be used/);
    for (const line of [0, 5]) {
      drawPage(encoder.planes, line);
      await shows(encoder, 30);
    }
    await encoder.close();
  });

  test.each(WAYS)("leaves nothing behind of what was opened for them: %s", async (_why, library) => {
    const handle = library();
    const addresses = () => Number(/^VmSize:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
    const openAndClose = () => open(handle, { width: 1920, height: 1080 }).close();
    await openAndClose();
    const before = addresses();
    for (let time = 0; time < 30; time++) await openAndClose();
    expect(addresses() - before).toBeLessThan(60_000); // planes alone have 6 MB each time
  });
});

test("a still picture whose header cannot be written anew is left out", async () => {
  const encoder = open(
    changed("control", (call, [context, id, type, value]) => {
      return call(context, id, type, id === AQ_MODE ? 1 : value);
    }),
  );
  for (const line of [0, 5, 9, 2, 0]) {
    drawPage(encoder.planes, line);
    await shows(encoder, 40);
    await shows(encoder, 30);
  }
  await encoder.close();
});

test("what a still picture was worth is remembered: letters repeat, a photograph does not", async () => {
  const happened: string[] = [];
  const pace: Pace = { ...ANY_PACE, took: () => happened.push("sent"), wasVain: () => happened.push("in vain") };
  const encoder = open(aomLibrary().handle, { pace });
  drawPage(encoder.planes, 0);
  await shows(encoder, 40);
  for (let shift = 1; shift < 6; shift++) {
    drawPhoto(encoder.planes, shift);
    await shows(encoder, 50);
  }
  expect(happened.slice(0, 1)).toEqual(["sent"]);
  expect(happened).toContain("in vain");
  await encoder.close();
});

test("a page that is new becomes a still picture with nothing tried before, and what is held beside it stays as it is", async () => {
  let [sent, bytes] = [0, 0];
  const pace: Pace = { ...ANY_PACE, took: () => sent++ };
  const library = { ...aomLibrary(), stills: true, largeBytes: 1_000_000, newEdges: 1_000 };
  const encoder = openAom({ width: WIDTH, height: HEIGHT, chroma: "444" }, library, pace);
  const next = async (quality: number, page = false) => {
    const { data } = await encoder.encode({ quality, key: false, page });
    bytes = data.length;
    return psnr((await decoder.decode(data)).planes[0], tight(encoder.planes)[0]);
  };
  drawLetters(encoder.planes, 0);
  await next(40);
  await next(30); // held as one that stays
  drawLetters(encoder.planes, 3);
  await next(30); // the same, and where the page after the next will be put
  drawLetters(encoder.planes, 5);
  expect(await next(40)).toBeGreaterThan(30);
  expect(sent).toBe(1); // the first picture: this one is not said to be a page
  drawLetters(encoder.planes, 9);
  expect(await next(40, true)).toBeGreaterThan(38);
  expect(sent).toBe(2);
  drawLetters(encoder.planes, 3);
  convert(new Int32Array(64).fill(0xff0000), encoder.planes, 40, 40, 8, 8);
  expect(await next(40, true)).toBeGreaterThan(38);
  expect(bytes).toBeLessThan(1_000); // predicted from the one that stays
  drawPhoto(encoder.planes, 0);
  expect(await next(40, true)).toBeGreaterThan(30);
  expect(sent).toBe(2); // found again; smooth
  await encoder.close();
});

test.each(["444", "420"] as const)(
  "a new page is sent as what is new on it, and the rest stays as it is: 4:%s",
  async (chroma) => {
    const size = { width: WIDTH, height: HEIGHT, chroma };
    const encoder = openAom(size, { ...aomLibrary(), stills: true, largeBytes: 1_000_000, newEdges: 500 }, ANY_PACE);
    const next = async (wish: Partial<PictureRequest>) => {
      const { data, quality } = await encoder.encode({ quality: 40, key: false, ...wish });
      return { data, quality, luma: (await decoder.decode(data)).planes[0] };
    };
    drawLetters(encoder.planes, 0);
    const before = await next({ key: true });
    await next({ quality: 30 }); // held as one that stays
    const under = 4 * BLOCK;
    drawLetters(encoder.planes, 9, under);
    const page = await next({ page: true });
    expect(frameOf(page.data) & 0xf0).toBe(0b0_10_0_0000); // frame_type INTRA_ONLY, not shown
    expect(psnr(page.luma.subarray(under * WIDTH), tight(encoder.planes)[0].subarray(under * WIDTH))).toBeGreaterThan(
      38,
    );
    const kept = [before, page].map(({ luma }) => luma.subarray(0, (under - BLOCK) * WIDTH));
    expect(Buffer.compare(kept[0] as Uint8Array, kept[1] as Uint8Array)).toBe(0);
    expect(page.quality).toBeLessThanOrEqual(34);
    const whole = (await encoder.encode({ quality: 40, key: true })).data.length;
    expect(page.data.length).toBeLessThan(0.85 * whole);
    await encoder.close();
  },
);

test("the first picture is as fine as it stays, but where somebody would wait for its bytes", async () => {
  const first = async (lineBps: number) => {
    const encoder = open(aomLibrary().handle);
    drawLetters(encoder.planes, 0);
    const { quality } = await encoder.encode({ quality: 50, key: true, quick: true, lineBps });
    await encoder.close();
    return quality;
  };
  expect([await first(0), await first(20_000_000), await first(1_000_000)]).toEqual([16, 16, 36]);
});

test("a still picture may take longer where it saves the line more", async () => {
  const saved: number[] = [];
  const pace: Pace = { ...ANY_PACE, isSoonEnough: ({ savedMs }) => saved.push(savedMs) > 0 };
  const encoder = open(aomLibrary().handle, { pace });
  drawPage(encoder.planes, 0);
  await encoder.encode({ quality: 42, key: true });
  await encoder.encode({ quality: 42, key: true, lineBps: 10_000_000 });
  await encoder.encode({ quality: 42, key: true, lineBps: 1_000_000 });
  expect(saved).toEqual([0, 56, 560]);
  await encoder.close();
});

describe.each([
  ["with still pictures", true],
  ["without", false],
])("what moves and is held back, %s", (_, stills) => {
  test("is not made better by a letter beside it, which is sharp at once", async () => {
    const encoder = openAom({ width: WIDTH, height: HEIGHT, chroma: "444" }, { ...aomLibrary(), stills });
    const { planes } = encoder;
    const half = planes.blockColumns * ((HEIGHT >> 4) >> 1);
    const lower = Uint8Array.from(planes.touchedBlocks, (_block, at) => (at >= half ? 1 : 0));
    drawPhoto(planes, 0);
    await decoder.decode((await encoder.encode({ quality: 50, key: true })).data);
    drawPhoto(planes, 3);
    const film = await decoder.decode((await encoder.encode({ quality: 52, key: false })).data);
    const letter = new Int32Array(16 * 16).map((_pixel, at) => (at % 3 === 0 ? 0xffffff : 0x000000));
    convert(letter, planes, 32, 16, 16, 16);
    const { data } = await encoder.encode({ quality: 35, key: false, held: lower });
    const after = await decoder.decode(data);
    const below = ({ planes: [luma] }: { planes: readonly Uint8Array[] }) =>
      luma?.subarray(WIDTH * 16 * ((HEIGHT >> 4) >> 1)) ?? new Uint8Array();
    expect(psnr(below(after), below(film))).toBeGreaterThan(50);
    const drawn = tight(planes)[0];
    const part = (luma: Uint8Array) =>
      Uint8Array.from({ length: 256 }, (_sample, at) => luma[(16 + (at >> 4)) * WIDTH + 32 + (at & 15)] ?? 0);
    expect(psnr(part(after.planes[0]), part(drawn))).toBeGreaterThan(30);
    // let go, all of it is made better
    const whole = await decoder.decode((await encoder.encode({ quality: 12, key: false })).data);
    expect(psnr(below(whole), drawn.subarray(drawn.length - below(whole).length))).toBeGreaterThan(
      psnr(below(film), drawn.subarray(drawn.length - below(film).length)) + 2,
    );
    await encoder.close();
  });
});
