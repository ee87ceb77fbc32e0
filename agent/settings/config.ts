/**
 * The agent's settings: one file, read once at start, and on Windows the group policy, which wins. Identity and devices have files
 * of their own beside it.
 */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { COVER, LOCK_BEFORE, LOCK_ON } from "../../signaling/protocol/protection.ts";
import type { CoverMode } from "../desktop/commands.ts";
import { HostList, type ProxySetting, ProxyText } from "../network/proxy.ts";
import { agentFolder, locksPaths, WINDOWS_STATE_DIR } from "./paths.ts";
import { policyName, readPolicy } from "./policy.ts";

export const LockOn = z.enum(LOCK_ON);
export type LockOn = z.infer<typeof LockOn>;

export const LockBefore = z.enum(LOCK_BEFORE);
export type LockBefore = z.infer<typeof LockBefore>;

/**
 * Minutes without input after which a session ends; never switched off. Well below the server's own limit of a sign-in (30, where
 * it is not set otherwise), which hears of input up to two minutes late and would otherwise end the session first, for another
 * reason and without a warning.
 */
export const IdleMinutes = z.enum(["5", "10", "15", "20", "25"]);

/** Whether this PC wakes its neighbours when the server asks for it. */
export const WakeSetting = z.enum(["allow", "never"]);
export type WakeSetting = z.infer<typeof WakeSetting>;

export const Cover = z.enum(COVER);

/** Whether this PC lets itself be switched off at the end of hours, where the policy wants it. */
export const ShutDownSetting = z.enum(["allow", "never"]);

/** Long enough to see the words and reach for the mouse. */
const IDLE_WARNING_MS = 60_000;

export const ConfigFile = z.strictObject({
  lockOn: LockOn.default("end"),
  lockBefore: LockBefore.default("when-possible"),
  idleMinutes: IdleMinutes.default("15"),
  wake: WakeSetting.default("allow"),
  proxy: ProxyText.prefault("direct"),
  proxyHosts: HostList.prefault(""),
  relayHosts: HostList.prefault(""),
  caFile: z.string().min(1).optional(),
  cover: Cover.default("off"),
  shutDown: ShutDownSetting.default("never"),
  /** What the organisation wants to say on the cover. */
  coverText: z.string().max(200).default(""),
});

export interface IdleLimits {
  /** Without input for this long the session ends. */
  readonly endMs: number;
  /** So long before, the person is warned. */
  readonly warnMs: number;
}

export interface Config {
  readonly lockOn: LockOn;
  readonly lockBefore: LockBefore;
  readonly idle: IdleLimits;
  readonly wake: WakeSetting;
  /** How to leave this network by TCP. */
  readonly proxy: ProxySetting;
  /** Which proxies of a PAC file may have user and password. */
  readonly proxyHosts: readonly string[];
  /** Hosts of relays besides the server's own. */
  readonly relayHosts: readonly string[];
  /** A PEM file of CAs that count besides the one pinned at enrolment, or "windows" for those of the Windows store. */
  readonly caFile: string | undefined;
  readonly cover: CoverMode;
  readonly shutDown: z.infer<typeof ShutDownSetting>;
  readonly coverText: string;
  /** Names of the settings that the group policy gave. */
  readonly fromPolicy: readonly string[];
  readonly paths: {
    readonly identity: string;
    readonly devices: string;
    readonly relay: string;
    readonly locks: string;
    readonly locksLifted: string;
    readonly auditHeads: string;
  };
}

export const DEFAULT_STATE_DIR =
  process.platform === "win32" ? WINDOWS_STATE_DIR : join(homedir(), ".config", "engawa-agent");

/** Every problem of the file and the policy at once, in words. */
export async function loadConfig(stateDir: string, policy = readPolicy()): Promise<Config> {
  const path = join(stateDir, "config.json");
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw error;
  });
  const given = await policy;
  const file = parseJson(text);
  // what is no object is refused as it is
  const parsed = ConfigFile.safeParse(typeof file === "object" && file !== null ? { ...file, ...given } : file);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => {
      const settings = issue.code === "unrecognized_keys" ? issue.keys : [issue.path.join(".")];
      return settings.map(
        (name) => `${name in given ? policyName(name) : `${path}: ${name || "file"}`}: ${issue.message}`,
      );
    });
    throw new Error(problems.join("; "));
  }
  const { idleMinutes, ...settings } = parsed.data;
  return Object.freeze({
    ...settings,
    idle: { endMs: Number(idleMinutes) * 60_000, warnMs: IDLE_WARNING_MS },
    caFile: parsed.data.caFile,
    fromPolicy: Object.keys(given),
    paths: {
      identity: join(stateDir, "identity.json"),
      devices: join(stateDir, "devices.json"),
      relay: join(agentFolder(stateDir), "relay.json"),
      auditHeads: join(agentFolder(stateDir), "audit-heads.json"),
      ...locksPaths(stateDir),
    },
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
