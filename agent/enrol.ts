/**
 * Makes this PC a terminal of its organisation: reads the one-time token, finds the server it names, makes a key, and keeps who
 * we are. The token carries the hash of the CA, so that nobody on the way can be the server at this first contact:
 *
 *   connect, trusting nothing ──chain──▶ the CA with that hash ──▶ connect again, trusting only that CA ──▶ POST /api/enrol
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { request } from "node:https";
import { connect, type DetailedPeerCertificate, type TLSSocket } from "node:tls";
import { EnrolmentToken, EnrolResponse, ErrorResponse } from "../signaling/protocol/api.ts";
import { type KeyCode, Nonce } from "../signaling/protocol/ids.ts";
import { enrolText, exportPublicKey, generateKeyPair, keyCode, sign } from "../signaling/protocol/signed.ts";
import { saveIdentity } from "./trust/identity.ts";

const TOKEN_PREFIX = "engawa1.";
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;

export interface Enrolled {
  readonly terminal: string;
  readonly name: string;
  readonly organisation: string;
  /** The short form of this PC's key, which staff compare at their first connection. */
  readonly code: KeyCode;
}

/** Rejects with words for people. Writes nothing unless everything went well. */
export async function enrol(o: { token: string; identityPath: string; replace?: boolean }): Promise<Enrolled> {
  if (existsSync(o.identityPath) && !o.replace) {
    throw new Error(`this PC is enrolled already (${o.identityPath}); use --replace to enrol it anew`);
  }
  const { url, ca: caHash, secret } = readToken(o.token);
  const ca = await findCa(new URL(url), caHash);
  const pair = await generateKeyPair(true);
  const publicKey = await exportPublicKey(pair.publicKey);
  const nonce = Nonce.parse(randomBytes(16).toString("base64url"));
  const signature = await sign(pair.privateKey, enrolText({ nonce, publicKey, token: secret }));
  const answer = await post(new URL("/api/enrol", url), ca, { token: secret, publicKey, nonce, signature });
  const { d, x, y } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  if (!d || !x || !y) throw new Error("the key cannot be kept");
  const privateKey = { kty: "EC", crv: "P-256", d, x, y } as const;
  await saveIdentity(o.identityPath, { version: 1, ...answer, url, ca, publicKey, privateKey });
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

/** The certificate with this hash from the chain the server presents, as PEM. */
async function findCa(url: URL, hash: string): Promise<string> {
  const socket = await tlsConnect(url, { rejectUnauthorized: false }); // nothing is sent; the hash decides
  const presented = chain(socket);
  socket.destroy();
  const found = presented.find(({ raw }) => createHash("sha256").update(raw).digest("hex") === hash);
  if (!found) {
    throw new Error(
      `${url.host} is not the server this token was made for: its certificates do not include the CA of the token`,
    );
  }
  const base64 = found.raw.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${base64.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function chain(socket: TLSSocket): DetailedPeerCertificate[] {
  const found: DetailedPeerCertificate[] = [];
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (certificate?.raw && !found.includes(certificate) && found.length < 10) {
    found.push(certificate);
    certificate = certificate.issuerCertificate;
  }
  return found;
}

function tlsConnect(url: URL, options: { rejectUnauthorized: boolean }): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port || 443), minVersion: "TLSv1.3", ...options });
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error("no answer")));
    socket.once("secureConnect", () => resolve(socket));
    socket.once("error", (error) =>
      reject(new Error(`${url.host} cannot be reached: ${error.message}`, { cause: error })),
    );
  });
}

function post(url: URL, ca: string, body: Record<string, string>): Promise<EnrolResponse> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const options = { method: "POST", ca, minVersion: "TLSv1.3", headers, timeout: CONNECT_TIMEOUT_MS } as const;
    const sent = request(url, options, (response) => {
      let answer = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        answer += part;
        if (answer.length > MAX_ANSWER_BYTES) response.destroy(new Error("the server's answer is too long"));
      });
      response.on("error", reject);
      response.on("end", () => {
        try {
          resolve(readAnswer(response.statusCode ?? 0, answer));
        } catch (error) {
          reject(error);
        }
      });
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer")));
    sent.on("error", (error) => reject(new Error(`${url.host}: ${error.message}`, { cause: error })));
    sent.end(text);
  });
}

function readAnswer(status: number, text: string): EnrolResponse {
  const json: unknown = JSON.parse(text);
  if (status >= 200 && status < 300) return EnrolResponse.parse(json);
  const problem = ErrorResponse.safeParse(json);
  if (problem.success && problem.data.code === "ENROL_REFUSED") {
    throw new Error("the server refused the token: it was used already or is too old; ask for a new one");
  }
  throw new Error(problem.success ? `${problem.data.code}: ${problem.data.message}` : `the server answered ${status}`);
}
