/**
 * Two encoders of libaom make one AV1 stream: one for still pictures (the first, a new page), which repeats glyphs that were coded already
 * (IntraBC) and needs a third of the bytes; one in real time, which cannot do that, for all the rest.
 *
 *   request ─▶ real time ─ small ──────────────────────────────────────────────────────▶ out
 *      │                    └ large ─▶ what is new, as a still ─ not worth it ─▶ the real-time one's goes out
 *      └ a page that is seen to be new ─▶ └─ hidden, in a slot of its own (sheet.ts) ─▶ out, with
 *                                                 └─ real time: the page out of it and of the picture before
 *
 * The first picture of all is a still one as it is, and its reconstruction is put into the slots of the real-time encoder; so is that of each
 * hidden one. After a picture that was made and that nobody gets the next one must not go on from statistics that the decoder never had.
 */

import { type ActiveBlocks, Blocks } from "../../picture/blocks.ts";
import type { EncodedPicture, Encoder, PictureRequest } from "../../picture/encoder.ts";
import { intraOnly, oneUnit, sequenceHeaderOf } from "../../picture/intra-only.ts";
import { KeptPictures, type Slot } from "../../picture/kept-pictures.ts";
import { Pieces } from "../../picture/pieces.ts";
import type { Planes } from "../../picture/planes.ts";
import { copyOntoSheet } from "../../picture/sheet.ts";
import {
  CodecInstance,
  type CodecLibrary,
  type CodecOptions,
  type CodecSlots,
  type Made,
  openTogether,
  optional,
  PlanesImage,
  unusable,
} from "./codec.ts";
import type { Pace } from "./still-pace.ts";
import { Turns } from "./turns.ts";

const CONTROL_SET_REFERENCE = 231; // AV1_SET_REFERENCE
/** Offsets in aom_image_t of w, h. */
const [IMAGE_WIDTH, IMAGE_HEIGHT] = [28, 32];
const CONTROL_ERROR_RESILIENT = 38; // AV1E_SET_ERROR_RESILIENT_MODE

/** So much larger may the still picture be: it is sharper than what it replaces, and is not refined later. */
const WORTH = 1.3;
/** So coarse a picture is only asked for while something moves, or when somebody waits for the first one. */
const COARSE_QUALITY = 50;
/** While something moves a still picture would be late, and nobody reads it: only where it is no larger. */
const WORTH_MOVING = 1.05;
/** What is small is asked for as this. */
const LETTERS_QUALITY = 35;
const LETTERS_BYTES = 3_000;
/** So fine a picture is only asked for when the screen stands still. */
const AT_REST_QUALITY = 34;
/** Quantizers of still pictures: finer ones cost little (40: 40 kB, 42 dB; 30: 46 kB, 46 dB; 22: 51 kB, 49 dB; 16: 57 kB, 50 dB; 12: 61 kB, 52 dB). */
const STILL_QUALITY = 16;
/** Where somebody waits for the first one on a line slower than this: 10 kB less, and refined for 50 kB when it stays. */
const SLOW_LINE_BPS = 2_000_000;
const SLOW_FIRST_QUALITY = 36;
/** Of a page of text: as a still picture, at most, and as a part of what it is in real time; and as a keyframe in real time. */
const STILL_BYTES = 50_000;
const STILL_PART = 0.5;
const KEY_BYTES = 120_000;
/** A still picture of more may be no page of text: it is held against the real-time one. */
const PAGE_BYTES = 70_000;

/** Of what is put together from a sheet: asked for finer, libaom is in a hurry (aom.ts) and does not look there: 110 kB in place of 300 bytes. */
const OUT_OF_SHEET_QUALITY = 40;

export interface StillCodec {
  /** The same library, opened for still pictures. */
  readonly codec: CodecLibrary;
  readonly pace: Pace;
  /** A picture of more bytes than this is tried as a still one. */
  readonly largeBytes: number;
  /** A page with so many edges that the decoder has not is made as a still one at once. */
  readonly newEdges: number;
}

interface Change {
  readonly quality: number;
  readonly active: ActiveBlocks | undefined;
  readonly still: Slot | undefined;
  readonly sheet?: boolean;
}

interface StillPicture extends EncodedPicture {
  readonly tookMs: number;
}

/** What is new, alone. `quality`: of that. */
interface Sheet extends StillPicture {
  readonly blocks: ActiveBlocks;
  /** How good the page is that it makes with the picture before. */
  readonly whole: number;
}

interface Tried {
  readonly still: Slot | undefined;
  /** A sheet of the same. */
  readonly sheet: Sheet | undefined;
}

export class TwoEncoders implements Encoder {
  readonly planes: Planes;
  readonly about: string | undefined;
  readonly #slots: CodecSlots;
  readonly #image: PlanesImage;
  readonly #quick: CodecInstance;
  readonly #still: CodecInstance;
  readonly #pace: Pace;
  readonly #largeBytes: number;
  readonly #newEdges: number;
  readonly #kept: KeptPictures;
  readonly #blocks: Blocks;
  readonly #pieces: Pieces;
  /** Of what is new; empty at first: what the real-time encoder begins with where a still picture is the stream's first. */
  readonly #sheet: PlanesImage;
  /** The slot of the sheet has no buffer in common with others. */
  #isApart = false;
  /** How the real-time encoder began; nobody gets a blank beginning, only its header counts. */
  #beginning: Uint8Array | undefined;
  /** Resolves when the real-time encoder has taken over the last keyframe. */
  #following: Promise<void> = Promise.resolve();
  #begun = false;
  /** A library whose two encoders begin their streams differently: only the real-time one is used. */
  #agreed = true;
  /** How good the page is, whatever small was changed on it. */
  #page = COARSE_QUALITY;
  #resilient = false;
  readonly #turns = new Turns();

  constructor(codec: CodecLibrary, { codec: still, pace, largeBytes, newEdges }: StillCodec, options: CodecOptions) {
    if (!codec.slots) throw unusable(codec, "nothing is known of its slots");
    this.about = codec.about;
    this.#slots = codec.slots;
    this.#pace = pace;
    this.#largeBytes = largeBytes;
    this.#newEdges = newEdges;
    const opened = openTogether((also) => ({
      image: also(new PlanesImage(codec, options)),
      // of its own: the one that is captured into may be written meanwhile
      sheet: also(new PlanesImage(codec, options)),
      quick: also(new CodecInstance(codec, options)),
      still: also(new CodecInstance(still, options)),
    }));
    ({ image: this.#image, sheet: this.#sheet, quick: this.#quick, still: this.#still } = opened);
    this.planes = this.#image.planes;
    this.#kept = new KeptPictures(this.planes);
    this.#blocks = new Blocks(this.planes);
    this.#pieces = new Pieces(this.planes);
  }

  encode(request: PictureRequest): Promise<EncodedPicture> {
    return this.#turns.take(() => this.#encode(request));
  }

  async #encode(request: PictureRequest): Promise<EncodedPicture> {
    const { quality } = request;
    const kept = this.#kept;
    await this.#following;
    if (request.key || !this.#begun) return this.#key(request);
    const shown = kept.find(quality);
    if (shown !== undefined) return this.#again(shown, quality);
    const still = kept.still(quality);
    const active = this.#blocks.active(quality, request.held);
    // a page that is as fine as that is not made anew for the letters on it
    const wanted = !active && quality >= this.#page ? Math.max(quality, LETTERS_QUALITY) : quality;
    const sheet = active || !this.#isNewPage(request) ? undefined : await this.#newOnSheet(quality);
    const isPage = sheet !== undefined && sheet.data.length <= PAGE_BYTES && this.#agrees(sheet);
    const page = isPage ? await this.#outOfSheet(sheet, still) : undefined;
    const quick = page ?? (await this.#change({ quality: wanted, active, still }));
    const better = page ?? (await this.#better(quick, { ...request, still, sheet }));
    kept.encodedInto(better?.quality ?? quality, still);
    this.#pieces.coded(still === undefined ? [kept.newest] : [kept.newest, still]);
    this.#page = better?.quality ?? this.#pageAfter(quality, quick.data.length);
    if (better) return better;
    this.#blocks.coded(quality, active);
    return { ...quick, quality };
  }

  #isNewPage({ page = false, quality, lineBps }: PictureRequest): boolean {
    if (!page || !this.#isSoonEnough({ quality, lineBps, bytes: KEY_BYTES })) return false;
    return this.#pieces.unseen([this.#kept.newest, 2, 3]) >= this.#newEdges;
  }

  /** What the newest picture has not, or has coarser than is asked for. */
  async #newOnSheet(quality: number): Promise<Sheet> {
    const { blocks, worst } = this.#blocks.fresh(quality);
    copyOntoSheet(this.planes, this.#sheet.planes, blocks);
    const made = await this.#stillPicture(this.#sheet, Math.min(quality, STILL_QUALITY));
    return { ...made, blocks, whole: Math.max(made.quality, worst) };
  }

  /** The page, of a hidden sheet and the picture before; undefined: the sheet's header is none that can be written anew. */
  async #outOfSheet(sheet: Sheet, still: Slot | undefined): Promise<EncodedPicture | undefined> {
    const { sheet: slot, control, renewSheet } = this.#slots;
    const hidden = optional(() => intraOnly(sheet.data, [slot]));
    if (!hidden) return undefined;
    this.#sent(sheet);
    if (!this.#isApart) {
      this.#quick.structureControl(control, renewSheet(this.#kept.newest));
      this.#quick.activate(new Uint8Array(this.planes.touchedBlocks.length), this.planes); // of nothing
      await this.#quick.encode(this.#image, { quality: COARSE_QUALITY, key: false });
      this.#isApart = true;
    }
    this.#adopt([slot]);
    const { data } = await this.#change({ quality: OUT_OF_SHEET_QUALITY, active: undefined, still, sheet: true });
    this.#blocks.coded(sheet.quality, sheet.blocks);
    return { data: oneUnit(hidden, data), key: false, quality: sheet.whole };
  }

  #agrees(still: Made): boolean {
    this.#agreed &&= this.#beginning !== undefined && beginAlike(this.#beginning, still.data);
    return this.#agreed;
  }

  #pageAfter(quality: number, bytes: number): number {
    if (quality > LETTERS_QUALITY && bytes > LETTERS_BYTES) return quality;
    return quality <= AT_REST_QUALITY ? Math.min(quality, this.#page) : this.#page;
  }

  /** A picture that is held. One that has come to stay is taken to where it is kept. */
  async #again(slot: Slot, asked: number): Promise<EncodedPicture> {
    const kept = this.#kept;
    const quality = kept.qualityOf(slot) ?? asked;
    if (asked > AT_REST_QUALITY || !kept.mustMove) return { data: this.#slots.show(slot), key: false, quality };
    const still = kept.still(quality);
    // so coarse that nothing is made anew, unless something small is to be undone
    const coarse = slot === kept.newest ? COARSE_QUALITY : LETTERS_QUALITY;
    const made = await this.#change({ quality: coarse, active: undefined, still });
    kept.encodedInto(quality, still);
    this.#pieces.coded(still === undefined ? [kept.newest] : [kept.newest, still]);
    this.#blocks.codedWhole(quality);
    return { ...made, quality };
  }

  /** A still picture of what is new in place of this one, where that is worth its time and bytes. */
  async #better(
    quick: Made,
    { quality, lineBps, still, ...tried }: PictureRequest & Tried,
  ): Promise<EncodedPicture | undefined> {
    const bytes = quick.data.length;
    if (bytes <= this.#largeBytes || !this.#isSoonEnough({ quality, lineBps, bytes })) {
      if (tried.sheet) this.#pace.wasVain(performance.now());
      return undefined;
    }
    const sheet = tried.sheet ?? (await this.#newOnSheet(quality));
    const worth = quality < COARSE_QUALITY ? WORTH : WORTH_MOVING;
    const isWorth = this.#agrees(sheet) && sheet.data.length <= bytes * worth;
    const better = isWorth ? await this.#outOfSheet(sheet, still) : undefined;
    if (!better) this.#pace.wasVain(performance.now());
    return better;
  }

  /** `bytes`: of the picture in real time. */
  #isSoonEnough({
    quality,
    lineBps = 0,
    bytes,
  }: {
    quality: number;
    lineBps: number | undefined;
    bytes: number;
  }): boolean {
    const saved = bytes - Math.min(STILL_BYTES, bytes * STILL_PART);
    const savedMs = lineBps > 0 ? (8_000 * saved) / lineBps : 0;
    return this.#agreed && this.#pace.isSoonEnough({ atRest: quality <= AT_REST_QUALITY, savedMs }, performance.now());
  }

  async #key(request: PictureRequest): Promise<EncodedPicture> {
    const { quality } = request;
    const { lineBps = 0 } = request;
    const isUrgent = quality >= COARSE_QUALITY && lineBps > 0 && lineBps < SLOW_LINE_BPS;
    const still = this.#isSoonEnough({ quality, lineBps, bytes: KEY_BYTES })
      ? await this.#stillPicture(this.#image, isUrgent ? SLOW_FIRST_QUALITY : Math.min(quality, STILL_QUALITY))
      : undefined;
    this.#begun = true;
    this.#kept.encodedKey();
    this.#pieces.coded([0, 1, 2, 3]);
    this.#page = still?.quality ?? quality;
    this.#blocks.codedWhole(this.#page);
    if (!still) return this.#realTimeKey(request);
    this.#sent(still);
    this.#following = this.#follow(still);
    this.#following.catch(() => {}); // the next encode() tells
    return still;
  }

  /** While the still picture is on its way: somebody waits for that one, and only a caret for the next. */
  async #follow(still: Made): Promise<void> {
    this.#beginning ??= await this.#beginBlank();
    this.#begun = this.#agrees(still); // else the next one is a keyframe in real time
    if (this.#begun) this.#adopt([0, 1, 2, 3]);
  }

  async #beginBlank(): Promise<Uint8Array> {
    const { data } = await this.#quick.encode(this.#sheet, { quality: COARSE_QUALITY, key: true });
    this.#isApart = false;
    return data;
  }

  /** Where still pictures take too long: when it is refined it may become one. */
  async #realTimeKey(request: PictureRequest): Promise<EncodedPicture> {
    this.#resilient = false;
    this.#quick.control(CONTROL_ERROR_RESILIENT, 0);
    const made = await this.#quick.encode(this.#image, { ...request, key: true });
    this.#isApart = false;
    this.#beginning ??= made.data;
    return { ...made, quality: request.quality };
  }

  async #change({ quality, active, still, sheet = false }: Change): Promise<Made> {
    const { newest, next } = this.#kept;
    this.#quick.structureControl(this.#slots.control, this.#slots.references({ newest, next, still, sheet }));
    this.#quick.activate(active, this.planes);
    const made = await this.#quick.encode(this.#image, { quality, key: false });
    if (this.#resilient) this.#quick.control(CONTROL_ERROR_RESILIENT, 0);
    this.#resilient = false;
    return made;
  }

  #sent({ data, tookMs }: StillPicture): void {
    this.#pace.took({ ms: tookMs, bytes: data.length }, performance.now());
  }

  async #stillPicture(image: PlanesImage, quality: number): Promise<StillPicture> {
    const begun = performance.now();
    const made = await this.#still.encode(image, { quality, key: true });
    return { ...made, quality, tookMs: performance.now() - begun };
  }

  /** The real-time encoder goes on from the still picture, as the decoder will. */
  #adopt(slots: readonly number[]): void {
    const image = this.#still.reconstruction();
    // told without what fills it up to whole blocks, which a reference has
    const view = new DataView(image.buffer);
    for (const size of [IMAGE_WIDTH, IMAGE_HEIGHT]) view.setUint32(size, (view.getUint32(size, true) + 7) & ~7, true);
    for (const slot of slots) {
      // av1_ref_frame_t: idx, use_external_ref, img
      const reference = new Uint8Array(8 + image.byteLength);
      reference[0] = slot;
      reference.set(image, 8);
      this.#quick.structureControl(CONTROL_SET_REFERENCE, reference);
    }
    // those of the last picture that was made the decoder may not have
    this.#quick.control(CONTROL_ERROR_RESILIENT, 1);
    this.#resilient = true;
  }

  close(): Promise<void> {
    return this.#turns.close(async () => {
      await this.#following.catch(() => {});
      for (const part of [this.#quick, this.#still, this.#image, this.#sheet]) part.close();
    });
  }
}

const beginAlike = (a: Uint8Array, b: Uint8Array): boolean =>
  optional(() => Buffer.compare(sequenceHeaderOf(a), sequenceHeaderOf(b)) === 0) ?? false;
