/**
 * Host of one screen: capture, encoder and input of one display, kept open as long as they are wished for.
 *
 *   paused ──open──▶ opening ──▶ watching ──lost, resized──▶ opening …
 *      ▲                │ failed: said, tried again            │
 *      └────pause───────┴──────────────────────────────────────┘
 *
 * Where the cover is required, no capture is open unless the cover is verified: what is not captured cannot be shown.
 * Changes of state run one after another; a picture that was asked for is made by whoever comes next.
 */
import type { LockStates } from "../../signaling/protocol/channels.ts";
import type { Codec } from "../../signaling/protocol/signal.ts";
import { countCharacters } from "../desktop/characters.ts";
import type { InputEvent, Protection } from "../desktop/commands.ts";
import type { EncodeRequest } from "../desktop/desktop.ts";
import { toProblem } from "../desktop/problem.ts";
import type { DesktopProblem, Report } from "../desktop/reports.ts";
import type { ScreenCapture } from "./capture/capture.ts";
import { openCapture, type Source } from "./capture/open.ts";
import { CapturePipeline } from "./capture-pipeline.ts";
import { Covering } from "./cover/covering.ts";
import { openCover, removeLeftCover } from "./cover/open.ts";
import { openEncoder } from "./encoder/open.ts";
import type { Injector } from "./input/injector.ts";
import { openInjector } from "./input/open.ts";
import { Noticing } from "./notice/noticing.ts";
import { openNotice } from "./notice/open.ts";
import type { Office } from "./office/office.ts";
import { openOffice } from "./office/open.ts";

/** Waits between attempts to open the display again: the first soon (a restarted X server), then seldom. */
const RETRY_MS = [250, 500, 1000, 2000, 5000] as const;

export interface ScreenHostOptions {
  /** May throw DesktopFailure: it is asked again with each attempt. */
  readonly findSource: () => Source;
  /** What the network process is told. */
  readonly report: (report: Report) => void;
  /** Ctrl+Alt+Del was pressed, and this program's input cannot make it. */
  readonly attention: () => void;
}

export class ScreenHost {
  readonly #findSource: () => Source;
  readonly #report: (report: Report) => void;
  readonly #attention: () => void;
  readonly #covering: Covering;
  readonly #noticing: Noticing;
  /** Resolves when the cover was tried: before the first picture. */
  #protected: Promise<void> = Promise.resolve();
  #codec: Codec | undefined;
  #capture: ScreenCapture | undefined;
  #aboutEncoder: string | undefined;
  #pipeline: CapturePipeline | undefined;
  #injector: Injector | undefined;
  #office: Office | undefined;
  #refusesInput = false;
  /** As last told. */
  #locks: LockStates | undefined;
  /** Asked for and not answered. */
  #asked: EncodeRequest | undefined;
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor({ findSource, report, attention }: ScreenHostOptions) {
    this.#findSource = findSource;
    this.#report = report;
    this.#attention = attention;
    this.#covering = new Covering((words, changes) => openCover(findSource(), words, changes), {
      changed: () => this.#reopen(),
      covered: (state) => report({ type: "covered", ...state }),
    });
    this.#noticing = new Noticing(
      () => openNotice(findSource()),
      (words) => report({ type: "note", words }),
    );
    this.#inTurn(async () => removeLeftCover(findSource()).catch(() => undefined));
    // input is opened at once: it releases what a predecessor that died left pressed
    this.#inTurn(() => this.#openInput().catch(() => undefined));
  }

  #inTurn(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(work).catch((error: unknown) => this.#unusable(toProblem(error)));
  }

  #unusable(problem: DesktopProblem): void {
    this.#report({ type: "unusable", ...problem });
  }

  #typed(characters: number): void {
    this.#report({ type: "typed", characters });
  }

  async #openInput(): Promise<void> {
    this.#injector ??= await openInjector(this.#findSource(), {
      lost: () => this.#dropInput(),
      refuses: (refuses) => {
        this.#refusesInput = refuses;
        this.#office?.refusesInput(refuses);
      },
      attention: () => this.#attention(),
      typed: (characters) => this.#typed(characters),
      dropped: () => this.#report({ type: "input-dropped" }),
      locksChanged: () => this.#tellLocks(this.#locks),
      note: (event) => this.#noted(event),
    });
  }

  #tellLocks(before: LockStates | undefined): void {
    const locks = this.#injector?.locks();
    if (!locks) return;
    const { caps, num, kana } = locks;
    if (before && before.caps === caps && before.num === num && before.kana === kana) return;
    this.#locks = locks;
    this.#report({ type: "locks", ...locks });
  }

  /** The test pattern shows that input arrives: the pointer moves. */
  #noted(event: InputEvent): void {
    if (event.type === "move") this.#report({ type: "pointer-position", x: event.x, y: event.y });
  }

  open(codec: Codec): void {
    this.#codec = codec;
    this.#failures = 0;
    this.#reopen();
  }

  #reopen(): void {
    this.#inTurn(async () => {
      await this.#stop();
      await this.#protected;
      if (this.#codec && !this.#closed && this.#covering.allows) await this.#start(this.#codec);
      else this.#leaveOffice();
    });
  }

  async #start(codec: Codec): Promise<void> {
    try {
      await this.#openInput();
      this.#office ??= await openOffice(this.#findSource(), {
        told: (state) => this.#report({ type: "office", ...state }),
        looked: () => this.#tellLocks(this.#locks),
      });
      this.#office?.refusesInput(this.#refusesInput);
      this.#capture = await openCapture(this.#findSource(), this.#captureHandlers());
    } catch (error) {
      await this.#stop();
      this.#unusable(toProblem(error));
      this.#tryLater();
      return;
    }
    this.#failures = 0;
    const { width, height } = this.#capture;
    this.#report({ type: "screen", width, height });
    this.#tellLocks(undefined);
    await this.#watch(codec, this.#capture);
  }

  #leaveOffice(): void {
    this.#office?.close();
    this.#office = undefined;
  }

  #captureHandlers() {
    return {
      damaged: (at: number) => this.#pipeline?.damaged(at),
      input: () => this.#pipeline?.acted(),
      resized: () => this.#reopen(),
      lost: (problem: DesktopProblem) => {
        this.#unusable(problem);
        this.#reopen();
      },
      report: this.#report,
    };
  }

  #dropInput(): void {
    const injector = this.#injector;
    this.#injector = undefined;
    this.#inTurn(async () => injector?.close());
  }

  async #watch(codec: Codec, capture: ScreenCapture): Promise<void> {
    try {
      const encoder = await openEncoder(codec, capture);
      if (encoder.about && encoder.about !== this.#aboutEncoder) this.#report({ type: "note", words: encoder.about });
      this.#aboutEncoder = encoder.about;
      this.#pipeline = new CapturePipeline(capture, encoder, {
        report: (report) => {
          if (report.type === "picture") this.#asked = undefined;
          this.#report(report);
        },
        failed: (error) => this.#encoderFailed(error),
      });
    } catch (error) {
      this.#encoderFailed(error);
    }
    if (this.#asked) this.#pipeline?.encode({ ...this.#asked, key: true });
  }

  /** Nobody is helped by the same codec again: the other side chooses. */
  #encoderFailed(error: unknown): void {
    this.#codec = undefined;
    this.#asked = undefined;
    this.#report({ type: "encode-failed", ...toProblem(error) });
    this.#reopen();
  }

  #tryLater(): void {
    const wait = RETRY_MS[Math.min(this.#failures++, RETRY_MS.length - 1)];
    this.#retry = setTimeout(() => this.#reopen(), wait);
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#retry);
    const [pipeline, capture] = [this.#pipeline, this.#capture];
    this.#pipeline = undefined;
    this.#capture = undefined;
    await pipeline?.close();
    await capture?.close();
  }

  encode(request: EncodeRequest): void {
    if (!this.#codec) {
      this.#report({
        type: "encode-failed",
        code: "no-codec",
        message: "No codec is chosen: the screen is not being watched.",
      });
      return;
    }
    this.#asked = request;
    this.#pipeline?.encode(request);
  }

  protect(protection: Protection): void {
    this.#protected = this.#covering.set(protection).catch((error: unknown) => {
      const words = `the cover before this one could not be taken away: ${toProblem(error).message}`;
      this.#report({ type: "note", words });
    });
  }

  /** To who sits here. */
  notice(words: string): void {
    this.#noticing.say(words);
  }

  inject(event: InputEvent): void {
    if (!this.#codec || !this.#covering.allows || !this.#injector) {
      if (event.type === "text") this.#typed(countCharacters(event.text));
      return;
    }
    this.#injector.inject(event);
    this.#office?.injected();
    this.#capture?.hint?.(event.type);
    this.#pipeline?.acted();
  }

  releaseAll(): void {
    this.#injector?.releaseAll();
    this.#office?.injected();
  }

  forgetText(): void {
    this.#injector?.forgetText();
  }

  /** Everything held goes up; planes, encoder and capture are given back. */
  pause(): void {
    this.#codec = undefined;
    this.#asked = undefined;
    this.forgetText(); // what comes next may be a lock screen, or somebody else's session
    this.releaseAll();
    this.#reopen();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.pause();
    this.#dropInput();
    await Promise.all([this.#covering.close(), this.#noticing.close()]);
    await this.#turn;
  }
}
