/** What an enrolled agent has in its folder. */
import { join } from "node:path";
import { saveIdentity } from "../../agent/trust/identity.ts";
import { type PublicKey, TerminalId } from "../../signaling/protocol/ids.ts";
import { exportPublicKey, generateKeyPair } from "../../signaling/protocol/signed.ts";

export interface TestIdentity {
  readonly url: string;
  /** PEM; left out: none is pinned. */
  readonly ca?: string | undefined;
  readonly terminal?: TerminalId;
  readonly keys?: CryptoKeyPair;
  readonly relayHosts?: string[];
}

/** Returns the office PC's key. */
export async function writeIdentity(folder: string, identity: TestIdentity): Promise<PublicKey> {
  const { url, ca, relayHosts, terminal = TerminalId.parse("K7QM-2Z9P-X4TD") } = identity;
  const { privateKey, publicKey } = identity.keys ?? (await generateKeyPair(true));
  const key = await exportPublicKey(publicKey);
  await saveIdentity(join(folder, "identity.json"), {
    ...{ version: 1, terminal, name: "PC", organisation: "City", url, publicKey: key },
    ...(ca !== undefined && { ca }),
    ...(relayHosts && { relayHosts }),
    privateKey: (await crypto.subtle.exportKey("jwk", privateKey)) as never,
  });
  return key;
}
