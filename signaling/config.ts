/**
 * Settings: environment variables, read here and nowhere else, all problems reported at once. README.md has the table.
 */
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, linkSync, mkdirSync, unlinkSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join, resolve, sep } from "node:path";
import { z } from "zod";
import { TWO_PERSON_ACTIONS, type TwoPersonAction } from "./auth/permissions.ts";
import { DEFAULT_NEWCOMERS_PER_MINUTE, MAX_NEWCOMERS_PER_MINUTE } from "./auth/throttle.ts";
import { DEFAULT_SIGN_IN_HOURS, DEFAULT_SIGN_IN_IDLE_MINUTES } from "./auth/token.ts";
import { DEFAULT_CAPACITY, MAX_AGENTS, MAX_SESSIONS } from "./edge/capacity.ts";
import { entrancesOf } from "./entrances.ts";
import { type MailServer, mailHostOf, mailServerOf } from "./mail/settings.ts";
import { type DatabaseServer, type DatabaseSettings, databaseServerOf } from "./postgres/settings.ts";
import { Files, hashOfCa } from "./settings-files.ts";
import { type Collector, collectorOf } from "./shipping/settings.ts";
import { type ToldSettings, toldSettings } from "./told-settings.ts";

/** Something in the settings must be put right before anything starts. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`the settings are not usable:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

const HostPort = z.string().transform((text, context): Address => {
  const [, host = "", port = ""] =
    /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text)?.filter((part) => part !== undefined) ?? [];
  if (host !== "" && Number(port) <= 65_535) return { host, port: Number(port) };
  context.addIssue("must be host:port, e.g. 192.0.2.5:443 or [2001:db8::5]:443");
  return z.NEVER;
});

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));

const LoopbackHostPort = HostPort.refine(
  ({ host }) => isLoopback(host),
  "must be a loopback address (127.0.0.1, ::1, localhost): this listener does not encrypt",
);

/** The address of an edge of its own. */
const EdgeAddress = z.union([z.ipv4(), z.ipv6()], { error: "must be an IP address" });

const Origin = z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text, {
  message: "must be an exact origin: https://host or https://host:port, lower case, no slash at the end",
});

const list = <T extends z.ZodType<string, string>>(item: T) =>
  z
    .string()
    .transform((text) =>
      text
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== ""),
    )
    .pipe(z.array(item).min(1));

/** RFC 7065. */
const TurnUrl = z
  .string()
  .regex(/^turns?:[^?\s]+(\?transport=(udp|tcp))?$/, "must be a TURN URL, e.g. turn:10.0.0.5:3478?transport=udp");

const count = (max: number, min = 1) => {
  const words = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^(0|[1-9]\d{0,8})$/, words)
    .transform(Number)
    .refine((value) => value >= min && value <= max, words);
};

/** With what is closed afterwards it stays below TimeoutStopSec of engawa-signaling.service. */
const MAX_DRAIN_SECONDS = 60;

/** What the server and the command line both need. */
const storeSettings = {
  ENGAWA_STATE_DIR: z.string().default(".state"),
  ENGAWA_STORE_KEY_FILE: z.string().optional(),
  ENGAWA_AUDIT_KEY_FILE: z.string().optional(),
  ENGAWA_DATABASE_URL: z.string().optional(),
  ENGAWA_DATABASE_PASSWORD_FILE: z.string().optional(),
  ENGAWA_DATABASE_CA: z.string().optional(),
  ENGAWA_TWO_PERSONS: list(z.enum(TWO_PERSON_ACTIONS)).default([]),
  ENGAWA_TERMINAL_IDS: z.enum(["free", "in-waves"], "must be free or in-waves").default("free"),
};

/** What the administrator's command line needs: the store, and where agents find the server. */
const AdminSettings = z.object({
  ...storeSettings,
  ENGAWA_INSIDE_URL: z.url().optional(),
  ENGAWA_TLS_CA: z.string().optional(),
  ENGAWA_TURN_INSIDE_URLS: list(TurnUrl).optional(),
  ENGAWA_ADMINISTRATOR: z
    .string()
    .regex(/^[A-Za-z0-9._@-]{1,64}$/, "must be a user's name")
    .optional(),
});

const ServerSettings = z.object({
  ...storeSettings,
  ENGAWA_OUTSIDE_LISTEN: HostPort.optional(),
  ENGAWA_OUTSIDE_ORIGINS: list(Origin.refine((origin) => origin.startsWith("https://"), "must begin with https://")),
  ENGAWA_OUTSIDE_PROXIED_LISTEN: HostPort.optional(),
  ENGAWA_OUTSIDE_PROXIED_FROM: EdgeAddress.optional(),
  ENGAWA_INSIDE_LISTEN: HostPort.optional(),
  ENGAWA_INSIDE_PROXIED_LISTEN: HostPort.optional(),
  ENGAWA_INSIDE_PROXIED_FROM: EdgeAddress.optional(),
  ENGAWA_INSIDE_URL: z.url({ protocol: /^https$/, error: "must be https://host:port" }).max(300),
  ENGAWA_LOCAL_LISTEN: LoopbackHostPort.optional(),
  ENGAWA_LOCAL_PROXIED_LISTEN: LoopbackHostPort.optional(),
  ENGAWA_LOCAL_PROXIED_FROM: EdgeAddress.refine(isLoopback, "must be a loopback address").optional(),
  ENGAWA_LOCAL_ORIGIN: Origin.refine(
    (origin) => /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(origin),
    "must be an http:// origin on loopback, e.g. http://localhost:8080",
  ).optional(),
  ENGAWA_CONSOLE_LISTEN: HostPort.optional(),
  ENGAWA_CONSOLE_ORIGINS: list(
    Origin.refine((origin) => origin.startsWith("https://"), "must begin with https://"),
  ).optional(),
  ENGAWA_MONITORING_LISTEN: HostPort.optional(),
  ENGAWA_OUTSIDE_BALANCERS: list(EdgeAddress).optional(),
  ENGAWA_INSIDE_BALANCERS: list(EdgeAddress).optional(),
  ENGAWA_CONSOLE_BALANCERS: list(EdgeAddress).optional(),
  ENGAWA_DRAIN_SECONDS: count(MAX_DRAIN_SECONDS, 0).default(0),
  ENGAWA_TLS_CERT: z.string(),
  ENGAWA_TLS_KEY: z.string(),
  ENGAWA_TLS_CA: z.string(),
  ENGAWA_TURN_UDP: HostPort.default({ host: "127.0.0.1", port: 3478 }),
  ENGAWA_TURN_SECRET_FILE: z.string(),
  ENGAWA_TURN_REALM: z.string().min(1).max(128).default("engawa"),
  ENGAWA_TURN_INSIDE_URLS: list(TurnUrl),
  ENGAWA_TURN_OUTSIDE_URLS: list(TurnUrl).optional(),
  ENGAWA_CAPACITY_AGENTS: count(MAX_AGENTS).default(DEFAULT_CAPACITY.agents),
  ENGAWA_CAPACITY_SESSIONS: count(MAX_SESSIONS).default(DEFAULT_CAPACITY.sessions),
  ENGAWA_NEWCOMERS_PER_MINUTE: count(MAX_NEWCOMERS_PER_MINUTE).default(DEFAULT_NEWCOMERS_PER_MINUTE),
  ENGAWA_SIGN_IN_IDLE_MINUTES: count(60, 5).default(DEFAULT_SIGN_IN_IDLE_MINUTES),
  ENGAWA_SIGN_IN_HOURS: count(24).default(DEFAULT_SIGN_IN_HOURS),
  ENGAWA_COOKIE_NAME: z
    .string()
    .regex(/^__Host-[A-Za-z0-9_-]+$/, "must begin with __Host-")
    .default("__Host-engawa"),
  ENGAWA_MAIL_URL: z.string().optional(),
  ENGAWA_MAIL_PASSWORD_FILE: z.string().optional(),
  ENGAWA_MAIL_FROM: z.string().optional(),
  ENGAWA_MAIL_CA: z.string().optional(),
  ENGAWA_SYSLOG_URL: z.string().optional(),
  ENGAWA_SYSLOG_CA: z.string().optional(),
  ENGAWA_LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
});

/** Settings that name a file which only the server itself reads. */
const IN_FILES = {
  ENGAWA_TLS_CERT: true,
  ENGAWA_TLS_KEY: true,
  ENGAWA_TLS_CA: true,
  ENGAWA_TURN_SECRET_FILE: true,
} as const;

export interface StoreConfig {
  /** Absolute. */
  readonly stateDir: string;
  /** Where the store is; undefined: a file in that folder. */
  readonly database: DatabaseServer | undefined;
  /** 32 bytes; seals the secrets in the store. */
  readonly storeKey: Uint8Array;
  /** 32 bytes; seals the audit. */
  readonly auditKey: Uint8Array;
  /** The settings whose key lies in the folder of the database: a copy of that folder is both. */
  readonly keysBesideDatabase: readonly string[];
  /** What needs a second person. */
  readonly twoPersons: readonly TwoPersonAction[];
  /** IDs of office PCs are given in waves only (organisations/allotments.ts). */
  readonly needsAllotment: boolean;
}

export interface AdminConfig extends StoreConfig {
  readonly insideUrl: string | undefined;
  readonly turnInsideUrls: readonly string[] | undefined;
  /** SHA-256 over the CA certificate (DER), hex. */
  readonly caSha256: string | undefined;
  /** Who is at the command line, where its process runs as another user; undefined: the user it runs as. */
  readonly administrator: string | undefined;
}

export interface Config extends StoreConfig, Omit<ToldSettings, "mail" | "collector" | "twoPersons"> {
  /** PEM. `cert`: the chain with the CA's own certificate last. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string; readonly caSha256: string };
  readonly turn: ToldSettings["turn"] & { readonly secret: string };
  /** Where codes by mail go out; undefined: nowhere, and nobody is offered one. */
  readonly mail: MailServer | undefined;
  /** Where the audit goes besides; undefined: nowhere. */
  readonly collector: Collector | undefined;
  readonly cookieName: string;
  /** How long it lets go of people before it ends; 0: nobody stands in for it. */
  readonly drainMs: number;
  readonly logLevel: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** For the server. Throws ConfigError. */
export function loadConfig(environment: Environment = process.env): Config {
  const problems: string[] = [];
  const settings = parse(ServerSettings, environment, problems);
  const files = new Files(problems);
  const cert = files.pem(settings?.ENGAWA_TLS_CERT, "ENGAWA_TLS_CERT", "CERTIFICATE");
  const key = files.pem(settings?.ENGAWA_TLS_KEY, "ENGAWA_TLS_KEY", "PRIVATE KEY");
  const ca = files.pem(settings?.ENGAWA_TLS_CA, "ENGAWA_TLS_CA", "CERTIFICATE");
  const caSha256 = hashOfCa(ca, problems);
  const secret = files.secret(settings?.ENGAWA_TURN_SECRET_FILE, "ENGAWA_TURN_SECRET_FILE");
  const store = settings && loadStore(settings, problems, environment["CREDENTIALS_DIRECTORY"]);
  const entrances = settings && entrancesOf(settings, problems);
  const mail = settings && mailServerOf(settings, files.mail(settings), problems);
  const { ENGAWA_SYSLOG_URL: collectorUrl, ENGAWA_SYSLOG_CA: caPath } = settings ?? {};
  const collectorCa = caPath === undefined ? undefined : files.pem(caPath, "ENGAWA_SYSLOG_CA", "CERTIFICATE");
  const collector = collectorOf(collectorUrl, collectorCa, problems);
  if (problems.length > 0 || !settings || !store || !entrances) throw new ConfigError(problems);
  const told = toldSettings(settings, entrances);
  return deepFreeze({
    ...store,
    ...told,
    mail,
    collector,
    tls: { cert, key, ca, caSha256 },
    turn: { ...told.turn, secret },
    cookieName: settings.ENGAWA_COOKIE_NAME,
    drainMs: settings.ENGAWA_DRAIN_SECONDS * 1_000,
    logLevel: settings.ENGAWA_LOG_LEVEL,
  });
}

/** What documents say of the server, for the command line: no file that settings name is opened. Throws ConfigError. */
export function loadToldSettings(environment: Environment = process.env): ToldSettings {
  const problems: string[] = [];
  const settings = parse(ServerSettings.omit(IN_FILES), environment, problems);
  const entrances = settings && entrancesOf(settings, problems);
  if (problems.length > 0 || !settings || !entrances) throw new ConfigError(problems);
  const collector = collectorOf(settings.ENGAWA_SYSLOG_URL, undefined, []);
  return deepFreeze({ ...toldSettings(settings, entrances), mail: mailHostOf(settings.ENGAWA_MAIL_URL), collector });
}

/** For the command line. Throws ConfigError. */
export function loadAdminConfig(environment: Environment = process.env): AdminConfig {
  const problems: string[] = [];
  const settings = parse(AdminSettings, environment, problems);
  const ca = settings?.ENGAWA_TLS_CA && new Files(problems).pem(settings.ENGAWA_TLS_CA, "ENGAWA_TLS_CA", "CERTIFICATE");
  const caSha256 = ca ? hashOfCa(ca, problems) : undefined;
  const store = settings && loadStore(settings, problems, environment["CREDENTIALS_DIRECTORY"]);
  if (problems.length > 0 || !settings || !store) throw new ConfigError(problems);
  return deepFreeze({
    ...store,
    insideUrl: settings.ENGAWA_INSIDE_URL,
    turnInsideUrls: settings.ENGAWA_TURN_INSIDE_URLS,
    caSha256,
    administrator: settings.ENGAWA_ADMINISTRATOR,
  });
}

function parse<T extends z.ZodObject>(schema: T, environment: Environment, problems: string[]): z.infer<T> | undefined {
  // an empty variable is what a settings file leaves behind for "not set"
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const name = String(issue.path[0]);
    problems.push(given[name] === undefined ? `${name} is not set` : `${name} ${issue.message}`);
  }
  return undefined;
}

const KEY_BYTES = 32;
/** Each key that is kept apart from the database, and its file where the setting is left out: made there the first time. */
const KEYS = { ENGAWA_STORE_KEY_FILE: "store.key", ENGAWA_AUDIT_KEY_FILE: "audit.key" } as const;
type KeySetting = keyof typeof KEYS;

function loadStore(
  settings: { readonly ENGAWA_STATE_DIR: string; readonly ENGAWA_TWO_PERSONS: readonly TwoPersonAction[] } & {
    readonly ENGAWA_TERMINAL_IDS: "free" | "in-waves";
  } & { readonly [name in KeySetting]?: string | undefined } & DatabaseSettings,
  problems: string[],
  credentials: string | undefined,
): StoreConfig {
  const stateDir = resolve(settings.ENGAWA_STATE_DIR);
  const files = new Files(problems);
  const keysBesideDatabase: KeySetting[] = [];
  const key = (name: KeySetting): Uint8Array => {
    const path = resolve(settings[name] ?? join(stateDir, KEYS[name]));
    if (settings[name] === undefined && !existsSync(path)) {
      mkdirSync(stateDir, { recursive: true, mode: 0o700 });
      chmodSync(stateDir, 0o700);
      makeOnce(path, randomBytes(KEY_BYTES));
    }
    if (path.startsWith(`${stateDir}${sep}`)) keysBesideDatabase.push(name);
    // systemd lets its own service read a credential by the group bits of an access list
    const isCredential = credentials !== undefined && path.startsWith(`${resolve(credentials)}${sep}`);
    const bytes = files.bytes(path, name, isCredential ? 0o007 : 0o077);
    if (bytes && bytes.length !== KEY_BYTES)
      problems.push(`${name}: ${path} must be ${KEY_BYTES} random bytes: head -c ${KEY_BYTES} /dev/urandom > FILE`);
    return bytes ?? new Uint8Array();
  };
  return {
    stateDir,
    database: databaseServerOf(settings, files.database(settings), problems),
    storeKey: key("ENGAWA_STORE_KEY_FILE"),
    auditKey: key("ENGAWA_AUDIT_KEY_FILE"),
    keysBesideDatabase,
    twoPersons: settings.ENGAWA_TWO_PERSONS,
    needsAllotment: settings.ENGAWA_TERMINAL_IDS === "in-waves",
  };
}

/** Server and command line may start at the same moment: whoever comes second takes what is there, and finds it whole. */
function makeOnce(path: string, content: Uint8Array): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600, flag: "wx" });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    unlinkSync(draft);
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === "object" && part !== null && !ArrayBuffer.isView(part)) deepFreeze(part);
  }
  return Object.freeze(value);
}
