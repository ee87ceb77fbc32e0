/** Why the server cannot be reached, as one stable code, and what IT can do about it. */

/** Codes are for logs and monitoring: add, never rename. Each one is explained in README.md. */
export const NETWORK_PROBLEMS = [
  "NAME_NOT_RESOLVED",
  "CONNECTION_REFUSED",
  "NO_ANSWER",
  "CONNECTION_CUT",
  "OTHER_CERTIFICATE",
  "CERTIFICATE_TIME",
  "NOT_TLS13",
  "PROXY_UNREACHABLE",
  "PROXY_AUTHENTICATION",
  "PROXY_FORBIDDEN",
  "PROXY_FAILED",
  "PAC_UNREACHABLE",
  "PAC_BROKEN",
] as const;
export type NetworkProblem = (typeof NETWORK_PROBLEMS)[number];

/** A way that does not lead to the server. `message` is the technical detail, without any password. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  readonly problem: NetworkProblem;

  constructor(problem: NetworkProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}

/** For people. */
export const ADVICE: Readonly<Record<NetworkProblem, string>> = {
  NAME_NOT_RESOLVED:
    "サーバーの名前からアドレスを引けません。DNS の設定を確かめてください。プロキシーが要る網なら proxy を設定してください。",
  CONNECTION_REFUSED:
    "相手に届きましたが、接続を断られました。サーバーが動いているか、ファイアウォールでこの宛先とポートへの通信が許可されているかを確かめてください。",
  NO_ANSWER:
    "応答がありません。LGWAN 側のファイアウォールでこの宛先とポートへの通信が許可されているか、プロキシーが要る網ではないかを確かめてください。",
  CONNECTION_CUT: "つながりましたが、途中で切られました。通信の途中の機器が遮断していないかを確かめてください。",
  OTHER_CERTIFICATE:
    "証明書が、信頼する CA のものではありません。通信の途中に検査装置などが入っていないか、サーバーの証明書が替わっていないかを確かめてください。検査の対象から外すことを勧めます。",
  CERTIFICATE_TIME:
    "証明書の有効期間が、このPCの時計では今日を含みません。まずこのPCの時計を合わせ（NTP）、それでも直らなければサーバーの証明書の期限を確かめてください。",
  NOT_TLS13:
    "サーバーではない機器が答えたか、TLS 1.3 を使えない機器が途中にあります。認証画面（キャプティブポータル）や検査装置がないかを確かめてください。",
  PROXY_UNREACHABLE:
    "プロキシーに接続できません。proxy に書いた名前とポート、プロキシーが動いているかを確かめてください。",
  PROXY_AUTHENTICATION:
    "プロキシーが認証を求めています (407)。proxy に書いた利用者名とパスワードを確かめてください。使えるのは Basic 認証です。PAC ファイルで選んだプロキシーには、proxyHosts に名前がある場合だけ送ります。",
  PROXY_FORBIDDEN:
    "プロキシーがこの宛先への接続を許可していません。サーバーの宛先とポートへの CONNECT の許可を、プロキシーの管理者に依頼してください。",
  PROXY_FAILED:
    "プロキシーからサーバーに接続できません。プロキシーの先の経路とサーバーの状態を、プロキシーの管理者に確かめてください。",
  PAC_UNREACHABLE:
    "PAC ファイルを読めません。proxy に書いた場所と、配布しているサーバーを確かめてください。自動で読み直します。",
  PAC_BROKEN:
    "PAC ファイルから経路を決められません。内容に誤りがないか、PROXY か DIRECT を答えるかを確かめてください（SOCKS と HTTPS は使えません）。",
};

/** The names that Node and OpenSSL give to these. */
const BY_CODE: readonly (readonly [RegExp, NetworkProblem])[] = [
  [/^(ENOTFOUND|EAI_\w+|EDNS\w*)$/, "NAME_NOT_RESOLVED"],
  [/^ECONNREFUSED$/, "CONNECTION_REFUSED"],
  [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN)$/, "NO_ANSWER"],
  [/^(ECONNRESET|EPIPE|ECONNABORTED)$/, "CONNECTION_CUT"],
  [/^CERT_(NOT_YET_VALID|HAS_EXPIRED)$/, "CERTIFICATE_TIME"],
  [/CERT|ISSUER|VERIFY|ALTNAME|SELF_SIGNED|INVALID_CA|PATH_LENGTH|PURPOSE/, "OTHER_CERTIFICATE"],
  [/^(ERR_SSL_\w+|EPROTO)$/, "NOT_TLS13"],
];

/** Undefined when it is none of these. Looks into causes, and into the several attempts of one connection. */
export function networkProblem(error: unknown): NetworkProblem | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof NetworkError) return at.problem;
    const [first] = at instanceof AggregateError ? (at.errors as unknown[]) : [];
    const code = String((at as NodeJS.ErrnoException).code ?? (first as NodeJS.ErrnoException | undefined)?.code ?? "");
    const known = BY_CODE.find(([pattern]) => pattern.test(code));
    if (known) return known[1];
  }
  return undefined;
}

/** What happened and what to do, in one text: `… (CODE: detail)`. */
export function networkWords(error: unknown): string {
  const problem = networkProblem(error);
  const detail = detailOf(error);
  return problem ? `${ADVICE[problem]}(${problem}: ${detail})` : detail;
}

/** `ECONNREFUSED 10.0.0.1:443`: the innermost that still says something. */
export function detailOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && !error.message) return detailOf(error.errors[0]);
  const { code } = error as NodeJS.ErrnoException;
  return code && !error.message.includes(code) ? `${code} ${error.message}` : error.message;
}
