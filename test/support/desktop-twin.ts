/** A desktop without a screen: records what is asked of it and answers with pictures of its own. */
import type { InputEvent, Protection } from "../../agent/desktop/commands.ts";
import type { Desktop, EncodeRequest, OnReport } from "../../agent/desktop/desktop.ts";
import type { CoverState, LockOutcome, LockState } from "../../agent/desktop/reports.ts";

export type DesktopCall =
  | { kind: "open"; codec: string }
  | ({ kind: "encode" } & EncodeRequest)
  | { kind: "inject"; event: InputEvent }
  | { kind: "release-all" }
  | { kind: "forget-text" }
  | { kind: "pause" }
  | ({ kind: "protect" } & Protection)
  | { kind: "lock" }
  | { kind: "lock-state" }
  | { kind: "notice"; words: string }
  | { kind: "power-off"; inS: number; words: string }
  | { kind: "stay-on" }
  | { kind: "close" };

export class DesktopTwin implements Desktop {
  readonly calls: DesktopCall[] = [];
  /** As if this had happened. */
  readonly report: OnReport;
  pictureBytes = 3_000;
  coverState: CoverState = { ok: true, reason: "" };
  lockOutcome: LockOutcome = "locked";
  /** Why it cannot be switched off; "": it can. */
  powerRefusal = "";
  /** What is found of the lock, one after the other; then that it holds. */
  readonly lockStates: LockState[] = [];
  readonly #waiting: Array<{ matches: (call: DesktopCall) => boolean; resolve: (call: DesktopCall) => void }> = [];

  constructor(onReport: OnReport) {
    this.report = onReport;
  }

  open({ codec }: { codec: string }): void {
    this.#note({ kind: "open", codec });
    setImmediate(() => this.report({ type: "screen", width: 1920, height: 1080 }));
  }

  encode(request: EncodeRequest): void {
    this.#note({ kind: "encode", ...request });
    const at = Date.now();
    setImmediate(() =>
      this.report({
        type: "picture",
        data: temporalUnit(request.key ? 10 * this.pictureBytes : this.pictureBytes, request.key),
        key: request.key,
        quality: request.quality,
        share: request.key ? 1 : 0.001,
        width: 1920,
        height: 1080,
        changedAt: at,
        encodedAt: at,
      }),
    );
  }

  inject(event: InputEvent): void {
    this.#note({ kind: "inject", event });
  }

  releaseAll(): void {
    this.#note({ kind: "release-all" });
  }

  forgetText(): void {
    this.#note({ kind: "forget-text" });
  }

  pause(): void {
    this.#note({ kind: "pause" });
  }

  protect(protection: Protection): void {
    this.#note({ kind: "protect", ...protection });
    if (protection.cover !== "off") setImmediate(() => this.report({ type: "covered", ...this.coverState }));
  }

  async lock(): Promise<LockOutcome> {
    this.#note({ kind: "lock" });
    return this.lockOutcome;
  }

  async lockState(): Promise<LockState> {
    this.#note({ kind: "lock-state" });
    return this.lockStates.shift() ?? "locked";
  }

  notice(words: string): void {
    this.#note({ kind: "notice", words });
  }

  async powerOff(wish: { inS: number; words: string }): Promise<string> {
    this.#note({ kind: "power-off", ...wish });
    return this.powerRefusal;
  }

  stayOn(): void {
    this.#note({ kind: "stay-on" });
  }

  async close(): Promise<void> {
    this.#note({ kind: "close" });
  }

  /** The next call of this kind, or one already made after `from`. */
  called<K extends DesktopCall["kind"]>(kind: K, from = 0): Promise<Extract<DesktopCall, { kind: K }>> {
    type Wanted = Extract<DesktopCall, { kind: K }>;
    const made = this.calls.slice(from).find((call): call is Wanted => call.kind === kind);
    if (made) return Promise.resolve(made);
    return new Promise((resolve) => {
      this.#waiting.push({ matches: (call) => call.kind === kind, resolve: (call) => resolve(call as Wanted) });
    });
  }

  #note(call: DesktopCall): void {
    this.calls.push(call);
    for (const waiter of this.#waiting.splice(0)) {
      if (waiter.matches(call)) waiter.resolve(call);
      else this.#waiting.push(waiter);
    }
  }
}

/** An AV1 temporal unit in form only: delimiter, sequence header on keyframes, one frame OBU. */
export function temporalUnit(bytes: number, key: boolean): Buffer {
  const obu = (type: number, body: Buffer): Buffer => {
    const size = [];
    for (let left = body.length; ; left >>= 7) {
      size.push(left > 127 ? (left & 127) | 128 : left);
      if (left <= 127) break;
    }
    return Buffer.concat([Buffer.from([(type << 3) | 2, ...size]), body]);
  };
  const sequence = key ? [obu(1, Buffer.alloc(10, 1))] : [];
  return Buffer.concat([obu(2, Buffer.alloc(0)), ...sequence, obu(6, Buffer.alloc(bytes, 7))]);
}
