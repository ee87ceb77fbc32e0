/** Who this office PC is: its terminal id, its P-256 key, and the server it belongs to. Made once by `agent enrol`. */
import type { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { RelayHosts } from "../../signaling/protocol/api.ts";
import { PublicKey, TerminalId } from "../../signaling/protocol/ids.ts";
import { assertPrivate, writePrivate } from "./files.ts";

const PrivateJwk = z.object({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: z.string(),
  y: z.string(),
  d: z.string(),
});

const IdentityFile = z.strictObject({
  version: z.literal(1),
  terminal: TerminalId,
  name: z.string(),
  organisation: z.string(),
  /** Inside address of the server, `https://host:port`. */
  url: z.url(),
  /** The CA whose hash was in the token, PEM. None when another CA of IT's (`caFile`) was all that the server showed. */
  ca: z.string().includes("BEGIN CERTIFICATE").optional(),
  /** Where relays are, besides on the server's host; from the token. */
  relayHosts: RelayHosts.optional(),
  publicKey: PublicKey,
  privateKey: PrivateJwk,
});
export type IdentityFile = z.infer<typeof IdentityFile>;

export type Identity = Omit<IdentityFile, "privateKey" | "version"> & { readonly privateKey: webcrypto.CryptoKey };

/** Rejects with words when there is none, it is damaged, or others may read it. */
export async function loadIdentity(path: string): Promise<Identity> {
  await assertPrivate(path).catch((error) => {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Error("this PC is not enrolled yet; run: agent enrol TOKEN", { cause: error });
  });
  const parsed = IdentityFile.safeParse(JSON.parse(await readFile(path, "utf8")));
  if (!parsed.success) throw new Error(`${path} is damaged: ${parsed.error.issues[0]?.message ?? ""}`);
  const { privateKey: jwk, version: _, ...rest } = parsed.data;
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const privateKey = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]);
  return { ...rest, privateKey };
}

export function saveIdentity(path: string, identity: IdentityFile): Promise<void> {
  return writePrivate(path, `${JSON.stringify(IdentityFile.parse(identity), null, 2)}\n`);
}
