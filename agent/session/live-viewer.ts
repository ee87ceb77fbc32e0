/**
 * One viewer looking at and operating this PC, while its peer is proven: screen out, input in, signs of life. Lives and dies with
 * one attempt. On close everything held is released.
 */
import type { AgentControl } from "../../signaling/protocol/channels.ts";
import { unreachable } from "../../signaling/protocol/errors.ts";
import type { Codec } from "../../signaling/protocol/signal.ts";
import { countCharacters } from "../desktop/characters.ts";
import type { Desktop } from "../desktop/desktop.ts";
import { type DesktopState, type LastingReport, lastingReports, learn } from "../desktop/desktop-state.ts";
import type { DesktopReport } from "../desktop/reports.ts";
import type { Log } from "../log.ts";
import type { Peer } from "../peer/peer.ts";
import type { FirstPicture } from "../sending/first-picture.ts";
import { Gate, type Verdict } from "./gate.ts";
import { type Life, Liveness } from "./liveness.ts";
import { PointerNotices } from "./pointer-notices.ts";
import { Streamer } from "./streamer.ts";

/** How far a long text is typed is told this often. */
const TELL_TYPED_EVERY_MS = 200;

/** Refusals for one reason are told, and logged, at most this often. */
const TELL_REFUSAL_EVERY_MS = 1_000;

export interface LiveViewerOptions {
  readonly desktop: Desktop;
  /** What the desktop has told before; from now on it is told to reported(). */
  readonly known: DesktopState;
  readonly peer: Peer;
  readonly codec: Codec;
  readonly log: Log;
  readonly startBps: number | undefined;
  readonly first: FirstPicture | undefined;
  readonly locking: Omit<Extract<AgentControl, { type: "locking" }>, "type">;
  /** Something was injected. */
  readonly onInput: () => void;
  readonly now: () => number;
}

export class LiveViewer {
  readonly streamer: Streamer;
  readonly #options: LiveViewerOptions;
  readonly #gate = new Gate({ control: true });
  readonly #pointer = new PointerNotices();
  readonly #liveness: Liveness;
  #known: DesktopState;
  /** The person was warned. */
  #warned = false;
  #isOpen = false;
  readonly #refusedAt = new Map<string, number>();
  /** Characters of text that came from this viewer, and that are dealt with. */
  #textCame = 0;
  #textDone = 0;
  #typedAt = Number.NEGATIVE_INFINITY;

  constructor(options: LiveViewerOptions) {
    this.#options = options;
    this.#known = options.known;
    this.#gate.screen = options.known.screen;
    this.#liveness = new Liveness(options.now());
    this.streamer = new Streamer({
      desktop: options.desktop,
      peer: options.peer,
      codec: options.codec,
      startBps: options.startBps,
      first: options.first,
      now: options.now,
      notice: (message) => this.say(message),
    });
  }

  controlOpen(): void {
    this.#isOpen = true;
    this.say({ type: "takes", again: true });
    this.say({ type: "locking", ...this.#options.locking });
    for (const report of lastingReports(this.#known)) this.#tell(report);
  }

  /** The viewer's first word says that it has verified us and put the picture's place up. */
  control(text: string): void {
    this.heard();
    this.streamer.viewerReady();
    this.#apply(this.#gate.control(text, this.#options.now()));
  }

  pointer(text: string): void {
    this.heard();
    this.#apply(this.#gate.pointer(text, this.#options.now()));
  }

  heard(): void {
    this.#liveness.heard(this.#options.now());
  }

  /** Something is reported of the desktop. What ends the session is not ours. */
  reported(report: DesktopReport): void {
    const { isRestarting } = this.#known;
    this.#known = learn(this.#known, report);
    switch (report.type) {
      case "changed":
        this.streamer.changed(report);
        break;
      case "picture":
        this.streamer.picture(report);
        break;
      case "typed":
        this.#typed(report.characters);
        break;
      case "input-dropped":
        this.#refused({ kind: "refuse", why: "too-many" });
        break;
      case "restarting":
        this.#desktopDied();
        break;
      case "encode-failed":
      case "unusable":
        break;
      case "screen":
        this.#gate.screen = report;
        this.#tell(report);
        if (isRestarting) this.#desktopRuns();
        break;
      default:
        this.#tell(report);
    }
  }

  /** Most is told as it was reported: type and fields are the same. */
  #tell(report: LastingReport): void {
    if (this.#isOpen) for (const message of this.#messages(report)) this.say(message);
  }

  #messages(report: LastingReport): readonly AgentControl[] {
    switch (report.type) {
      case "covered":
        return [{ type: "cover", state: report.ok ? "covered" : "impossible" }];
      case "pointer-shape":
        return this.#pointer.shape(report);
      case "pointer-hidden":
        return this.#pointer.shape(undefined);
      case "pointer-position":
        return this.#pointer.position(report, this.#options.now());
      default:
        return [report];
    }
  }

  /** Seconds until the session ends for want of input, said once; null: somebody works again. */
  idle(endsInS: number | null): void {
    if (!this.#isOpen || this.#warned === (endsInS !== null)) return;
    this.#warned = endsInS !== null;
    this.say({ type: "idle", endsInS });
  }

  /** Whatever was held is up again. */
  #desktopDied(): void {
    this.#gate.forgetHeld();
    this.#typed(this.#textCame - this.#textDone); // nobody types it any more
    this.say({ type: "desktop", state: "restarting" });
  }

  #desktopRuns(): void {
    this.say({ type: "desktop", state: "running" });
    this.streamer.desktopRestarted();
  }

  /** So many characters more. What another viewer has left to be typed is not this one's. */
  #typed(characters: number): void {
    if (this.#textDone === this.#textCame) return;
    this.#textDone = Math.min(this.#textDone + characters, this.#textCame);
    const now = this.#options.now();
    if (this.#textDone < this.#textCame && now - this.#typedAt < TELL_TYPED_EVERY_MS) return;
    this.#typedAt = now;
    this.say({ type: "typed", characters: this.#textDone });
  }

  say(message: AgentControl): void {
    if (this.#isOpen) this.#options.peer.sendControl(JSON.stringify(message));
  }

  /** Called twice a second. */
  tick(): Life {
    const life = this.#liveness.at(this.#options.now(), this.#gate.holdsSomething);
    if (life === "release") {
      this.#options.log.info("the viewer is silent with keys held: they are released");
      this.#release();
    }
    return life;
  }

  close(): void {
    this.streamer.close();
    this.#release();
    this.#options.desktop.pause();
  }

  #apply(verdict: Verdict): void {
    switch (verdict.kind) {
      case "inject":
        for (const event of verdict.events) {
          if (event.type === "text") this.#textCame += countCharacters(event.text);
          if (event.type === "move") this.#pointer.injected(event.x, event.y, this.#options.now());
          this.#options.desktop.inject(event);
        }
        if (verdict.events.length > 0) this.#options.onInput();
        break;
      case "release-all":
        this.#release();
        break;
      case "heartbeat":
        this.say({ type: "heartbeat", at: verdict.at });
        break;
      case "refuse":
        this.#refused(verdict);
        break;
      case "several":
        for (const one of verdict.verdicts) this.#apply(one);
        break;
      case "ignore":
        break;
      default:
        unreachable(verdict);
    }
  }

  #refused({ why, problem, characters = 0 }: Extract<Verdict, { kind: "refuse" }>): void {
    const now = this.#options.now();
    this.#textCame += characters;
    if (characters > 0) this.#typed(characters);
    if (now - (this.#refusedAt.get(why) ?? Number.NEGATIVE_INFINITY) < TELL_REFUSAL_EVERY_MS) return;
    this.#refusedAt.set(why, now);
    this.#options.log.warn({ why, problem }, "input refused");
    this.say({ type: "input-refused", why });
  }

  #release(): void {
    this.#gate.forgetHeld();
    this.#options.desktop.releaseAll();
  }
}
