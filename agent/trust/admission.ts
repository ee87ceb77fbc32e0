/**
 * Who is let into a session and may stay in it: a person and a device that stand together on this PC's own list and are not
 * locked out, and for each attempt a signature by that device's key over both certificates. What the server says about either
 * does not count.
 */
import type { EndReason } from "../../signaling/protocol/errors.ts";
import type { Fingerprint } from "../../signaling/protocol/ids.ts";
import type { ToAgent } from "../../signaling/protocol/signal.ts";
import { answerText, onlyFingerprint, verify } from "../../signaling/protocol/signed.ts";
import type { Devices } from "./devices.ts";
import type { Locks } from "./locks.ts";

export type SessionOpen = Extract<ToAgent, { type: "session-open" }>;
type Answer = Extract<ToAgent, { type: "answer" }>;

/** `why`: for this PC's log only. */
export interface Refusal {
  readonly reason: EndReason;
  readonly why: string;
}

export class Admission {
  readonly #devices: Devices;
  readonly #locks: Pick<Locks, "over" | "revision">;
  readonly #person: SessionOpen["person"];
  readonly #deviceKey: SessionOpen["deviceKey"];
  /** Epoch ms. */
  readonly #clock: () => number;
  /** Until when they may stay, epoch ms. */
  #until = Number.NEGATIVE_INFINITY;
  /** The lists' revision from just before they were last found to let them in. */
  #revision: string | undefined;
  #checking = false;

  constructor(
    { person, deviceKey }: SessionOpen,
    { devices, locks }: { devices: Devices; locks: Pick<Locks, "over" | "revision"> },
    clock: () => number = Date.now,
  ) {
    this.#clock = clock;
    this.#person = person;
    this.#deviceKey = deviceKey;
    this.#devices = devices;
    this.#locks = locks;
  }

  /** The same person with the same device. */
  isFor({ person, deviceKey }: SessionOpen): boolean {
    return deviceKey === this.#deviceKey && person.login === this.#person.login;
  }

  /** Undefined: they stand on the list, and still may. */
  async refusal(): Promise<Refusal | undefined> {
    // before the lists themselves: whoever is taken off or locked in between is seen by the next look
    const revision = await this.#revisions();
    const locked = await this.#lockedOut();
    if (locked) return locked;
    try {
      const until = await this.#term();
      if (until === undefined)
        return { reason: "device-unknown", why: "this device and person are not on this PC's own list" };
      if (this.#clock() >= until)
        return { reason: "device-expired", why: "this device's time on this PC's own list is over" };
      this.#until = until;
      this.#revision = revision;
      return undefined;
    } catch (error) {
      return { reason: "device-unknown", why: error instanceof Error ? error.message : "the list cannot be read" };
    }
  }

  /** The one fingerprint that the device signed for this attempt. */
  async signedFingerprint(
    { session, attempt, sdp, signature }: Answer,
    { nonce, agentFingerprint }: { nonce: SessionOpen["nonce"]; agentFingerprint: Fingerprint },
  ): Promise<Fingerprint | Refusal> {
    const viewerFingerprint = onlyFingerprint(sdp);
    if (!viewerFingerprint) {
      return { reason: "fingerprint-mismatch", why: "the answer does not name exactly one SHA-256 fingerprint" };
    }
    const text = answerText({ session, attempt, nonce, agentFingerprint, viewerFingerprint });
    if (await verify(this.#deviceKey, signature, text)) return viewerFingerprint;
    return { reason: "signature-invalid", why: "the answer is not signed by the registered device for this attempt" };
  }

  /**
   * Why they may not stay. To be asked again and again: someone taken off the list is out at once, and on its day a device is. Rejects
   * when the list cannot be used.
   */
  async isOver(): Promise<"device-removed" | "device-expired" | "locked-out" | undefined> {
    if (this.#checking || this.#revision === undefined) return undefined;
    this.#checking = true;
    try {
      const revision = await this.#revisions();
      if (revision !== this.#revision) {
        this.#revision = revision;
        const until = await this.#term();
        if (until === undefined) return "device-removed";
        if (await this.#lockedOut()) return "locked-out";
        this.#until = until;
      }
      return this.#clock() >= this.#until ? "device-expired" : undefined;
    } finally {
      this.#checking = false;
    }
  }

  async #revisions(): Promise<string> {
    return `${await this.#devices.revision()} | ${await this.#locks.revision()}`;
  }

  /** Locks that cannot be read might be on anybody. */
  async #lockedOut(): Promise<Refusal | undefined> {
    try {
      const lock = await this.#locks.over(this.#person.login, this.#deviceKey);
      return lock && { reason: "locked-out", why: `lock ${lock.lock}, which this PC keeps: ${lock.reason}` };
    } catch (error) {
      return { reason: "locked-out", why: error instanceof Error ? error.message : "the locks cannot be read" };
    }
  }

  #term(): Promise<number | undefined> {
    return this.#devices.term(this.#deviceKey, this.#person.login);
  }
}
