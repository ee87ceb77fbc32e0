/**
 * `npm run bench -- lab`: a recorded trace, played through the agent's own encoder and plan in simulated time. Bytes and PSNR do not depend on how busy the
 * machine is; the same recording and the same libraries give the same figures.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { openAom } from "../../../agent/native/codecs/aom.ts";
import { aomLibrary } from "../../../agent/native/codecs/aom-library.ts";
import { cacheFolder } from "../../../agent/native/codecs/places.ts";
import { ANY_PACE } from "../../../agent/native/codecs/still-pace.ts";
import type { EncodedPicture, Encoder } from "../../../agent/picture/encoder.ts";
import { type Planes, planesLayout, planesOver } from "../../../agent/picture/planes.ts";
import { av1Packets } from "../../../agent/sending/av1-packets.ts";
import { OVERHEAD_BYTES } from "../../../agent/sending/packets.ts";
import { PicturePlan, type Step } from "../../../agent/sending/plan.ts";
import { Decoder } from "../../support/decoder.ts";
import { SCREEN } from "../desk.ts";
import type { TraceName } from "../plays.ts";
import { mean, percentile, round } from "../stats.ts";
import { record } from "./record.ts";
import { type Moment, momentsOf, type Part, readPart } from "./recording.ts";

/** A line that is never in the way. The encoder, too, is taken to be instantaneous: a real session has fewer pictures. */
const LINE = { waitingMs: 0, rateBps: 40_000_000 };
const BIG_SHARE = 0.02;
/** The picture that is shown is held against the screen this often. */
const COMPARE_EVERY_MS = 333;
const EXACT_DB = 99;

export interface Page {
  /** Seconds from the beginning of what counts. */
  readonly at: number;
  readonly share: number;
  readonly kilobytes: number;
  readonly kind: "key" | "still" | "change";
}

export interface LabResult {
  /** Packets' overhead included, without the first picture. */
  readonly kbps: number;
  readonly psnrY: number;
  readonly psnrYMedian: number;
  readonly psnrP10: number;
  readonly firstBytes: number;
  /** Pictures in which more than a fiftieth of the screen changed or was made better. */
  readonly pages: readonly Page[];
  readonly pictures: number;
  /** Of this process while encoding, s. */
  readonly cpuSeconds: number;
  readonly trace: TraceName;
  readonly library: string;
}

/** Where recordings are kept: beside what else this project keeps, for all its clones. */
const FOLDER = join(cacheFolder(), "lab");

export async function measureLab(o: { trace: TraceName; folder: string; say(what: string): void }): Promise<LabResult> {
  const { trace, folder, say } = o;
  const file = join(FOLDER, `${trace}.rec`);
  mkdirSync(FOLDER, { recursive: true });
  if (!existsSync(file)) await record(trace, { file, folder, say });
  say(`playing ${file}`);
  const player = new Player(openAom({ ...SCREEN, chroma: "444" }, aomLibrary(), ANY_PACE), readPart(file));
  await player.play(momentsOf(file));
  return { ...player.result(), trace, library: aomLibrary().about };
}

class Player {
  readonly #encoder: Encoder;
  readonly #decoder = new Decoder("av1");
  readonly #plan = new PicturePlan(0);
  readonly #part: Part;
  /** The screen as it is; the encoder's planes are behind while it encodes. */
  readonly #screen: Planes;
  readonly #pages: Page[] = [];
  readonly #psnr: number[] = [];
  #shown: Uint8Array | undefined;
  #pending: Moment[] = [];
  #share = 0;
  #bytes = 0;
  #firstBytes = 0;
  #pictures = 0;
  #cpuMicros = 0;
  #compareAt = 0;

  constructor(encoder: Encoder, part: Part) {
    this.#encoder = encoder;
    this.#part = part;
    const { width, height } = encoder.planes;
    this.#screen = planesOver(new Uint8Array(planesLayout("444", width, height).bytes), "444", width, height);
  }

  async play(moments: readonly Moment[]): Promise<void> {
    const rest = [...moments];
    let now = rest[0]?.ms ?? 0;
    while (rest[0] && rest[0].ms <= now) this.#changed(rest.shift() as Moment, now);
    while (now < this.#part.to) {
      const step = this.#plan.next(now, LINE);
      if (step.kind === "ask") {
        await this.#ask(step, now);
        continue;
      }
      const due = step.kind === "wait" ? now + step.ms : Number.POSITIVE_INFINITY;
      const next = Math.min(due, rest[0]?.ms ?? this.#part.to, this.#part.to);
      this.#compareUntil(next);
      now = Math.max(now, next);
      while (rest[0] && rest[0].ms <= now) this.#changed(rest.shift() as Moment, now);
    }
    await this.#encoder.close();
    this.#decoder.close();
  }

  #changed(moment: Moment, now: number): void {
    moment.apply(this.#screen);
    this.#pending.push(moment);
    const { width, height } = this.#screen;
    const share = moment.changed / (width * height);
    this.#share = Math.min(1, this.#share + share);
    this.#plan.changed(share, now);
  }

  async #ask(step: Step & { kind: "ask" }, now: number): Promise<void> {
    for (const moment of this.#pending) moment.apply(this.#encoder.planes);
    this.#pending = [];
    const share = this.#share;
    this.#share = 0;
    const { quality, key, quick, page } = step;
    const before = process.cpuUsage();
    const picture = await this.#encoder.encode({ quality, key, quick, page });
    const { user, system } = process.cpuUsage(before);
    this.#cpuMicros += user + system;
    this.#made(picture, share, now);
  }

  #made(picture: EncodedPicture, share: number, now: number): void {
    const packets = av1Packets(picture.data, picture.key);
    const bytes = packets.reduce((sum, packet) => sum + packet.length + OVERHEAD_BYTES, 0);
    this.#plan.made({ share, key: picture.key, quality: picture.quality }, bytes, now);
    this.#shown = this.#decoder.decode(picture.data).planes[0];
    if (this.#pictures++ === 0) this.#firstBytes = bytes;
    if (now < this.#part.from) return;
    this.#bytes += bytes;
    const kind = kindOf(picture);
    if (share <= BIG_SHARE && kind === "change" && bytes < 8_000) return;
    const at = round((now - this.#part.from) / 1_000, 2);
    this.#pages.push({ at, share: round(share, 3), kilobytes: round(bytes / 1_000, 1), kind });
  }

  #compareUntil(next: number): void {
    for (; this.#compareAt < next; this.#compareAt += COMPARE_EVERY_MS)
      if (this.#compareAt >= this.#part.from && this.#shown) this.#psnr.push(lumaPsnr(this.#shown, this.#screen));
  }

  result(): Omit<LabResult, "trace" | "library"> {
    const seconds = (this.#part.to - this.#part.from) / 1_000;
    return {
      kbps: round((this.#bytes * 8) / seconds / 1_000, 1),
      psnrY: round(mean(this.#psnr), 2),
      psnrYMedian: round(percentile(this.#psnr, 50), 2),
      psnrP10: round(percentile(this.#psnr, 10), 2),
      firstBytes: this.#firstBytes,
      pages: this.#pages,
      pictures: this.#pictures,
      cpuSeconds: round(this.#cpuMicros / 1_000_000, 1),
    };
  }
}

/** AV1 spec §5.9.2: behind the OBUs that are no frame, show_existing_frame and frame_type. */
function kindOf({ data, key }: EncodedPicture): Page["kind"] {
  if (key) return "key";
  const [first = 0] = data.subarray(2 + 1 + lengthBytes(data, 3));
  return (first & 0xe0) === 0x40 ? "still" : "change";
}

function lengthBytes(data: Uint8Array, at: number): number {
  let count = 1;
  while (((data[at + count - 1] ?? 0) & 0x80) !== 0) count++;
  return count;
}

/** Of the encoder's own samples, whose range is 16 to 235. */
function lumaPsnr(shown: Uint8Array, { y, lumaStride, width, height }: Planes): number {
  let sum = 0;
  for (let row = 0; row < height; row++)
    for (let column = 0, at = row * lumaStride, from = row * width; column < width; column++, at++, from++) {
      const difference = (y[at] as number) - (shown[from] as number);
      sum += difference * difference;
    }
  return sum === 0 ? EXACT_DB : Math.min(EXACT_DB, 10 * Math.log10((255 * 255 * width * height) / sum));
}
