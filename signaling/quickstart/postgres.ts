/**
 * A real PostgreSQL for one machine: a cluster of its own, on 127.0.0.1 and a socket that only we reach, every password asked for
 * (SCRAM), every commit on the disk (fsync). Nothing of the machine's own clusters is touched.
 *
 *   FOLDER/data       the cluster, of the account that runs it
 *   FOLDER/password   of the product's role, which owns its database and nothing else
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { handleOf, Part, type PartEvent, type PartHandle } from "./part.ts";
import { freePort } from "./ports.ts";
import { temporaryFolder } from "./temporary.ts";

/** Debian's package; its clients would be on the PATH, its server is not. */
const BIN = "/usr/lib/postgresql/15/bin";
/** The account that Debian's package brings: PostgreSQL refuses root. */
const ACCOUNT = "postgres";
/** The product's role and its database. */
const ROLE = "engawa";
const HOST = "127.0.0.1";

export interface PostgresOptions {
  /** Of this cluster alone, made when it is not there. Where we are root, the account `postgres` must be able to pass through its parents. */
  readonly folder: string;
  readonly logs: string;
  /** Else a free one. */
  readonly port?: number;
  /** Of postgresql.conf, beside ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** For tests: the role may make databases. */
  readonly mayMakeDatabases?: boolean;
  readonly onEvent?: (event: PartEvent) => void;
}

export interface Postgres extends PartHandle {
  readonly host: string;
  readonly port: number;
  /** Where its socket lies, for who would rather not go over TCP. */
  readonly socketFolder: string;
  /** Holds the role's password and nothing else. */
  readonly passwordFile: string;
  /** What the product's setting takes; without the password. `database`: another than its own. */
  url(database?: string): string;
}

export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { folder, logs, settings = {}, onEvent } = options;
  await makeCluster(options);
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const account = accountOf(ACCOUNT);
  const port = await freePort(options.port, HOST);
  // a socket's path has at most 107 bytes, and a checkout may lie deep
  const socketFolder = temporaryFolder("postgres");
  if (account) chownSync(socketFolder, account.uid, account.gid);
  const all = {
    listen_addresses: HOST,
    unix_socket_directories: socketFolder,
    port: String(port),
    ...OURS,
    ...settings,
  };
  const remove = () => rmSync(socketFolder, { recursive: true, force: true });
  try {
    const part = await Part.start({
      name: "postgres",
      logs,
      user: account?.name,
      env: ENVIRONMENT,
      command: join(BIN, "postgres"),
      args: ["-D", join(folder, "data"), ...Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
      cwd: "/",
      keep: true,
      // fast: the default would wait for every client to leave
      endSignal: "SIGINT",
      readyLine: (line) => line.includes("database system is ready to accept connections"),
      ...(onEvent && { onEvent }),
    });
    const url = (database = ROLE) => `postgres://${ROLE}@${HOST}:${port}/${database}`;
    const passwordFile = join(folder, "password");
    return { ...handleOf(part, remove), host: HOST, port, socketFolder, passwordFile, url };
  } catch (error) {
    remove();
    throw error;
  }
}

const ENVIRONMENT = { PATH: "/usr/bin:/bin", LANG: "C.UTF-8", TZ: "UTC" };

const OURS = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  password_encryption: "scram-sha-256",
  lc_messages: "C",
  log_line_prefix: "%m [%p] %q%a ",
  // two nodes, each with its readers, its writers and its ear; an administrator; a backup
  max_connections: "100",
} as const;

type Making = Pick<PostgresOptions, "folder" | "mayMakeDatabases">;

/**
 * The cluster, where there is none. Sorted by bytes, as SQLite sorts. In a folder beside it first: what is broken off in the middle
 * leaves no half cluster.
 */
export async function makeCluster({ folder, mayMakeDatabases }: Making): Promise<void> {
  const data = join(folder, "data");
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o711); // passed through by the account, seen by us
  if (existsSync(data)) return;
  const account = accountOf(ACCOUNT);
  const draft = join(folder, "draft");
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  const password = newPassword();
  writeFileSync(join(folder, "password"), `${password}\n`, { mode: 0o600 });
  // of who may do everything: known to nobody afterwards
  const masterFile = join(folder, "master");
  writeFileSync(masterFile, newPassword(), { mode: 0o600 });
  if (account) for (const path of [draft, masterFile]) chownSync(path, account.uid, account.gid);
  const how = ["--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", "--username=postgres", "--data-checksums"];
  try {
    await runOnce(account, "initdb", [...how, `--pwfile=${masterFile}`, "-D", draft]);
  } finally {
    rmSync(masterFile);
  }
  const rights = mayMakeDatabases ? "login createdb" : "login";
  const statements = [
    `create role ${ROLE} with ${rights} password '${password}'`,
    `create database ${ROLE} owner ${ROLE}`,
    `revoke all on database ${ROLE} from public`,
  ];
  await runOnce(account, "postgres", ["--single", "-D", draft, "postgres"], `${statements.join("\n")}\n`);
  renameSync(draft, data);
}

const newPassword = (): string => randomBytes(24).toString("base64url");

/** One of its programs to its end. */
async function runOnce(account: Account | undefined, name: string, args: readonly string[], input = ""): Promise<void> {
  const drop = account && [`--reuid=${account.name}`, `--regid=${account.name}`, "--init-groups", "--no-new-privs"];
  const command = [...(drop ?? []), "--pdeathsig", "KILL", "--", join(BIN, name), ...args];
  const running = promisify(execFile)("setpriv", command, { env: ENVIRONMENT, cwd: "/" });
  running.child.stdin?.end(input);
  const { stderr } = await running;
  // single-user mode says what failed, and goes on
  if (/ERROR|FATAL/.test(stderr)) throw new Error(`${name}: ${stderr}`);
}

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Under whom it runs, when we are root. */
function accountOf(name: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const row = readFileSync("/etc/passwd", "utf8").match(new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, "m"));
  if (row === null) throw new Error(`no user ${name}: install postgresql-15`);
  return { name, uid: Number(row[1]), gid: Number(row[2]) };
}
