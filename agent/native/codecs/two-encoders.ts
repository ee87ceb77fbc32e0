/**
 * Two encoders of libaom make one AV1 stream: one for still pictures (the first, a new page), which repeats glyphs that were coded already
 * (IntraBC) and needs a third of the bytes; one in real time, which cannot do that, for all the rest.
 *
 *   request ─▶ real time ─ small ───────────────────────────────────▶ out
 *      │          ▲          └ large ─▶ still ─ not worth it ─▶ the real-time one's goes out
 *      └ a page that is seen to be new ──▶ └─ as an intra-only frame ─▶ out
 *                 └── its reconstruction, into the slots that it renews ──┘
 *
 * What the real-time encoder made and nobody gets has touched just those slots. Whether its packet or the still picture is in them is the
 * same to what follows, except that the next picture must not go on from statistics that the decoder never had.
 */

import { type ActiveBlocks, Blocks } from "../../picture/blocks.ts";
import type { EncodedPicture, Encoder, PictureRequest } from "../../picture/encoder.ts";
import { intraOnly, sequenceHeaderOf } from "../../picture/intra-only.ts";
import { KeptPictures, type Slot } from "../../picture/kept-pictures.ts";
import { Pieces } from "../../picture/pieces.ts";
import type { Planes } from "../../picture/planes.ts";
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
/** Quantizers of still pictures: finer ones cost little (40: 40 kB, 42 dB; 30: 46 kB, 46 dB; 22: 51 kB, 49 dB; 12: 61 kB, 52 dB). */
const STILL_QUALITY = 22;
/** Where somebody waits for the first one on a line slower than this: 10 kB less, and refined for 50 kB when it stays. */
const SLOW_LINE_BPS = 2_000_000;
const SLOW_FIRST_QUALITY = 36;
/** Of a page of text: as a still picture, at most, and as a part of what it is in real time; and as a keyframe in real time. */
const STILL_BYTES = 50_000;
const STILL_PART = 0.5;
const KEY_BYTES = 120_000;
/** A still picture of more may be no page of text: it is held against the real-time one. */
const PAGE_BYTES = 70_000;

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
}

interface StillPicture extends EncodedPicture {
  readonly tookMs: number;
}

interface Tried {
  readonly renewed: readonly number[];
  /** A still picture of the same. */
  readonly made: StillPicture | undefined;
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
  /** Of empty planes: what the real-time encoder begins with where a still picture is the stream's first. */
  #blank: PlanesImage | undefined;
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
      blank: also(new PlanesImage(codec, options)),
      quick: also(new CodecInstance(codec, options)),
      still: also(new CodecInstance(still, options)),
    }));
    ({ image: this.#image, blank: this.#blank, quick: this.#quick, still: this.#still } = opened);
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
    // the slots that the real-time picture takes: no others may share a buffer with them
    const renewed = still === undefined ? [kept.next] : [kept.next, still];
    const page = active || !this.#isNewPage(request) ? undefined : await this.#newPage(quality, { still, renewed });
    const quick = page?.picture ?? (await this.#change({ quality: wanted, active, still }));
    const better = page?.picture ?? (await this.#better(quick, { ...request, renewed, made: page?.made }));
    kept.encodedInto(better?.quality ?? quality, still);
    this.#pieces.coded(renewed);
    this.#page = better?.quality ?? this.#pageAfter(quality, quick.data.length);
    if (!better) {
      this.#blocks.coded(quality, active);
      return { ...quick, quality };
    }
    this.#blocks.codedWhole(better.quality);
    this.#adopt(renewed);
    return better;
  }

  #isNewPage({ page = false, quality, lineBps }: PictureRequest): boolean {
    if (!page || !this.#isSoonEnough({ quality, lineBps, bytes: KEY_BYTES })) return false;
    return this.#pieces.unseen([this.#kept.newest, 2, 3]) >= this.#newEdges;
  }

  /** A still picture that nothing is tried before; without `picture`: it is none of a page of text. */
  async #newPage(
    quality: number,
    { still, renewed }: { still: Slot | undefined; renewed: readonly number[] },
  ): Promise<{ readonly made: StillPicture; readonly picture?: EncodedPicture }> {
    const made = await this.#stillPicture(Math.min(quality, STILL_QUALITY));
    const isPage = made.data.length <= PAGE_BYTES && this.#agrees(made);
    const data = isPage ? optional(() => intraOnly(made.data, renewed)) : undefined;
    if (!data) return { made };
    this.#pace.took(made.tookMs, performance.now());
    // of nothing, for the slots to have a buffer of their own
    const nothing = new Uint8Array(this.planes.touchedBlocks.length);
    await this.#change({ quality: COARSE_QUALITY, active: nothing, still });
    return { made, picture: { data, key: false, quality: made.quality } };
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

  /** A still picture in place of this one, where that is worth its time and bytes, and its header is one that we can write anew. */
  async #better(
    quick: Made,
    { quality, lineBps, renewed, made }: PictureRequest & Tried,
  ): Promise<EncodedPicture | undefined> {
    const bytes = quick.data.length;
    if (bytes <= this.#largeBytes || !this.#isSoonEnough({ quality, lineBps, bytes })) {
      if (made) this.#pace.wasVain(performance.now());
      return undefined;
    }
    const still = made ?? (await this.#stillPicture(Math.min(quality, STILL_QUALITY)));
    const worth = quality < COARSE_QUALITY ? WORTH : WORTH_MOVING;
    const isWorth = this.#agrees(still) && still.data.length <= bytes * worth;
    const data = isWorth ? optional(() => intraOnly(still.data, renewed)) : undefined;
    if (!data) this.#pace.wasVain(performance.now());
    else this.#pace.took(still.tookMs, performance.now());
    return data && { data, key: false, quality: still.quality };
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
      ? await this.#stillPicture(isUrgent ? SLOW_FIRST_QUALITY : Math.min(quality, STILL_QUALITY))
      : undefined;
    this.#begun = true;
    this.#kept.encodedKey();
    this.#pieces.coded([0, 1, 2, 3]);
    this.#page = still?.quality ?? quality;
    this.#blocks.codedWhole(this.#page);
    if (!still) return this.#realTimeKey(request);
    const { tookMs, ...picture } = still;
    this.#pace.took(tookMs, performance.now());
    this.#following = this.#follow(still);
    this.#following.catch(() => {}); // the next encode() tells
    return picture;
  }

  /** While the still picture is on its way: somebody waits for that one, and only a caret for the next. */
  async #follow(still: Made): Promise<void> {
    this.#beginning ??= await this.#beginBlank();
    this.#begun = this.#agrees(still); // else the next one is a keyframe in real time
    if (this.#begun) this.#adopt([0, 1, 2, 3]);
  }

  async #beginBlank(): Promise<Uint8Array> {
    const blank = this.#blank as PlanesImage;
    const { data } = await this.#quick.encode(blank, { quality: COARSE_QUALITY, key: true });
    this.#blank = undefined;
    blank.close();
    return data;
  }

  /** Where still pictures take too long: when it is refined it may become one. */
  async #realTimeKey(request: PictureRequest): Promise<EncodedPicture> {
    this.#resilient = false;
    this.#quick.control(CONTROL_ERROR_RESILIENT, 0);
    const made = await this.#quick.encode(this.#image, { ...request, key: true });
    this.#beginning ??= made.data;
    return { ...made, quality: request.quality };
  }

  async #change({ quality, active, still }: Change): Promise<Made> {
    const { newest, next } = this.#kept;
    this.#refer({ newest, next, still });
    this.#quick.activate(active, this.planes);
    const made = await this.#quick.encode(this.#image, { quality, key: false });
    if (this.#resilient) this.#quick.control(CONTROL_ERROR_RESILIENT, 0);
    this.#resilient = false;
    return made;
  }

  #refer(slots: { newest: Slot; next: Slot; still: Slot | undefined }): void {
    this.#quick.structureControl(this.#slots.control, this.#slots.references(slots));
  }

  async #stillPicture(quality: number): Promise<StillPicture> {
    const begun = performance.now();
    const made = await this.#still.encode(this.#image, { quality, key: true });
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
    this.#quick.control(CONTROL_ERROR_RESILIENT, 1);
    this.#resilient = true;
  }

  close(): Promise<void> {
    return this.#turns.close(async () => {
      await this.#following.catch(() => {});
      for (const part of [this.#quick, this.#still, this.#image, this.#blank]) part?.close();
    });
  }
}

const beginAlike = (a: Uint8Array, b: Uint8Array): boolean =>
  optional(() => Buffer.compare(sequenceHeaderOf(a), sequenceHeaderOf(b)) === 0) ?? false;
