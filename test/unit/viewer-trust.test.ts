import { describe, expect, test } from "vitest";
import { Fingerprint, Nonce, SessionId } from "../../signaling/protocol/ids.ts";
import {
  answerText,
  exportPublicKey,
  generateKeyPair,
  offerText,
  sign,
  verify,
} from "../../signaling/protocol/signed.ts";
import type { Opening } from "../../viewer/session-state.ts";
import { checkOffer, signAnswer } from "../../viewer/trust.ts";

const agent = await generateKeyPair(false);
const stranger = await generateKeyPair(false);
const pinned = await exportPublicKey(agent.publicKey);
const print = (byte: string): Fingerprint => Fingerprint.parse(Array(32).fill(byte).join(":"));
const sdpOf = (...prints: string[]): string =>
  ["v=0", ...prints.map((one) => `a=fingerprint:sha-256 ${one.toUpperCase()}`), ""].join("\r\n");
const opening: Opening = {
  session: SessionId.parse("0191b2a4-5c3d-4e6f-8a90-b1c2d3e4f506"),
  attempt: 3,
  nonce: Nonce.parse("AAAAAAAAAAAAAAAAAAAAAA"),
  agentKey: pinned,
  iceServers: [],
};
const signed = (key: CryptoKeyPair, over: Partial<Opening> = {}, fingerprint = print("ab")) =>
  sign(key.privateKey, offerText({ ...opening, ...over, fingerprint }));

describe("an offer", () => {
  test("signed by the pinned key over this attempt is good", async () => {
    const offer = { sdp: sdpOf(print("ab")), signature: await signed(agent) };
    expect(await checkOffer(opening, pinned, offer)).toEqual({ ok: true, fingerprint: print("ab") });
  });

  test("signed by another key is refused, whatever key the server names", async () => {
    const agentKey = await exportPublicKey(stranger.publicKey);
    const offer = { sdp: sdpOf(print("ab")), signature: await signed(stranger) };
    expect(await checkOffer({ ...opening, agentKey }, pinned, offer)).toEqual({
      ok: false,
      reason: "signature-invalid",
    });
  });

  test.each([
    ["another attempt", { attempt: 2 }],
    ["another nonce", { nonce: Nonce.parse("BBBBBBBBBBBBBBBBBBBBBB") }],
    ["another session", { session: SessionId.parse("0191b2a4-5c3d-4e6f-8a90-b1c2d3e4f507") }],
  ])("signed for %s is refused", async (_, over) => {
    const offer = { sdp: sdpOf(print("ab")), signature: await signed(agent, over) };
    expect(await checkOffer(opening, pinned, offer)).toMatchObject({ ok: false, reason: "signature-invalid" });
  });

  test("with another certificate than the signed one is refused", async () => {
    const offer = { sdp: sdpOf(print("cd")), signature: await signed(agent) };
    expect(await checkOffer(opening, pinned, offer)).toMatchObject({ ok: false, reason: "signature-invalid" });
  });

  test.each([
    ["a second certificate", sdpOf(print("ab"), print("cd"))],
    ["no certificate", sdpOf()],
  ])("with %s is refused", async (_, sdp) => {
    const offer = { sdp, signature: await signed(agent) };
    expect(await checkOffer(opening, pinned, offer)).toEqual({ ok: false, reason: "fingerprint-mismatch" });
  });
});

test("an answer is signed over both certificates", async () => {
  const device = await generateKeyPair(false);
  const signer = (text: string) => sign(device.privateKey, text);
  const signature = await signAnswer(signer, opening, print("ab"), sdpOf(print("ef")));
  const text = answerText({ ...opening, agentFingerprint: print("ab"), viewerFingerprint: print("ef") });
  expect(signature && (await verify(await exportPublicKey(device.publicKey), signature, text))).toBe(true);
  expect(await signAnswer(signer, opening, print("ab"), sdpOf(print("ef"), print("ee")))).toBeUndefined();
});
