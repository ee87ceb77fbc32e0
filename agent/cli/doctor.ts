/** `agent doctor`: looks at everything a session needs, one thing after the other, and says in words what to do. */
import { loadConfig } from "../settings/config.ts";
import { type Device, Devices } from "../trust/devices.ts";
import { loadIdentity } from "../trust/identity.ts";
import type { Finding } from "./finding.ts";
import { examineNetwork } from "./network-doctor.ts";
import { examineProtection, type ProtectionOptions } from "./protection-doctor.ts";
import { examineScreen, type ScreenOptions } from "./screen-doctor.ts";

export interface DoctorOptions extends ScreenOptions, ProtectionOptions {
  readonly stateDir: string;
  /** This PC's clock, epoch ms. */
  readonly now?: () => number;
}

export async function examine(options: DoctorOptions): Promise<Finding[]> {
  const findings = await examineScreen(options);
  const config = await attempt(
    "設定",
    () => loadConfig(options.stateDir),
    () => "設定ファイルに問題はありません。",
  );
  findings.push(config.finding);
  if (!config.value) return findings;
  findings.push(...(await examineProtection(config.value, options)));
  const { paths, proxy, proxyHosts, relayHosts, caFile } = config.value;
  const identity = await attempt(
    "登録",
    () => loadIdentity(paths.identity),
    ({ name, terminal }) => `このPCは「${name}」(端末ID ${terminal})として登録されています。`,
    "情シス担当者からトークンを受け取り、agent enrol TOKEN を実行してください。",
  );
  findings.push(identity.finding);
  const now = options.now ?? Date.now;
  const devices = await attempt(
    "端末の許可",
    () => new Devices(paths.devices).list(),
    (list) =>
      list.length > 0
        ? `${list.length} 台の利用者端末が許可されています。`
        : "許可された利用者端末がありません。agent devices add CODE --login LOGIN で追加してください。",
  );
  findings.push(devices.value ? withTerms(devices.finding, devices.value, now()) : devices.finding);
  if (identity.value) {
    findings.push(...(await examineNetwork({ proxy, proxyHosts, relayHosts, caFile, identity: identity.value, now })));
  }
  return findings;
}

/** Long enough to reach somebody on leave. */
const TERM_NOTICE_MS = 30 * 86_400_000;

/** Which devices will soon be refused, or are. */
function withTerms(finding: Finding, devices: readonly Device[], now: number): Finding {
  const ending = devices.filter((device) => device.until - now <= TERM_NOTICE_MS);
  if (ending.length === 0) return finding;
  const names = ending.map((device) => {
    const { until } = device;
    return `${device.login} の ${device.code}（${new Date(until).toLocaleDateString("ja-JP")}${now < until ? "まで" : "に期限切れ"}）`;
  });
  const todo = "使い続ける端末は agent devices add CODE --login LOGIN で延ばし、使わない端末は取り消してください。";
  return { ...finding, hint: true, words: `${finding.words}期限が近いか、切れています: ${names.join("、")}。${todo}` };
}

/** One line for each finding, and what follows from all of them. */
export function report(findings: readonly Finding[]): { ok: boolean; lines: string[] } {
  const ok = findings.every((finding) => finding.ok);
  const end = ok ? "問題は見つかりませんでした。" : "× の項目を直してから、もう一度実行してください。";
  return { ok, lines: [...findings.map((finding) => `${mark(finding)} ${finding.check}: ${finding.words}`), end] };
}

const mark = ({ ok, hint }: Finding): string => (ok ? (hint ? "△" : "○") : "×");

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
    if (process.platform === "win32" && ["EPERM", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? ""))
      return { finding: { check, ok: false, words: "読む権限がありません。管理者として実行してください。" } };
    return { finding: { check, ok: false, words: `${(error as Error).message} ${todo}`.trim() } };
  }
}
