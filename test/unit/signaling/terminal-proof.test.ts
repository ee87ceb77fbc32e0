/** The server's quick verification says what the slow one says. */
import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { verifyNow } from "../../../signaling/auth/terminal-proof.ts";
import type { PublicKey, Signature } from "../../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair, sign, verify } from "../../../signaling/protocol/signed.ts";

const pair = await generateKeyPair(true);
const publicKey = await exportPublicKey(pair.publicKey);
const signature = await sign(pair.privateKey, "a text 見本");
const other = await exportPublicKey((await generateKeyPair(true)).publicKey);
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ format: "der", type: "spki" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "der", type: "spki" });

test.each([
  ["the right signature", publicKey, signature, "a text 見本", true],
  ["another text", publicKey, signature, "a text", false],
  ["another key", other, signature, "a text 見本", false],
  ["a changed signature", publicKey, `A${signature.slice(1)}x`, "a text 見本", false],
  ["half a signature", publicKey, signature.slice(0, 43), "a text 見本", false],
  ["no signature", publicKey, "", "a text 見本", false],
  ["no key", "AAAA", signature, "a text 見本", false],
  ["a key of another curve", p384.toString("base64url"), signature, "a text 見本", false],
  ["a key of another kind", rsa.toString("base64url"), signature, "a text 見本", false],
])("%s", async (_, key, signed, text, verdict) => {
  expect(verifyNow(key as PublicKey, signed as Signature, text)).toBe(verdict);
  expect(await verify(key as PublicKey, signed as Signature, text)).toBe(verdict);
});
