import { describe, expect, test } from "vitest";
import { Fingerprint, KeyCode, Login, Nonce, SessionId, TerminalId } from "../../signaling/protocol/ids.ts";
import {
  answerText,
  exportPublicKey,
  generateKeyPair,
  keyCode,
  offerText,
  sign,
  verify,
} from "../../signaling/protocol/signed.ts";
import { readPin } from "../../viewer/device.ts";
import { fits, type Pin, recognise } from "../../viewer/pairing-code.ts";
import type { Opening } from "../../viewer/session/session-shape.ts";
import { checkOffer, signAnswer } from "../../viewer/session/trust.ts";

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

describe("the first connection", () => {
  const login = Login.parse("tanaka");
  const pin = (over: Partial<Pin> = {}): Pin => ({
    terminal: TerminalId.parse("K7QM-2Z9P-X4TD"),
    name: "企画課 12",
    key: pinned,
    code: KeyCode.parse("AAAAA-BBBBB-CCCCC-DDDDD"),
    login,
    pinnedAt: 1,
    ...over,
  });
  const newcomer = {
    terminal: TerminalId.parse("0000-0000-0000"),
    name: "企画課 12",
    code: KeyCode.parse("EEEEE-FFFFF-GGGGG-HHHHH"),
    login,
  };

  test("is a first one while nothing was confirmed", () => {
    expect(recognise(newcomer, [])).toEqual({ kind: "first" });
  });

  test.each(["企画課 12", "企画課１２", " 企画課\u200b12"])(
    "of a confirmed PC's name, written %j, is a warning",
    (name) => {
      expect(recognise({ ...newcomer, name }, [pin()])).toMatchObject({
        kind: "same-name",
        known: [{ terminal: pin().terminal }],
      });
    },
  );

  test("of another PC than this person's is a warning, another person's PC is not", () => {
    const other = { ...newcomer, name: "総務課 3" };
    expect(recognise(other, [pin()])).toMatchObject({ kind: "other", known: [pin()] });
    expect(recognise(other, [pin({ login: Login.parse("sato") })])).toEqual({ kind: "first" });
    expect(recognise(newcomer, [pin({ login: Login.parse("sato") })])).toMatchObject({ kind: "same-name" });
  });

  test("with a code that was ground to share a group with a confirmed one is never asked about", () => {
    const code = KeyCode.parse("EEEEE-FFFFF-GGGGG-DDDDD");
    expect(recognise({ ...newcomer, name: "総務課 3", code }, [pin()])).toMatchObject({ kind: "imitation" });
    expect(recognise({ ...newcomer, code: pin().code }, [pin()])).toEqual({ kind: "first" }); // the same key: no stranger
  });

  test("names the newest confirmed PC first", () => {
    const later = pin({ terminal: TerminalId.parse("1111-1111-1111"), name: "税務課", pinnedAt: 2 });
    expect(recognise(newcomer, [pin({ name: "総務課" }), later])).toMatchObject({ known: [{ name: "税務課" }, {}] });
  });

  test.each([
    ["01ABC", true],
    ["01abc", true],
    ["OIabc", true],
    ["ol abc", true],
    ["０１ＡＢＣ", true],
    ["01ABD", false],
    ["", false],
    ["01AB", false],
    ["01ABCZ", false],
    ["K7QM2", false], // another group of the same code
    ["01ABUC", false],
  ])("takes %j for the third group: %s", (typed, right) => {
    expect(fits(KeyCode.parse("K7QM2-Z9PX4-01ABC-TDTDT"), 2, typed)).toBe(right);
  });

  test("a pin from before codes and logins were remembered has its code, and counts for everybody", async () => {
    const { code: _, login: __, ...old } = pin();
    const read = await readPin(old);
    expect(read).toEqual({ ...old, code: await keyCode(pinned), login: undefined });
    expect(recognise({ ...newcomer, name: "総務課 3" }, read ? [read] : [])).toMatchObject({ kind: "other" });
    expect(await readPin({ ...old, key: "no key" })).toBeUndefined();
  });
});
