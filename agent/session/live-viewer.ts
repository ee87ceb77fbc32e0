/**
 * One viewer looking at and operating this PC, while its peer is proven: screen out, input in, signs of life. Lives and dies with
 * one attempt. On close everything held is released.
 */
import type { AgentControl } from "../../signaling/protocol/channels.ts";
import { unreachable } from "../../signaling/protocol/errors.ts";
import type { Codec } from "../../signaling/protocol/signal.ts";
import { countCharacters } from "../desktop/characters.ts";
import type { Desktop } from "../desktop/desktop.ts";
import { type DesktopState, forgetCover, type LastingReport, lastingReports, learn } from "../desktop/desktop-state.ts";
import type { DesktopReport } from "../desktop/reports.ts";
import type { Log } from "../log.ts";
import type { Peer } from "../peer/peer.ts";
import type { FirstPicture } from "../sending/first-picture.ts";
import type { SessionRules } from "../settings/session-rules.ts";
import type { NearEnd } from "./ending.ts";
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
  readonly rules: SessionRules;
  /** Whether this PC was locked before its first picture. */
  readonly lockedBefore: Extract<AgentControl, { type: "locking" }>["before"];
  /** Something was injected; or who may look only is there. */
  readonly onInput: () => void;
  readonly now: () => number;
}

export class LiveViewer {
  readonly streamer: Streamer;
  readonly #options: LiveViewerOptions;
  readonly #gate: Gate;
  #rules: SessionRules;
  readonly #pointer = new PointerNotices();
  readonly #liveness: Liveness;
  #known: DesktopState;
  /** The person was warned. */
  #warned = false;
  /** Which end they were told of last, and at which mark. */
  #saidEnd: string | undefined;
  #isOpen = false;
  readonly #refusedAt = new Map<string, number>();
  /** Characters of text that came from this viewer, and that are dealt with. */
  #textCame = 0;
  #textDone = 0;
  #typedAt = Number.NEGATIVE_INFINITY;

  constructor(options: LiveViewerOptions) {
    this.#options = options;
    this.#known = options.known;
    this.#rules = options.rules;
    this.#gate = new Gate({ control: !options.rules.viewOnly });
    this.#gate.screen = options.known.screen;
    this.#liveness = new Liveness(options.now());
    this.streamer = new Streamer({
      desktop: options.desktop,
      peer: options.peer,
      codec: options.codec,
      kbps: options.rules.kbps,
      startBps: options.startBps,
      first: options.first,
      now: options.now,
      notice: (message) => this.say(message),
    });
  }

  controlOpen(): void {
    this.#isOpen = true;
    this.say({ type: "takes", again: true });
    this.#sayRules();
    this.#sayLocking();
    for (const report of lastingReports(this.#known)) this.#tell(report);
  }

  control(text: string): void {
    this.heard();
    this.#apply(this.#gate.control(text, this.#options.now()));
  }

  pointer(text: string): void {
    this.heard();
    this.#apply(this.#gate.pointer(text, this.#options.now()));
  }

  /** What it sends encrypted says that its DTLS takes what we send; the picture's place it has put up before it answered the offer. */
  heard(): void {
    this.streamer.viewerReady();
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

  /** When the session ends by the clock, said at each mark; undefined: it does not, or not so soon. */
  ends(near: NearEnd | undefined): void {
    const end = near && `${near.at} ${near.by} ${near.mark}`;
    if (!this.#isOpen || this.#saidEnd === end) return;
    this.#saidEnd = end;
    this.say({ type: "ending", end: near ? { inS: Math.ceil(near.leftMs / 1_000), by: near.by } : null });
  }

  /** Other rules hold from now on. Where only looking is left, nothing of what was begun goes on. */
  follow(rules: SessionRules): void {
    const before = this.#rules;
    this.#rules = rules;
    this.#gate.permissions = { control: !rules.viewOnly };
    const isTaken = rules.viewOnly && !before.viewOnly;
    if (isTaken) this.#options.desktop.forgetText();
    // until a cover that has to be there is there no input counts, and no release either
    if (isTaken || rules.cover !== before.cover) this.#release();
    if (rules.kbps !== before.kbps) this.streamer.follow(rules.kbps);
    if (rules.viewOnly !== before.viewOnly) this.#sayRules();
    if (rules.lockOn !== before.lockOn) this.#sayLocking();
    if (rules.cover !== "off") return;
    this.#known = forgetCover(this.#known);
    if (before.cover !== "off") this.say({ type: "cover", state: "off" });
  }

  #sayRules(): void {
    this.say({ type: "rules", viewOnly: this.#rules.viewOnly });
  }

  #sayLocking(): void {
    this.say({ type: "locking", before: this.#options.lockedBefore, whenIdle: this.#rules.lockOn !== "never" });
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
          if (event.type === "wheel") this.streamer.wheelTurned();
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
      case "here":
        this.#options.onInput();
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
