/** `agent devices`: this PC's own list of who may come in. Takes effect at once, also on a running session. */
import { join } from "node:path";
import { Login, parseKeyCode } from "../../signaling/protocol/ids.ts";
import { DEVICE_YEAR_MS, type Device, Devices } from "../trust/devices.ts";
import type { Print } from "./print.ts";

const openList = (stateDir: string): Devices => new Devices(join(stateDir, "devices.json"));

export async function listDevices(o: { stateDir: string; print: Print }): Promise<void> {
  const list = openList(o.stateDir);
  await list.giveTerms();
  const devices = await list.list();
  const now = Date.now();
  const lines = devices.map((device) => {
    const { until } = device;
    const term = now < until ? `期限 ${day(until)}` : `期限切れ（${day(until)}）`;
    return `${describe(device)}  登録 ${day(device.addedAt)}  ${term}`;
  });
  o.print({ devices }, lines.length > 0 ? lines : ["許可された利用者端末はありません。"]);
}

export async function addDevice(o: {
  stateDir: string;
  print: Print;
  code: string;
  login: string;
  note?: string | undefined;
}): Promise<void> {
  const code = parseKeyCode(o.code);
  if (!code)
    throw new Error("端末コードが正しくありません。画面に出ている 20 文字（5 文字ずつ 4 組）を入力してください。");
  const login = Login.safeParse(o.login.toLowerCase());
  if (!login.success) throw new Error("利用者ID が正しくありません（英小文字・数字・. _ @ -）。");
  const addedAt = Date.now();
  const until = addedAt + DEVICE_YEAR_MS;
  const device: Device = { code, login: login.data, addedAt, until, ...(o.note ? { note: o.note } : {}) };
  const added = await openList(o.stateDir).add(device);
  o.print({ added, device }, [
    added
      ? `許可しました: ${describe(device)}（期限 ${day(until)}）`
      : `すでに許可されています。期限を ${day(until)} まで延ばしました: ${describe(device)}`,
  ]);
}

export async function removeDevice(o: {
  stateDir: string;
  print: Print;
  code: string;
  login?: string | undefined;
}): Promise<void> {
  const code = parseKeyCode(o.code);
  if (!code) throw new Error("端末コードが正しくありません。agent devices list で確かめてください。");
  const removed = await openList(o.stateDir).remove(code, o.login === undefined ? undefined : Login.parse(o.login));
  if (removed.length === 0)
    throw new Error("その端末コードは一覧にありません。agent devices list で確かめてください。");
  o.print(
    { removed },
    removed.map((device) => `取り消しました: ${describe(device)}（使用中の接続は切断されます）`),
  );
}

const day = (at: number): string => new Date(at).toLocaleDateString("ja-JP");
const describe = ({ code, login, note }: Device): string => [code, login, note].filter(Boolean).join("  ");
