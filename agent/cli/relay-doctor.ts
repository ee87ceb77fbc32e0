/**
 * The doctor's look at the relay: a real allocation by each way the server names, with the permission that a session needs, given
 * back at once. Proves path, transport, certificate, the secret that server and relay share, and the relay's own rules.
 */
import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { ErrorResponse, RelayCheckResponse } from "../../signaling/protocol/api.ts";
import type { ErrorCode } from "../../signaling/protocol/errors.ts";
import type { IceServer } from "../../signaling/protocol/ice-server.ts";
import { Nonce } from "../../signaling/protocol/ids.ts";
import { relayCheckText, sign } from "../../signaling/protocol/signed.ts";
import { NoAnswer, openProbe, type Probe, relayedAddress, type User } from "../../turn-config/probe.ts";
import type { Network } from "../network/network.ts";
import { NetworkError, networkProblem } from "../network/problem.ts";
import { allowedRelayHosts, isUdp, readRelayUrl, relayProblem } from "../peer/relay-url.ts";
import { post } from "../server/post.ts";
import type { Identity } from "../trust/identity.ts";
import type { Finding } from "./finding.ts";

const TIMEOUT_MS = 4_000;
const CHECK = "中継 (TURN)";

type Outcome =
  | { kind: "works"; ms: number }
  /** Not reached at all. */
  | { kind: "no-way"; problem: string }
  | { kind: "certificate"; problem: string }
  /** The entrance was reached over TCP or TLS, the relay behind it said nothing. */
  | { kind: "silent" }
  /** Not tried: see relayProblem. */
  | { kind: "not-allowed" }
  | { kind: "refused"; step: "allocation" | "permission"; code: number };

export interface RelayExamination {
  readonly network: Network;
  readonly identity: Identity;
  /** Of the settings. */
  readonly relayHosts: readonly string[];
  /** The server's clock, epoch ms. */
  readonly at: number;
}

export async function examineRelay(options: RelayExamination): Promise<Finding[]> {
  const asked = await askCredentials(options);
  if ("words" in asked) return [asked];
  const tried = await Promise.all(
    asked.urls.map(async (url) => ({ url, outcome: await outcomeOf(options, url, asked) })),
  );
  const works = tried.some(({ outcome }) => outcome.kind === "works");
  return tried.map(({ url, outcome }) => finding(url, outcome, works));
}

async function outcomeOf(options: RelayExamination, url: string, user: IceServer): Promise<Outcome> {
  const allowed = allowedRelayHosts(options.identity, options.relayHosts);
  return relayProblem(url, allowed) === undefined ? tryRelay(options, url, user) : { kind: "not-allowed" };
}

async function askCredentials({ network, identity, at }: RelayExamination): Promise<IceServer | Finding> {
  const { url, ca, terminal, privateKey } = identity;
  const nonce = Nonce.parse(randomBytes(16).toString("base64url"));
  try {
    const signature = await sign(privateKey, relayCheckText({ terminal, nonce, at }));
    const { json } = await post({ network, ca }, new URL("/api/relay-check", url), { terminal, nonce, at, signature });
    const given = RelayCheckResponse.safeParse(json);
    if (given.success) return given.data.iceServer;
    const refused = ErrorResponse.safeParse(json);
    return { check: CHECK, ok: false, words: refusedWords(refused.success ? refused.data.code : undefined) };
  } catch (error) {
    return { check: CHECK, ok: false, words: `サーバーから試験用の資格情報を受け取れません (${wordsOf(error)})。` };
  }
}

function refusedWords(code: ErrorCode | undefined): string {
  switch (code) {
    case "AGENT_REFUSED":
      return "サーバーがこのPCを認めません。端末が無効にされていないか、ほかのPCで登録し直されていないかを管理者に確かめてください。";
    case "TOO_MANY_ATTEMPTS":
      return "続けて調べすぎました。1 分ほど待って、もう一度実行してください。";
    case "NOT_FOUND":
      return "サーバーが古く、中継を調べる機能がありません。サーバーの更新を管理者に依頼してください。";
    default:
      return `サーバーが試験用の資格情報を出しません (${code ?? "理由不明"})。管理者に知らせてください。`;
  }
}

async function tryRelay(
  { network, identity }: RelayExamination,
  url: string,
  { username, credential }: IceServer,
): Promise<Outcome> {
  const to = readRelayUrl(url);
  if (!to) return { kind: "no-way", problem: "宛先の書き方が正しくありません" };
  const { host, transport } = to;
  const tls = {
    ca: network.trusted(identity.ca),
    minVersion: "TLSv1.3",
    ...(isIP(host) === 0 ? { servername: host } : {}),
  } as const;
  let probe: Probe | undefined;
  try {
    const socket = transport === "udp" ? {} : { socket: await network.connect(to, TIMEOUT_MS) };
    probe = await openProbe({ ...to, ...tls, ...socket, timeoutMs: TIMEOUT_MS });
    return await allocate(probe, { username, password: credential });
  } catch (error) {
    const problem = networkProblem(error);
    if (problem === "OTHER_CERTIFICATE" || problem === "CERTIFICATE_TIME")
      return { kind: "certificate", problem: wordsOf(error) };
    if (probe && transport !== "udp" && error instanceof NoAnswer) return { kind: "silent" };
    return { kind: "no-way", problem: wordsOf(error) };
  } finally {
    await probe?.close();
  }
}

async function allocate(probe: Probe, user: User): Promise<Outcome> {
  const started = performance.now();
  const allocated = await probe.allocate(user);
  const ms = Math.round(performance.now() - started);
  const relayed = relayedAddress(allocated);
  if (allocated.kind !== "success" || !relayed) return { kind: "refused", step: "allocation", code: allocated.code };
  // the other end of a session has an address of the same relay
  const permitted = await probe.permit(user, relayed);
  await probe.release(user);
  if (permitted.kind !== "success") return { kind: "refused", step: "permission", code: permitted.code };
  return { kind: "works", ms };
}

function finding(url: string, outcome: Outcome, anotherWorks: boolean): Finding {
  const check = isUdp(url) ? "中継 (TURN/UDP)" : url.startsWith("turns:") ? "中継 (TURN/TLS)" : "中継 (TURN/TCP)";
  if (outcome.kind === "works") {
    return { check, ok: true, words: `${url} で中継の割り当てを受け、返しました (${outcome.ms} ms)。` };
  }
  const words = `${url}: ${problemWords(url, outcome)}`;
  // one way is enough; but a strange certificate, or a relay that is none of ours, is not to be passed over
  if (!anotherWorks || outcome.kind === "certificate" || outcome.kind === "not-allowed")
    return { check, ok: false, words };
  return { check, ok: true, hint: true, words: `${words}もう一方の経路を自動で使うため、利用に支障はありません。` };
}

function problemWords(url: string, outcome: Exclude<Outcome, { kind: "works" }>): string {
  switch (outcome.kind) {
    case "no-way":
      return isUdp(url)
        ? `UDP が通りません (${outcome.problem})。使うには、ファイアウォールでこの宛先とポートへの UDP とその応答を許可してください。`
        : `届きません (${outcome.problem})。ファイアウォールでこの宛先とポートへの TCP が許可されているか、サーバーが動いているかを確かめてください。`;
    case "certificate":
      return `証明書が、信頼する CA のものではありません (${outcome.problem})。通信の途中に検査装置などが入っていないか、ネットワーク担当に確かめてください。`;
    case "not-allowed":
      return "サーバーが示した中継ですが、サーバーのホストでも、登録のトークンか設定 relayHosts のホストでもないため（または TLS のない TCP や、このPC自身のため）、つなぎません。正しい中継なら relayHosts に書き、心当たりがなければサーバーの担当に確かめてください。";
    case "silent":
      return "入口には届きますが、その奥の中継サーバー (coturn) が応答しません。動いているかをネットワーク担当に確かめてください。";
    case "refused":
      return refusalWords(outcome);
  }
}

function refusalWords({ step, code }: Extract<Outcome, { kind: "refused" }>): string {
  if (step === "permission") {
    return `中継サーバーが、中継どうしの通信を許しません (${code})。allowed-peer-ip の設定をネットワーク担当に確かめてください (npm run turn:check)。`;
  }
  // RFC 8656 §7.2, §19
  if (code === 401) {
    return "中継サーバーがサーバーの資格情報を受け付けません (401)。共有鍵と時刻が両方で合っているかをネットワーク担当に確かめてください。";
  }
  if (code === 486 || code === 508) {
    return `中継サーバーに空きがありません (${code})。しばらく待っても同じなら、割り当ての上限をネットワーク担当に確かめてください。`;
  }
  return `中継サーバーが割り当てを断りました (${code})。ネットワーク担当に知らせてください。`;
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException)?.code ?? "");

function wordsOf(error: unknown): string {
  if (error instanceof NoAnswer) return "応答なし";
  if (error instanceof NetworkError) return `${error.problem}: ${error.message}`;
  return codeOf(error) || (error instanceof Error ? error.message : String(error));
}
