/** What every encoder promises: one suite, run on each codec, its output read by the libraries' own decoders. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ANY_PACE, type Pace } from "../../agent/native/codecs/still-pace.ts";
import { convert } from "../../agent/picture/convert.ts";
import type { Encoder } from "../../agent/picture/encoder.ts";
import { intraOnly, oneUnit } from "../../agent/picture/intra-only.ts";
import type { Planes } from "../../agent/picture/planes.ts";
import { openEncoder } from "../../agent/screen/encoder/open.ts";
import { CODECS, type Codec } from "../../signaling/protocol/signal.ts";
import { psnr } from "../support/decoder.ts";
import { drawPage, drawPhoto, HEIGHT, tight, WIDTH } from "../support/drawn-pictures.ts";
import { openDecoder, type PictureDecoder } from "../support/remote-decoder.ts";

/** Numbers that look random and are the same each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

const CARET = { x: 120, y: 96, width: 2, height: 18 };

function fill(planes: Planes, { x, y, width, height }: typeof CARET, colour: number): void {
  convert(new Int32Array(width * height).fill(colour), planes, x, y, width, height);
}

/** The largest mean error of a block of 16×16 samples: a block that was left behind shows, however small. */
function worstBlock(decoded: Uint8Array, original: Uint8Array, width: number): number {
  const sums = new Map<number, number>();
  for (const [at, sample] of original.entries()) {
    const block = (Math.floor(at / width) >> 4) * 1000 + ((at % width) >> 4);
    sums.set(block, (sums.get(block) ?? 0) + Math.abs(sample - (decoded[at] ?? 0)));
  }
  return Math.max(...sums.values()) / 256;
}

type Open = (codec: Codec, size: { width: number; height: number }) => Promise<Encoder>;

function encoderContract(codec: Codec, open: Open, how = "") {
  describe(`encoder: ${codec}${how}`, () => {
    let encoder: Encoder;
    let decoder: PictureDecoder;
    beforeEach(async () => {
      encoder = await open(codec, { width: WIDTH, height: HEIGHT });
      decoder = openDecoder(codec.startsWith("av1") ? "av1" : "vp9");
    });
    afterEach(async () => {
      await decoder.close();
      await encoder.close();
    });

    test("the first picture is a keyframe of the right size, colours and content", async () => {
      drawPage(encoder.planes, 0);
      const { data, key } = await encoder.encode({ quality: 20, key: false });
      expect(key).toBe(true);
      const picture = await decoder.decode(data);
      expect([picture.width, picture.height, picture.chroma]).toEqual([WIDTH, HEIGHT, codec.slice(4)]);
      const [y, u, v] = tight(encoder.planes);
      for (const [decoded, original] of [
        [picture.planes[0], y],
        [picture.planes[1], u],
        [picture.planes[2], v],
      ] as const)
        expect(psnr(decoded, original)).toBeGreaterThan(38);
    });

    test("one packet for each picture, decodable in order, the newest picture each time", async () => {
      for (let line = 0; line < 12; line++) {
        drawPage(encoder.planes, line);
        const { data, key } = await encoder.encode({ quality: 30, key: line === 7 });
        expect(key).toBe(line === 0 || line === 7);
        expect(psnr((await decoder.decode(data)).planes[0], tight(encoder.planes)[0])).toBeGreaterThan(30);
      }
    });

    test("a decoder can begin at a keyframe that was asked for", async () => {
      drawPage(encoder.planes, 0);
      await encoder.encode({ quality: 30, key: false });
      drawPage(encoder.planes, 3);
      await encoder.encode({ quality: 30, key: false });
      const { data } = await encoder.encode({ quality: 30, key: true });
      expect(psnr((await decoder.decode(data)).planes[0], tight(encoder.planes)[0])).toBeGreaterThan(30);
    });

    test("an unchanged picture costs next to nothing", async () => {
      drawPage(encoder.planes, 0);
      const first = await encoder.encode({ quality: 35, key: false });
      const second = await encoder.encode({ quality: 35, key: false });
      expect(second.data.length).toBeLessThan(Math.max(80, first.data.length / 20));
    });

    test("quality is chosen for each picture", async () => {
      const sizes: number[] = [];
      for (const quality of [50, 10, 50]) {
        drawPhoto(encoder.planes);
        sizes.push((await encoder.encode({ quality, key: true })).data.length);
      }
      expect(sizes[1]).toBeGreaterThan((sizes[0] ?? 0) * 1.1);
      expect(sizes[1]).toBeGreaterThan((sizes[2] ?? 0) * 1.1);
    });

    test("a picture that was changed coarsely comes nearer to the original when asked for with better quality", async () => {
      drawPhoto(encoder.planes);
      await decoder.decode((await encoder.encode({ quality: 52, key: true })).data);
      drawPhoto(encoder.planes, 31);
      const coarse = await decoder.decode((await encoder.encode({ quality: 52, key: false })).data);
      const fine = await decoder.decode((await encoder.encode({ quality: 10, key: false })).data);
      const original = tight(encoder.planes)[0];
      expect(psnr(fine.planes[0], original)).toBeGreaterThan(psnr(coarse.planes[0], original) + 1);
    });

    test("a long sequence of changes, returns and refinements leaves nothing behind", async () => {
      const next = numbers(7);
      drawPage(encoder.planes, 0);
      await decoder.decode((await encoder.encode({ quality: 45, key: true })).data);
      for (let step = 0; step < 200; step++) {
        const kind = next(20);
        if (kind === 0) drawPage(encoder.planes, next(4));
        else if (kind < 5) {
          const [width, height] = [2 * (1 + next(40)), 2 * (1 + next(30))];
          const place = { x: 2 * next((WIDTH - width) >> 1), y: 2 * next((HEIGHT - height) >> 1), width, height };
          fill(encoder.planes, place, [0xffffff, 0x202020, 0xc02040, 0x4060c0][next(4)] ?? 0);
        } else fill(encoder.planes, CARET, kind & 1 ? 0x000000 : 0xffffff);
        const quality = next(10) === 0 ? 20 : 35;
        const { planes } = await decoder.decode((await encoder.encode({ quality, key: next(60) === 0 })).data);
        const [y, u] = tight(encoder.planes);
        expect(psnr(planes[0], y)).toBeGreaterThan(30);
        expect(worstBlock(planes[0], y, WIDTH)).toBeLessThan(16);
        expect(psnr(planes[1], u)).toBeGreaterThan(30);
      }
    });

    test("the event loop runs on while a picture is made", async () => {
      drawPage(encoder.planes, 0);
      let turns = 0;
      const done = encoder.encode({ quality: 20, key: true }).then(() => "done");
      while ((await Promise.race([done, new Promise((resolve) => setImmediate(resolve, "turn"))])) === "turn") turns++;
      expect(turns).toBeGreaterThan(0);
    });

    // an encoder's deepest calls happen on such a page: they once overflowed the stack they were given
    test("a full screen of dense text is encoded, again and again", async () => {
      const size = { width: 1920, height: 1080 };
      const large = await open(codec, size);
      const pixels = new Int32Array(size.width * size.height);
      let state = 1;
      const next = () => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
        return state >>> 8;
      };
      const glyphs = Array.from({ length: 60 }, () =>
        Array.from({ length: 8 * 14 }, () => (next() % 5 < 2 ? 0x202020 : next() % 7 ? 0xffffff : 0x808080)),
      );
      pixels.fill(0xffffff);
      for (let cell = 0; cell < 60 * 150; cell++) {
        const [left, top, glyph] = [20 + (cell % 150) * 10, Math.floor(cell / 150) * 18, glyphs[next() % 60] ?? []];
        for (const [at, colour] of glyph.entries())
          pixels[(top + Math.floor(at / 8)) * size.width + left + (at % 8)] = colour;
      }
      for (const lines of [0, 3, 7]) {
        const scrolled = lines * 18 * size.width;
        convert(pixels.subarray(scrolled), large.planes, 0, 0, size.width, size.height - lines * 18);
        const { data } = await large.encode({ quality: 35, key: false });
        const { planes } = await decoder.decode(data); // a newer libaom says a page that was scrolled in 56 bytes
        expect(psnr(planes[0], tight(large.planes, size.width, size.height)[0])).toBeGreaterThan(30);
      }
      await large.close();
    });

    test("close waits for a running encode, and twice is fine", async () => {
      drawPage(encoder.planes, 0);
      const running = encoder.encode({ quality: 20, key: true });
      await encoder.close();
      await encoder.close();
      expect((await running).data.length).toBeGreaterThan(0);
      await expect(encoder.encode({ quality: 20, key: true })).rejects.toThrow();
    });
  });
}

/** Whichever libaom is here; of these small pictures, too, some are large enough. */
const together =
  (pace: () => Pace, stills = true): Open =>
  async (codec, size) => {
    const { openAom } = await import("../../agent/native/codecs/aom.ts");
    const { aomLibrary } = await import("../../agent/native/codecs/aom-library.ts");
    const chroma = codec === "av1-444" ? "444" : "420";
    return openAom({ ...size, chroma }, { ...aomLibrary(), stills, largeBytes: 1_000, newEdges: 1_000 }, pace());
  };

/** A machine that is quick enough for still pictures every other time. */
function nowAndThen(): Pace {
  let isQuick = false;
  return {
    took() {},
    wasVain() {},
    isSoonEnough() {
      isQuick = !isQuick;
      return isQuick;
    },
  };
}

const NO_PACE: Pace = { ...ANY_PACE, isSoonEnough: () => false };

const SIZE = { width: WIDTH, height: HEIGHT };
const WITH_STILLS = ["av1-444", "av1-420"] as const;

for (const codec of CODECS) encoderContract(codec, openEncoder);
for (const codec of WITH_STILLS)
  encoderContract(
    codec,
    together(() => ANY_PACE),
    ", with still pictures",
  );
for (const codec of WITH_STILLS.slice(0, 1))
  encoderContract(codec, together(nowAndThen), ", with still pictures now and then");

test("the library says whether it can make still pictures", async () => {
  const { aomLibrary } = await import("../../agent/native/codecs/aom-library.ts");
  const { stills, about } = aomLibrary();
  if (process.platform === "win32") expect(stills).toBe(true); // our DLL has them
  const words = stills ? "new pages as still pictures" : "no still pictures: ";
  expect(about).toMatch(new RegExp(`libaom \\d+\\.\\d+.*; ${words}`));
});

test.each(WITH_STILLS)("a keyframe hidden within a stream is decoded, and leaves all as it was: %s", async (codec) => {
  const [encoder, other] = [await openEncoder(codec, SIZE), await together(() => ANY_PACE)(codec, SIZE)];
  const [decoder, without] = [openDecoder("av1"), openDecoder("av1")];
  const next = async (line: number) => {
    drawPage(encoder.planes, line);
    return (await encoder.encode({ quality: 30, key: false })).data;
  };
  for (const data of [await next(0), await next(1)]) await Promise.all([decoder.decode(data), without.decode(data)]);
  drawPage(other.planes, 5);
  const hidden = intraOnly((await other.encode({ quality: 30, key: true })).data, [4]);
  const after = await next(2);
  const [one, two] = [await decoder.decode(oneUnit(hidden, after)), await without.decode(after)];
  for (const plane of [0, 1, 2] as const) expect(Buffer.compare(one.planes[plane], two.planes[plane])).toBe(0);
  expect(psnr(one.planes[0], tight(encoder.planes)[0])).toBeGreaterThan(30);
  await Promise.all([decoder, without, encoder, other].map((each) => each.close()));
});

const WAYS: readonly (readonly [codec: "av1-444" | "av1-420", how: string, open: Open])[] = [
  ["av1-444", "in real time", openEncoder],
  ["av1-420", "in real time", openEncoder],
  ...WITH_STILLS.map((codec) => [codec, "with still pictures", together(() => ANY_PACE)] as const),
];

describe.each(WAYS)("a caret that blinks: %s, %s", (codec, _how, open) => {
  let encoder: Encoder;
  let decoder: PictureDecoder;
  beforeEach(async () => {
    encoder = await open(codec, { width: WIDTH, height: HEIGHT });
    decoder = openDecoder("av1");
    drawPage(encoder.planes, 0);
    await decoder.decode((await encoder.encode({ quality: 45, key: true })).data);
  });
  afterEach(async () => {
    await decoder.close();
    await encoder.close();
  });

  async function blink(on: boolean, quality = 35) {
    fill(encoder.planes, CARET, on ? 0x000000 : 0xffffff);
    const { data, key } = await encoder.encode({ quality, key: false });
    return { bytes: data.length, key, ...(await decoder.decode(data)) };
  }

  test("is encoded once on and once off, and from then on only named", async () => {
    const [on, off] = [await blink(true), await blink(false)];
    for (let turn = 0; turn < 3; turn++)
      for (const [state, first] of [
        [true, on],
        [false, off],
      ] as const) {
        const again = await blink(state);
        expect(again).toMatchObject({ bytes: 5, key: false });
        for (const plane of [0, 1, 2] as const)
          expect(Buffer.compare(again.planes[plane], first.planes[plane])).toBe(0);
      }
  });

  test("a letter typed between two blinks is there", async () => {
    for (const state of [true, false, true, false]) await blink(state);
    fill(encoder.planes, { x: 130, y: 96, width: 10, height: 14 }, 0x202020);
    for (const state of [true, false, true, false]) {
      const { planes } = await blink(state);
      expect(worstBlock(planes[0], tight(encoder.planes)[0], WIDTH)).toBeLessThan(12);
    }
  });

  test("a refined picture is not undone by the coarse one before it", async () => {
    drawPhoto(encoder.planes);
    await blink(false, 52);
    await blink(true, 52);
    const fine = await blink(true, 10);
    const off = await blink(false, 52);
    const original = tight(encoder.planes)[0];
    expect(off.bytes).toBeGreaterThan(5);
    expect(psnr(off.planes[0], original)).toBeGreaterThan(psnr(fine.planes[0], original) - 1);
  });

  test("a keyframe that is asked for is made, and is not shown again", async () => {
    for (const state of [true, false, true, false]) await blink(state);
    const { data, key } = await encoder.encode({ quality: 35, key: true });
    expect(key).toBe(true);
    await decoder.decode(data);
    expect((await blink(true)).bytes).toBeGreaterThan(5);
    expect((await blink(false)).bytes).toBeGreaterThan(5);
    expect((await blink(true)).bytes).toBe(5);
  });
});

test.each([
  ["in real time", together(() => ANY_PACE, false)],
  ...WITH_STILLS.slice(0, 1).map(
    () => ["with still pictures, were they soon enough", together(() => NO_PACE)] as const,
  ),
] as const)("a quick keyframe lacks the tools for screens: %s", async (_how, open) => {
  const encoder = await open("av1-444", { width: WIDTH, height: HEIGHT });
  drawPage(encoder.planes, 0);
  const proper = await encoder.encode({ quality: 50, key: true });
  const quick = await encoder.encode({ quality: 50, key: true, quick: true });
  const after = await encoder.encode({ quality: 50, key: true });
  await encoder.close();
  expect(quick.data.length).toBeGreaterThan(proper.data.length * 1.2);
  expect(after.data.length).toBe(proper.data.length);
});
