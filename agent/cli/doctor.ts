/** `agent doctor`: looks at everything a session needs, one thing after the other, and says in words what to do. */
import { access, constants } from "node:fs/promises";
import { request } from "node:https";
import { loadConfig } from "../config.ts";
import type { DesktopProblem } from "../desktop/desktop.ts";
import { isUdp, RelayMemory } from "../relay.ts";
import { askRelay } from "../stun.ts";
import { Devices } from "../trust/devices.ts";
import { type Identity, loadIdentity } from "../trust/identity.ts";

/** Signatures carry no time, but credentials and codes do: more than this apart and people cannot sign in. */
const MAX_CLOCK_DIFFERENCE_MS = 30_000;
const TIMEOUT_MS = 4_000;

export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  /** What was found, and what to do about it. */
  readonly words: string;
}

export interface DoctorOptions {
  readonly stateDir: string;
  readonly display: string | undefined;
  readonly xauthority: string | undefined;
  /** Opens the screen as a session would and closes it again; undefined when all is well. */
  readonly tryDesktop: () => Promise<DesktopProblem | undefined>;
}

export async function examine(options: DoctorOptions): Promise<Finding[]> {
  const findings: Finding[] = [await display(options), await xauthority(options), await desktop(options)];
  const config = await attempt(
    "設定",
    () => loadConfig(options.stateDir),
    () => "設定ファイルに問題はありません。",
  );
  findings.push(config.finding);
  if (!config.value) return findings;
  const { paths } = config.value;
  const identity = await attempt(
    "登録",
    () => loadIdentity(paths.identity),
    ({ name, terminal }) => `このPCは「${name}」(端末ID ${terminal})として登録されています。`,
    "情シス担当者からトークンを受け取り、agent enrol TOKEN を実行してください。",
  );
  findings.push(identity.finding);
  const devices = await attempt(
    "端末の許可",
    () => new Devices(paths.devices).list(),
    (list) =>
      list.length > 0
        ? `${list.length} 台の利用者端末が許可されています。`
        : "許可された利用者端末がありません。agent devices add CODE --login LOGIN で追加してください。",
  );
  findings.push(devices.finding);
  if (identity.value) {
    findings.push(...(await server(identity.value)), ...(await relays(paths.relay, identity.value)));
  }
  return findings;
}

async function display({ display }: DoctorOptions): Promise<Finding> {
  const words = display
    ? `DISPLAY は ${display} です。`
    : "DISPLAY が設定されていません。デスクトップにログインした利用者として実行するか、--display :0 を付けてください。";
  return { check: "画面 (DISPLAY)", ok: display !== undefined || process.platform === "win32", words };
}

async function xauthority({ xauthority }: DoctorOptions): Promise<Finding> {
  const check = "画面の鍵 (XAUTHORITY)";
  if (!xauthority) return { check, ok: true, words: "XAUTHORITY は未設定です（既定の ~/.Xauthority を使います）。" };
  return access(xauthority, constants.R_OK).then(
    () => ({ check, ok: true, words: `${xauthority} を読めます。` }),
    () => ({
      check,
      ok: false,
      words: `${xauthority} を読めません。デスクトップの利用者と同じ利用者で実行し、パスを確かめてください。`,
    }),
  );
}

async function desktop({ tryDesktop }: DoctorOptions): Promise<Finding> {
  const check = "画面の取り込みとライブラリ";
  const problem = await tryDesktop().catch(
    (error: Error): DesktopProblem => ({ code: "internal", message: error.message }),
  );
  if (!problem) return { check, ok: true, words: "画面を取り込み、圧縮し、入力を送れます。" };
  return { check, ok: false, words: `画面を使えません (${problem.code}): ${problem.message}` };
}

async function server(identity: Identity): Promise<Finding[]> {
  const check = "サーバー";
  try {
    const date = await serverDate(identity);
    const finding = {
      check,
      ok: true,
      words: `${identity.url} に TLS 1.3 で接続でき、証明書は登録時の CA のものです。`,
    };
    return [finding, clock(date)];
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    const isCertificate = /CERT|VERIFY|ALTNAME|SSL|SELF_SIGNED/.test(code);
    const todo = isCertificate
      ? "証明書が登録時の CA のものではありません。通信の途中に別の機器が入っていないか、サーバーの証明書が替わっていないかを管理者に確かめてください。"
      : "LGWAN 側のファイアウォールでこの宛先とポートへの通信が許可されているか、サーバーが動いているかを確かめてください。";
    return [
      { check, ok: false, words: `${identity.url} に接続できません (${code || (error as Error).message})。${todo}` },
    ];
  }
}

function clock(date: Date | undefined): Finding {
  const check = "時計";
  if (!date) return { check, ok: true, words: "サーバーが時刻を知らせないため、比べられませんでした。" };
  const difference = Math.round((Date.now() - date.getTime()) / 1_000);
  if (Math.abs(difference) * 1_000 <= MAX_CLOCK_DIFFERENCE_MS)
    return { check, ok: true, words: `サーバーとの差は ${difference} 秒です。` };
  return {
    check,
    ok: false,
    words: `このPCの時計がサーバーと ${difference} 秒ずれています。時刻同期 (NTP) を設定してください。`,
  };
}

async function relays(memoryPath: string, identity: Identity): Promise<Finding[]> {
  const { urls } = await new RelayMemory(memoryPath).load();
  if (urls.length === 0) {
    return [
      {
        check: "中継 (TURN)",
        ok: true,
        words: "中継の宛先は最初の接続のときにサーバーから知らされます。一度接続してからもう一度実行してください。",
      },
    ];
  }
  const findings = await Promise.all(urls.map((url) => relay(url, identity.ca)));
  if (!findings.some(({ ok }) => ok)) return findings;
  // one way is enough
  return findings.map((finding) =>
    finding.ok
      ? finding
      : { ...finding, ok: true, words: `${finding.words}（もう一方の経路を使うため、利用に支障はありません）` },
  );
}

async function relay(url: string, ca: string): Promise<Finding> {
  const check = isUdp(url) ? "中継 (TURN/UDP)" : "中継 (TURN/TLS)";
  try {
    const ms = Math.round(await askRelay(url, ca, TIMEOUT_MS));
    return { check, ok: true, words: `${url} が ${ms} ms で応答しました。` };
  } catch (error) {
    const todo = isUdp(url)
      ? "UDP が通らない場合は TLS を自動で使います。"
      : "ファイアウォールで TCP の許可を確かめてください。";
    return { check, ok: false, words: `${url} が応答しません (${(error as Error).message})。${todo}` };
  }
}

/** The Date header of any answer. The answer itself does not matter; that TLS held does. */
function serverDate({ url, ca }: Identity): Promise<Date | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(new URL("/healthz", url), { ca, minVersion: "TLSv1.3", timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      const { date } = response.headers;
      resolve(date ? new Date(date) : undefined);
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer")));
    asked.on("error", reject);
    asked.end();
  });
}

async function attempt<T>(
  check: string,
  run: () => Promise<T>,
  good: (value: T) => string,
  todo = "",
): Promise<{ value?: T; finding: Finding }> {
  try {
    const value = await run();
    return { value, finding: { check, ok: true, words: good(value) } };
  } catch (error) {
    return { finding: { check, ok: false, words: `${(error as Error).message} ${todo}`.trim() } };
  }
}
