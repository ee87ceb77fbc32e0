/**
 * Makes this PC a terminal of its organisation: reads the one-time token, finds the server it names, makes a key, and keeps who
 * we are. The token carries the hash of the CA, so that nobody on the way can be the server at this first contact:
 *
 *   connect, trusting nothing ──chain──▶ the CA with that hash ──▶ connect again, trusting only that CA ──▶ POST /api/enrol
 *                                 └─no such CA, but caFile is set─▶ connect again, trusting only the CAs of caFile ─┘
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { EnrolmentToken, EnrolResponse, ErrorResponse } from "../../signaling/protocol/api.ts";
import { type KeyCode, Nonce } from "../../signaling/protocol/ids.ts";
import { enrolText, exportPublicKey, generateKeyPair, keyCode, sign } from "../../signaling/protocol/signed.ts";
import type { Network } from "../network/network.ts";
import { networkWords } from "../network/problem.ts";
import { targetOf } from "../network/proxy.ts";
import { saveIdentity } from "../trust/identity.ts";
import { type PostAnswer, post } from "./post.ts";

const TOKEN_PREFIX = "engawa1.";

export interface Enrolled {
  readonly terminal: string;
  readonly name: string;
  readonly organisation: string;
  /** The short form of this PC's key, which staff compare at their first connection. */
  readonly code: KeyCode;
}

/** Rejects with words for people. Writes nothing unless everything went well. */
export async function enrol(o: {
  token: string;
  identityPath: string;
  network: Network;
  replace?: boolean;
  /** This PC's name, for tokens that are bound to one. */
  host?: string;
}): Promise<Enrolled> {
  if (existsSync(o.identityPath) && !o.replace) {
    throw new Error(`this PC is enrolled already (${o.identityPath}); use --replace to enrol it anew`);
  }
  const { url, ca: caHash, secret, relayHosts, bound } = readToken(o.token);
  const { network } = o;
  const ca = await findCa(network, new URL(url), caHash);
  const pair = await generateKeyPair(true);
  const publicKey = await exportPublicKey(pair.publicKey);
  const nonce = Nonce.parse(randomBytes(16).toString("base64url"));
  const signature = await sign(pair.privateKey, enrolText({ nonce, publicKey, token: secret }));
  const request = { token: secret, publicKey, nonce, signature, ...(bound && { host: o.host ?? hostname() }) };
  const answer = readAnswer(await post({ network, ca }, new URL("/api/enrol", url), request));
  const { d, x, y } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  if (!d || !x || !y) throw new Error("the key cannot be kept");
  const privateKey = { kty: "EC", crv: "P-256", d, x, y } as const;
  const server = { url, ...(ca && { ca }), ...(relayHosts && { relayHosts }) };
  await saveIdentity(o.identityPath, { version: 1, ...answer, ...server, publicKey, privateKey });
  return { ...answer, code: await keyCode(publicKey) };
}

export function readToken(text: string): EnrolmentToken {
  const trimmed = text.trim();
  const problem = "this is not an enrolment token; copy the whole line that the administrator's command printed";
  if (!trimmed.startsWith(TOKEN_PREFIX)) throw new Error(problem);
  try {
    const token = EnrolmentToken.parse(
      JSON.parse(Buffer.from(trimmed.slice(TOKEN_PREFIX.length), "base64url").toString("utf8")),
    );
    if (new URL(token.url).protocol !== "https:") throw new Error("not https");
    return token;
  } catch (error) {
    throw new Error(problem, { cause: error });
  }
}

/**
 * The certificate with this hash from the chain the server presents, as PEM. Undefined when it is not there but IT has named CAs
 * of its own: then one of those must vouch for the server.
 */
async function findCa(network: Network, url: URL, hash: string): Promise<string | undefined> {
  const presented = await network.shownChain(targetOf(url)).catch((error: unknown) => {
    throw new Error(`${url.host}: ${networkWords(error)}`, { cause: error });
  });
  const found = presented.find(({ raw }) => createHash("sha256").update(raw).digest("hex") === hash);
  if (found) return pemOf(found);
  if (network.authorities.length > 0) return undefined;
  throw new Error(
    `${url.host} is not the server this token was made for: its certificates do not include the CA of the token`,
  );
}

function pemOf({ raw }: { raw: Buffer }): string {
  const base64 = raw.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${base64.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function readAnswer({ status, json }: PostAnswer): EnrolResponse {
  if (status >= 200 && status < 300) return EnrolResponse.parse(json);
  const problem = ErrorResponse.safeParse(json);
  if (problem.success && problem.data.code === "ENROL_REFUSED") {
    throw new Error(
      "the server refused the token: it was used already or is too old, or it is for another PC; ask for a new one",
    );
  }
  throw new Error(problem.success ? `${problem.data.code}: ${problem.data.message}` : `the server answered ${status}`);
}
