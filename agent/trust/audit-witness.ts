/**
 * This PC as a witness of its organisation's record of what happened. It keeps, in a file of its own, the head of the record that it
 * signed last; it signs a further one only where the server says that the one it signed is still in the record. A server that
 * wrote the record anew would have to say something that this file contradicts: then it is not signed, and this PC's log says so. One that lies
 * about what it still holds gets its signature, and is found out by the heads of the days before, which stay in the file (`audit verify --head`).
 */
import { createPublicKey, verify } from "node:crypto";
import {
  type AuditPosition,
  CosignedFile,
  type CosignedHead,
  MAX_COSIGNED_CHAINS,
  MAX_EARLIER_HEADS,
  type SignedHead,
} from "../../signaling/protocol/audit.ts";
import type { AgentMessage } from "../../signaling/protocol/signal.ts";
import { auditCosignText, auditHeadText, sign } from "../../signaling/protocol/signed.ts";
import type { Log } from "../log.ts";
import { readPrivateJson, writePrivateJson } from "./files.ts";
import type { Identity } from "./identity.ts";

/** RFC 8410 §4: what stands before the 32 bytes of an Ed25519 key. */
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

export interface AuditWitnessOptions {
  readonly path: string;
  readonly identity: Pick<Identity, "terminal" | "privateKey">;
  readonly log: Log;
  readonly send: (message: AgentMessage) => void;
  /** Epoch ms. */
  readonly clock: () => number;
}

export class AuditWitness {
  readonly #options: AuditWitnessOptions;
  /** One after another: each reads the file that the one before has written. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: AuditWitnessOptions) {
    this.#options = options;
  }

  /** Says that it signs, and what it signed. Never rejects. */
  connected(): Promise<void> {
    return this.#next(async () => {
      const { heads } = await this.#kept();
      this.#options.send({ type: "audit-witness", heads });
    });
  }

  /** Never rejects. What cannot be written down is not signed. */
  cosign(head: SignedHead): Promise<void> {
    return this.#next(() => this.#cosign(head));
  }

  async #cosign(head: SignedHead): Promise<void> {
    const { identity, log, send, clock, path } = this.#options;
    if (!isSigned(head))
      return void log.warn("the server's signature under the head of the record is wrong: not signed");
    const { chain, number, hash } = head;
    const { heads, earlier } = await this.#kept();
    const kept = heads.find((one) => one.chain === chain);
    const fits = kept ? howItFits(kept, head) : "on";
    if (fits === "unproven") return void send({ type: "audit-witness", heads });
    if (fits === "against" && kept) {
      log.error(
        { signed: `${chain}:${kept.number}:${kept.hash}`, told: `${chain}:${number}:${hash}`, file: path },
        "THE SERVER'S RECORD OF WHAT HAPPENED WAS WRITTEN ANEW OR CUT: it contradicts the head that this PC signed. Keep this file",
      );
      return send({ type: "audit-contradiction", head: { number, hash }, kept });
    }
    const own = { chain, number, hash, at: clock() };
    const signature = await sign(identity.privateKey, auditCosignText({ ...own, terminal: identity.terminal }));
    const signed: CosignedHead = { ...own, signature };
    const others = heads.filter((one) => one.chain !== chain);
    const ofDays = kept && dayOf(kept.at) !== dayOf(signed.at) ? [...earlier, kept] : earlier;
    const file: CosignedFile = {
      version: 1,
      heads: [...others, signed].slice(-MAX_COSIGNED_CHAINS),
      earlier: ofDays.slice(-MAX_EARLIER_HEADS),
    };
    await writePrivateJson(path, file);
    send({ type: "audit-cosigned", head: signed });
  }

  async #kept(): Promise<CosignedFile> {
    return (await readPrivateJson(this.#options.path, CosignedFile)) ?? { version: 1, heads: [], earlier: [] };
  }

  #next(work: () => Promise<void>): Promise<void> {
    const { log, path } = this.#options;
    this.#last = this.#last
      .then(work)
      .catch((err: unknown) => log.error({ err, file: path }, "the head of the server's record was not signed"));
    return this.#last;
  }
}

const dayOf = (at: number): number => Math.floor(at / 86_400_000);

/** `unproven`: the server does not know what was signed last. */
function howItFits(kept: AuditPosition, { number, hash, since }: SignedHead): "on" | "against" | "unproven" {
  if (number < kept.number) return "against";
  if (number === kept.number) return hash === kept.hash ? "on" : "against";
  if (since.number !== kept.number) return "unproven";
  return since.hash === kept.hash ? "on" : "against";
}

function isSigned({ key, signature, ...head }: SignedHead): boolean {
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI, Buffer.from(key, "base64url")]),
    format: "der",
    type: "spki",
  });
  return verify(null, Buffer.from(auditHeadText(head)), publicKey, Buffer.from(signature, "base64url"));
}
