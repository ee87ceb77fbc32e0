/** The doctor's look at the way to the server: proxy, CAs, the server itself, and the clock it shows. */
import { request } from "node:https";
import { Network } from "../network/network.ts";
import type { Way } from "../network/pac.ts";
import { detailOf, networkProblem, networkWords } from "../network/problem.ts";
import { nameOf, type ProxySetting, targetOf } from "../network/proxy.ts";
import { MAX_CLOCK_DIFFERENCE_MS } from "../server/server-clock.ts";
import type { Identity } from "../trust/identity.ts";
import type { Finding } from "./finding.ts";
import { examineRelay } from "./relay-doctor.ts";

const TIMEOUT_MS = 4_000;

export interface NetworkOptions {
  readonly proxy: ProxySetting;
  readonly proxyHosts?: readonly string[] | undefined;
  readonly relayHosts?: readonly string[] | undefined;
  readonly caFile: string | undefined;
  readonly identity: Identity;
  /** This PC's clock, epoch ms. */
  readonly now: () => number;
}

export async function examineNetwork(options: NetworkOptions): Promise<Finding[]> {
  const { identity, caFile, now } = options;
  let network: Network;
  try {
    network = await Network.open(options);
  } catch (error) {
    return [{ check: "CA", ok: false, words: detailOf(error) }, ...unexamined("CA の設定が使えないため")];
  }
  const findings = [await proxyFinding(network, options), caFinding(network, identity, caFile)];
  const check = "サーバー";
  try {
    const date = await serverDate(network, identity);
    const words = `${identity.url} に TLS 1.3 で接続でき、証明書は信頼する CA のものです。`;
    const difference = date && Math.round((now() - date.getTime()) / 1_000);
    const relay = await examineRelay({
      network,
      identity,
      relayHosts: options.relayHosts ?? [],
      at: date?.getTime() ?? now(),
    });
    return [...findings, { check, ok: true, words }, clock(difference), ...relay];
  } catch (error) {
    const shown = networkProblem(error) === "OTHER_CERTIFICATE" ? await issuerWords(network, identity) : "";
    const words = `${identity.url} に接続できません。${networkWords(error)}${shown}`;
    return [...findings, { check, ok: false, words }, ...unexamined("サーバーに接続できないため")];
  }
}

const unexamined = (why: string): Finding[] => [
  { check: "中継 (TURN)", ok: false, words: `${why}、調べられませんでした。` },
];

async function proxyFinding(network: Network, { proxy, identity }: NetworkOptions): Promise<Finding> {
  const check = "プロキシー";
  if (proxy.kind === "direct") return { check, ok: true, words: "使いません（直接接続します）。" };
  if (proxy.kind === "proxy") return { check, ok: true, words: `${wayWords(proxy.proxy)}を通ります。` };
  try {
    const ways = await network.ways(targetOf(new URL(identity.url)));
    const words = `${network.describe()} により、${ways.map(wayWords).join("、次に ")}を通ります。`;
    if (proxy.credentials === undefined || "file" in proxy.source) return { check, ok: true, words };
    return { check, ok: true, hint: true, words: words + OPEN_PAC_WORDS };
  } catch (error) {
    return { check, ok: false, words: networkWords(error) };
  }
}

/** Whoever is between us and the file's server chooses the proxies. */
const OPEN_PAC_WORDS =
  "PAC ファイルが暗号化されていない http で届くため、途中で書き換えられるおそれがあります。パスワードは proxyHosts に書いたプロキシーにだけ送りますが、pac+file:// にするか、proxy にプロキシーを直接書くことを勧めます。";

const wayWords = (way: Way): string =>
  way === "direct" ? "直接接続" : `${nameOf(way)}（${way.credentials ? "認証あり" : "認証なし"}）`;

function caFinding({ authorities }: Network, { ca }: Identity, caFile: string | undefined): Finding {
  const check = "CA";
  const pinned = ca === undefined ? "" : "登録時の CA と、";
  if (caFile === undefined) {
    const words = ca
      ? "登録時の CA だけを信頼します。"
      : "信頼する CA がありません。caFile を設定するか、登録し直してください。";
    return { check, ok: ca !== undefined, words };
  }
  const where = caFile === "windows" ? "Windows の証明書ストア" : `${caFile} `;
  return {
    check,
    ok: true,
    words: `${pinned}${where}の ${authorities.length} 枚を信頼します。`,
  };
}

/** Who vouches for what was shown: the name of an inspecting device usually. */
async function issuerWords(network: Network, { url }: Identity): Promise<string> {
  const [shown] = await network.shownChain(targetOf(new URL(url)), TIMEOUT_MS).catch(() => []);
  const issuer = shown && Object.values(shown.issuer).flat().filter(Boolean).join(", ");
  return issuer ? `示された証明書の発行者は「${issuer}」です。` : "";
}

/** `difference`: seconds this PC is ahead of the server. */
function clock(difference: number | undefined): Finding {
  const check = "時計";
  if (difference === undefined) {
    return { check, ok: true, words: "サーバーが時刻を知らせないため、比べられませんでした。" };
  }
  if (Math.abs(difference) * 1_000 <= MAX_CLOCK_DIFFERENCE_MS)
    return { check, ok: true, words: `サーバーとの差は ${difference} 秒です。` };
  return {
    check,
    ok: false,
    words: `このPCの時計がサーバーと ${difference} 秒ずれています。時刻同期 (NTP) を設定してください。`,
  };
}

/** The Date header of any answer. The answer itself does not matter; that TLS held does. */
function serverDate(network: Network, { url, ca }: Identity): Promise<Date | undefined> {
  const trust = { agent: network.agent, ca: network.trusted(ca), minVersion: "TLSv1.3" } as const;
  return new Promise((resolve, reject) => {
    const asked = request(new URL("/healthz", url), { ...trust, timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      const { date } = response.headers;
      resolve(date ? new Date(date) : undefined);
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer")));
    asked.on("error", reject);
    asked.end();
  });
}
