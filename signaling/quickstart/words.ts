/** What `npm start` tells people, in Japanese and in English. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import qrcode from "qrcode";
import { NODE, ROOT } from "./build.ts";
import type { PartEvent } from "./part.ts";
import { codeOf, type DemoPerson, STEP_MS } from "./people.ts";
import type { Product } from "./product.ts";
import type { Waiting } from "./registrations.ts";

const LINE = "━".repeat(72);

const PART_NAMES: Readonly<Record<string, string>> = {
  coturn: "中継",
  signaling: "シグナリング",
  postgres: "データベース",
  "edge-outside": "外側の入口",
  "edge-inside": "内側の入口",
  "edge-local": "このパソコンの入口",
  agent: "エージェント",
  xvfb: "職場の画面",
  "office-dbus-daemon": "職場のセッション",
  "office-fcitx5": "日本語入力",
  "office-openbox": "ウィンドウ管理",
  "office-tint2": "タスクバー",
};
export const partName = (name: string): string => PART_NAMES[name] ?? name;

export function eventWords(event: PartEvent, logs: string): string[] {
  const { name } = event;
  if (event.kind === "back") return [`✓ ${partName(name)}が戻りました。/ ${name} is back.`];
  return [
    `! ${partName(name)}が止まりました（${event.why}）。もう一度起動します。記録：${join(logs, `${name}.log`)}`,
    `  ${name} stopped (${event.why}); starting it again.`,
  ];
}

export async function welcome(product: Product, person: DemoPerson, administrator: DemoPerson): Promise<string[]> {
  const { signaling, pki, agent } = product;
  const outside = signaling.outsideUrls.filter((url) => !/localhost|127\.0\.0\.1/.test(url));
  return [
    LINE,
    "Engawa（縁側）が動いています。終えるには Ctrl-C。 / Engawa is running. Ctrl-C ends it.",
    LINE,
    "",
    "このパソコンのブラウザーで開く / open in a browser on this machine:",
    `    ${signaling.localUrl}`,
    "",
    ...(outside.length === 0 ? [] : otherMachines(outside, pki.caFile)),
    "サインイン / sign in as:",
    `    ID                    ${person.login}`,
    `    パスワード password   ${person.password}`,
    `    ワンタイムコード code ${codeLine(person, Date.now())}`,
    "",
    "認証アプリに登録するなら、この QR を / for an authenticator app:",
    await qrcode.toString(person.otpauth, { type: "utf8", errorCorrectionLevel: "L", margin: 2 }),
    "はじめて接続するとき、ページで空いている5文字を、この確認コードを見て入れてください（残りは見比べます）。",
    "  At the first connection, type the 5 letters that the page leaves out of the office PC's confirmation code, from here:",
    `    ${agent.code}`,
    "",
    ...consoleWords(signaling.consoleUrl, administrator, pki.caFile),
  ];
}

/** Its authenticator is the terminal: a second QR code would fill the screen. */
function consoleWords(url: string | undefined, administrator: DemoPerson, caFile: string): string[] {
  if (url === undefined) return [];
  return [
    "情報システム担当の画面（管理コンソール）を、このパソコンで開く / the administrators' console, on this machine:",
    `    ${url}`,
    `    （証明書の警告を消すには、この認証局を信頼させます / trust this CA, or go past the warning: ${caFile}）`,
    `    ID                    ${administrator.login}`,
    `    パスワード password   ${administrator.password}`,
    `    ワンタイムコード code ${codeLine(administrator, Date.now())}`,
    `    認証アプリ / for an authenticator app: ${administrator.otpauth}`,
    "",
  ];
}

function otherMachines(urls: readonly string[], caFile: string): string[] {
  const { fingerprint256 } = new X509Certificate(readFileSync(caFile));
  return [
    "ほかのパソコンから / from another machine:",
    ...urls.map((url) => `    ${url}`),
    "  その前に、この認証局を信頼させます（見本専用。鍵はこのパソコンの外に出ません）。",
    "  Make that machine trust this CA first (made for this demo, its key stays here):",
    `    ${caFile}`,
    `    SHA-256 ${fingerprint256}`,
    "    Windows: certutil -user -addstore Root ca.pem",
    "    Debian (Chromium): certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n engawa -i ca.pem",
    "",
  ];
}

/** The code of the moment; a code counts once, so after a sign-in the next one is needed. */
export function codeLine(person: DemoPerson, now: number): string {
  const left = Math.ceil((STEP_MS - (now % STEP_MS)) / 1000);
  return `${codeOf(person, now)}  （あと ${String(left).padStart(2)} 秒 / ${left} s left, 1 回限り / good once）`;
}

/** Of several people, on one line: they change at the same moment. */
export function codesLine(people: readonly DemoPerson[], now: number): string {
  const left = Math.ceil((STEP_MS - (now % STEP_MS)) / 1000);
  const codes = people.map((person) => `${person.login} ${codeOf(person, now)}`).join("  ");
  return `ワンタイムコード code: ${codes}  （あと ${String(left).padStart(2)} 秒 / ${left} s left）`;
}

export const waitsWords = (device: Waiting): string[] => [
  "",
  `新しいブラウザーが登録を待っています（${device.login}）。ブラウザーに出ているコードと同じなら Enter を押してください。`,
  `  A new browser waits (${device.login}). If it shows this same code, press Enter to register it:`,
  `    ${device.code}`,
];

export const registeredWords = (device: Waiting): string[] => [
  `✓ 登録しました。もう一度サインインしてください。 / Registered ${device.code}: sign in again.`,
  "",
];

/** Where nobody can press Enter. */
export function registerByCommand(device: Waiting, folder: string, atConsole = false): string[] {
  const node = NODE.replace(ROOT, "");
  const environment = join(folder, "signaling.env");
  const approve = `    ${node} --env-file=${environment} signaling/cli/main.ts device approve ${device.code} --login ${device.login}`;
  if (atConsole) return ["  次の命令でも登録できます / or register it by this command:", approve];
  return [
    "  次の二つの命令でも登録できます / or register it by these two commands:",
    approve,
    `    ${node} agent/cli/main.ts devices add ${device.code} --login ${device.login} --state ${join(folder, "agent")}`,
  ];
}
