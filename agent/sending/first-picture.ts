/**
 * The picture a viewer begins with: made while relay, ICE and DTLS are still under way, because making it takes longer than they do.
 *
 *   begin: the encoder is opened ──ask──▶ asked ──picture──▶ made ──take──▶ (the streamer sends it)      drop: nobody will
 *
 * It stays in this process. Until the viewer's certificate is proven there is no streamer, and nobody else sends pictures.
 */
import type { Codec } from "../../signaling/protocol/signal.ts";
import type { Desktop } from "../desktop/desktop.ts";
import type { Picture } from "../desktop/reports.ts";
import { type Beginning, beginning } from "./plan.ts";

export class FirstPicture {
  /** A guess: the first of those that the viewer wishes for. */
  readonly codec: Codec;
  readonly begin: Beginning;
  readonly #ask: () => void;
  #asked = false;
  #picture: Picture | undefined;
  #share = 0;
  #moving = 0;
  #failed = false;

  /** `lineBps`: what is known of the line. */
  constructor(desktop: Pick<Desktop, "open" | "encode">, { codec, lineBps }: { codec: Codec; lineBps: number }) {
    this.codec = codec;
    this.begin = beginning(lineBps);
    this.#ask = () => desktop.encode({ ...this.begin, key: true, lineBps });
    desktop.open({ codec });
  }

  /** From now on what is on the screen may be seen. Further calls do nothing. */
  ask(): void {
    if (!this.#asked) this.#ask();
    this.#asked = true;
  }

  /** Nobody will see it: it is not asked for any more. */
  drop(): void {
    this.#asked = true;
  }

  /** Undefined: still being made. */
  get picture(): Picture | undefined {
    return this.#picture;
  }

  /** The desktop could not make it. */
  get hasFailed(): boolean {
    return this.#failed;
  }

  /** What has changed since it was made, 0–1. */
  get share(): number {
    return this.#share;
  }

  /** How much of the screen moves by itself and has changed since it was made, 0–1. */
  get moving(): number {
    return this.#moving;
  }

  /** One that was still on its way to an earlier viewer is none to begin with. */
  made(picture: Picture): void {
    if (!picture.key) return;
    this.#picture = picture;
    this.#share = 0;
    this.#moving = 0;
  }

  failed(): void {
    this.#failed = true;
  }

  changed({ share, moving = 0 }: { share: number; moving?: number }): void {
    this.#share = Math.min(1, this.#share + share);
    this.#moving = moving;
  }
}
