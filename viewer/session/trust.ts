/**
 * Is this really the office PC, and how do we prove who we are? The server is not asked: the judge is the key that
 * was pinned when somebody compared its code.
 */
import type { EndReason } from "../../signaling/protocol/errors.ts";
import type { Fingerprint, PublicKey, Signature } from "../../signaling/protocol/ids.ts";
import { answerText, offerText, onlyFingerprint, verify } from "../../signaling/protocol/signed.ts";
import type { Opening } from "./session-shape.ts";

export type Verdict = { ok: true; fingerprint: Fingerprint } | { ok: false; reason: EndReason };

export async function checkOffer(
  opening: Opening,
  pinned: PublicKey,
  offer: { sdp: string; signature: Signature },
): Promise<Verdict> {
  const fingerprint = onlyFingerprint(offer.sdp);
  if (!fingerprint) return { ok: false, reason: "fingerprint-mismatch" };
  const genuine = await verify(pinned, offer.signature, offerText({ ...opening, fingerprint }));
  return genuine ? { ok: true, fingerprint } : { ok: false, reason: "signature-invalid" };
}

/** Our signature over both certificates; undefined when our own SDP names none, or several. */
export async function signAnswer(
  sign: (text: string) => Promise<Signature>,
  opening: Opening,
  agentFingerprint: Fingerprint,
  sdp: string,
): Promise<Signature | undefined> {
  const viewerFingerprint = onlyFingerprint(sdp);
  return viewerFingerprint && sign(answerText({ ...opening, agentFingerprint, viewerFingerprint }));
}
