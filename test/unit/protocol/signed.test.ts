import { describe, expect, test } from "vitest";
import { KeyCode, Login, Nonce, parseKeyCode, Signature } from "../../../signaling/protocol/ids.ts";
import {
  exportPublicKey,
  fromBase64Url,
  generateKeyPair,
  keyCode,
  onlyFingerprint,
  sign,
  signInText,
  toBase64Url,
  verify,
} from "../../../signaling/protocol/signed.ts";

const FINGERPRINT = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, "0")).join(":");
const OTHER = FINGERPRINT.replace(/^00/, "ff");

describe("signatures", () => {
  test("hold for the key and the text they were made with, and for nothing else", async () => {
    const { publicKey, privateKey } = await generateKeyPair(false);
    const other = await generateKeyPair(false);
    const signature = await sign(privateKey, "a text");
    const key = await exportPublicKey(publicKey);
    expect(await verify(key, signature, "a text")).toBe(true);
    expect(await verify(key, signature, "another text")).toBe(false);
    expect(await verify(await exportPublicKey(other.publicKey), signature, "a text")).toBe(false);
    const flipped = Signature.parse((signature[0] === "A" ? "B" : "A") + signature.slice(1));
    expect(await verify(key, flipped, "a text")).toBe(false);
  });

  test("with a key that is none are false, not an exception", async () => {
    const signature = await sign((await generateKeyPair(false)).privateKey, "x");
    expect(await verify("A".repeat(122) as never, signature, "x")).toBe(false);
  });

  test("texts of two purposes or two people never coincide", () => {
    const of = (login: string) => signInText({ challenge: "c", origin: "https://a", login: Login.parse(login) });
    expect(of("tanaka")).not.toBe(of("suzuki"));
    expect(of("tanaka").startsWith("engawa sign-in 1\n")).toBe(true);
  });
});

describe("the code of a key", () => {
  test("is the first 100 bits of its SHA-256, in letters that can be read out", async () => {
    const key = await exportPublicKey((await generateKeyPair(false)).publicKey);
    const code = await keyCode(key);
    expect(KeyCode.safeParse(code).success).toBe(true);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", fromBase64Url(key)));
    const bits = [...hash].map((byte) => byte.toString(2).padStart(8, "0")).join("");
    const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const expected = Array.from({ length: 20 }, (_, i) => letters[Number.parseInt(bits.slice(i * 5, i * 5 + 5), 2)]);
    expect(code.replaceAll("-", "")).toBe(expected.join(""));
  });

  test("is understood as people type it", () => {
    expect(parseKeyCode(" abcde-fghjk mnpqr　01i1o ")).toBe("ABCDE-FGHJK-MNPQR-01110");
    expect(parseKeyCode("ABCDE-FGHJK-MNPQR-0123")).toBeUndefined();
    expect(parseKeyCode("ABCDE-FGHJK-MNPQR-0123U")).toBeUndefined();
    expect(parseKeyCode("")).toBeUndefined();
  });
});

describe("the one fingerprint of an SDP", () => {
  const sdp = (...values: string[]) =>
    ["v=0", ...values.map((value) => `a=fingerprint:${value}`), "m=video"].join("\r\n");

  test("is found in either case, and when several sections repeat it", () => {
    expect(onlyFingerprint(sdp(`sha-256 ${FINGERPRINT.toUpperCase()}`, `SHA-256 ${FINGERPRINT}`))).toBe(FINGERPRINT);
  });

  test("is refused when a second one stands beside it", () => {
    expect(onlyFingerprint(sdp(`sha-256 ${FINGERPRINT}`, `sha-256 ${OTHER}`))).toBeUndefined();
    expect(onlyFingerprint(sdp(`sha-256 ${FINGERPRINT}`, `sha-1 ${FINGERPRINT.slice(0, 59)}`))).toBeUndefined();
    expect(onlyFingerprint(sdp(`sha-256 ${FINGERPRINT}`, "sha-256"))).toBeUndefined();
  });

  test("is refused when there is none, or a short one", () => {
    expect(onlyFingerprint(sdp())).toBeUndefined();
    expect(onlyFingerprint(sdp(`sha-256 ${FINGERPRINT.slice(3)}`))).toBeUndefined();
  });
});

test("base64url goes both ways", () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  expect(Nonce.parse(toBase64Url(bytes))).toHaveLength(22);
  expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
});
