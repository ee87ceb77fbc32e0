/** The doctor's look at what protects this PC when somebody was here from afar, lock and cover, and at how it is woken. */
import type { NetworkInterfaceInfo } from "node:os";
import type { WaysToLock } from "../screen/locker.ts";
import { type NoWake, otherCards, wiredInterfaces } from "../server/interfaces.ts";
import type { Config } from "../settings/config.ts";
import type { Finding } from "./finding.ts";

export interface ProtectionOptions {
  /** What could lock an X11 session; nothing is locked. Not asked on Windows. */
  readonly findWaysToLock: () => Promise<WaysToLock>;
  /** Why the monitors could not be covered; undefined: they could. None goes dark. */
  readonly examineCover: () => Promise<string | undefined>;
  /** This PC's cards unless told. */
  readonly cards?: NodeJS.Dict<NetworkInterfaceInfo[]>;
  /** This PC's unless told. */
  readonly platform?: NodeJS.Platform;
}

export async function examineProtection(
  config: Pick<Config, "lockOn" | "lockBefore" | "cover" | "idle" | "shutDown" | "wake">,
  options: ProtectionOptions,
): Promise<Finding[]> {
  const { lockOn, lockBefore, cover, shutDown, wake } = config;
  return [
    await lockFinding(lockOn, options),
    await lockBeforeFinding(lockBefore, options),
    await coverFinding(cover, options),
    floorFinding(config),
    powerFinding(shutDown),
    wakeFinding(wake, options),
  ];
}

const OPEN_AFTERWARDS = '使ったあとのPCが、開いたまま残ります。"end" を勧めます。';

async function lockFinding(
  lockOn: Config["lockOn"],
  { findWaysToLock, platform = process.platform }: ProtectionOptions,
): Promise<Finding> {
  const check = "ロック";
  if (lockOn === "never")
    return { check, ok: true, hint: true, words: `ロックしない設定です（lockOn は "never" です）。${OPEN_AFTERWARDS}` };
  if (lockOn === "interrupted")
    return {
      check,
      ok: true,
      hint: true,
      words: `利用者が自分で終えたときはロックしない設定です（lockOn は "interrupted" です）。${OPEN_AFTERWARDS}`,
    };
  if (platform === "win32") {
    const words =
      "Windows にロックを頼み、ロックされたことを確かめます。ロックは要るときにだけ行うため、診断では試していません。";
    return { check, ok: true, words };
  }
  const { lockers, session } = await findWaysToLock();
  if (lockers.length > 0)
    return { check, ok: true, words: `${lockers.join("、")} でロックできます。診断ではロックしていません。` };
  const words = session
    ? `セッション ${session} のロックを logind に頼めます。ロックされるかどうかはデスクトップによるため、一度利用を終えて確かめてください。`
    : 'このPCをロックする方法が見つかりません。このままでは、利用のあと本人しかつなげなくなります。xscreensaver か light-locker を入れて動かすか、lockOn を "never" にしてください。';
  return { check, ok: true, hint: true, words };
}

const OPEN_BEFORE =
  'サーバーが乗っ取られたとき、PC のロック画面で止められません。ふだんは "when-possible" か "required" にしてください。';
const NO_WAY = "このPCをロックする方法が見つかりません。";
const INSTALL_ONE = "xscreensaver か light-locker を入れて動かしてください。";

async function lockBeforeFinding(
  lockBefore: Config["lockBefore"],
  { findWaysToLock, platform = process.platform }: ProtectionOptions,
): Promise<Finding> {
  const check = "使う前のロック";
  if (lockBefore === "never") {
    const words = `使う前にロックしない設定です（lockBefore は "never" です）。${OPEN_BEFORE}`;
    return { check, ok: true, hint: true, words };
  }
  const setting = `lockBefore は "${lockBefore}" です`;
  if (platform === "win32")
    return {
      check,
      ok: true,
      words: `最初の画面の前に、Windows をロックします（${setting}）。できなければ、利用を断ります。`,
    };
  const { lockers, session } = await findWaysToLock();
  if (lockers.length > 0)
    return {
      check,
      ok: true,
      words: `最初の画面の前に、${lockers.join("、")} でロックします（${setting}）。できなければ、利用を断ります。`,
    };
  if (session) {
    const words = `最初の画面の前に、セッション ${session} のロックを logind に頼みます（${setting}）。デスクトップがロックしなければ、利用はすべて断られます。一度つないで確かめてください。`;
    return { check, ok: true, hint: true, words };
  }
  if (lockBefore === "required")
    return { check, ok: false, words: `${NO_WAY}${setting}から、このままでは利用がすべて断られます。${INSTALL_ONE}` };
  return { check, ok: true, hint: true, words: `${NO_WAY}ロックせずに画面を送ります（${setting}）。${INSTALL_ONE}` };
}

async function coverFinding(cover: Config["cover"], { examineCover }: ProtectionOptions): Promise<Finding> {
  const check = "画面隠し";
  if (cover === "off") return { check, ok: true, words: '職場のモニターを隠さない設定です（cover は "off" です）。' };
  const problem = await examineCover();
  if (problem === undefined) {
    const words = "職場のモニターを隠すための条件がそろっています。診断では隠していません。";
    return { check, ok: true, words };
  }
  if (cover === "required")
    return { check, ok: false, words: `職場のモニターを隠せないため、利用できません: ${problem}` };
  return { check, ok: true, hint: true, words: `職場のモニターを隠せません。隠さずに利用できます: ${problem}` };
}

/** A server's policy makes these stricter and never laxer. What holds for a session that runs stands in the log. */
function floorFinding({ lockOn, lockBefore, cover, idle }: Parameters<typeof examineProtection>[0]): Finding {
  const own = `lockOn "${lockOn}"、lockBefore "${lockBefore}"、cover "${cover}"、操作がないとき ${idle.endMs / 60_000} 分`;
  const words = `サーバーの決まりは、この PC の設定（${own}）を厳しくするだけで、緩めることはありません。利用中に効いているものは、ログの「the session's policy」の行にあります。`;
  return { check: "サーバーの決まり", ok: true, words };
}

function powerFinding(shutDown: Config["shutDown"]): Finding {
  const words =
    shutDown === "allow"
      ? 'サーバーの決まりがあれば、使える時間の終わりで接続が切れたあと、ロックして 60 秒後に電源を切ります（shutDown は "allow" です）。診断では切っていません。'
      : 'サーバーの決まりがあっても、電源は切りません（shutDown は "never" です）。';
  return { check: "電源", ok: true, words };
}

const WHY_NOT: Readonly<Record<Exclude<NoWake, "internal">, string>> = {
  "not-wired": "有線でない",
  "made-up": "仮想のカード",
  "no-ipv4": " IPv4 アドレスがない",
};

function wakeFinding(wake: Config["wake"], { cards }: ProtectionOptions): Finding {
  const check = "Wake-on-LAN";
  const neighbours = wake === "allow" ? "隣の PC を起こせます。" : '隣の PC は起こしません（wake は "never" です）。';
  const wired = wiredInterfaces(cards);
  if (wired.length > 0) {
    const names = wired.map(({ mac, address, prefix }) => `${mac}（${address}/${prefix}）`).join("、");
    const words = `有線の LAN カードがあります: ${names}。起こすには BIOS とカードの設定も要ります。${neighbours}`;
    return { check, ok: true, words };
  }
  const others = [...otherCards(cards)].flatMap(([name, why]) =>
    why === "internal" ? [] : `${name} は${WHY_NOT[why]}`,
  );
  const seen = others.length > 0 ? `（${others.join("、")}）` : "";
  return { check, ok: true, hint: true, words: `このPCを起こせる有線の LAN カードが、つながっていません${seen}。` };
}
