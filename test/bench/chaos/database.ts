/**
 * PostgreSQL for a run: its cluster on a small disk, itself in a namespace of its own, reached over TLS as on a machine of its own. A
 * process of ours looks after it there, so that it is started again in that namespace too (database-child.ts).
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseServer } from "../../../signaling/postgres/settings.ts";
import type { Pki } from "../../../signaling/quickstart/pki.ts";
import { giveUp } from "../../support/clean-up.ts";
import { mountSmallDisk, type SmallDisk } from "../../support/small-disk.ts";
import type { DatabaseAnswer, DatabaseJob, DatabaseOrder } from "./database-child.ts";
import { ADDRESSES, type Ground } from "./ground.ts";

const PORT = 5432;
/** The write-ahead log is as large as it becomes, and the rows of an hour. */
const DISK_MB = 640;

export interface Database {
  readonly server: DatabaseServer;
  /** Of nodes. */
  readonly settings: Readonly<Record<string, string>>;
  readonly disk: SmallDisk;
  /** SIGKILL of all of it, and not there again until `start`. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function openDatabase(o: { ground: Ground; folder: string; pki: Pki }): Promise<Database> {
  const folder = join(o.folder, "database");
  chmodSync(o.folder, 0o711); // the account of the database passes through
  const disk = mountSmallDisk(folder, DISK_MB);
  let child: ChildProcess | undefined;
  const close = async () => {
    await ended(child);
    await disk.close();
  };
  try {
    chmodSync(folder, 0o711);
    const job: DatabaseJob = {
      folder,
      logs: join(o.folder, "logs"),
      port: PORT,
      settings: settingsOf(o.folder, o.pki),
    };
    const program = join(import.meta.dirname, "database-child.ts");
    child = await o.ground.at("database", async () =>
      fork(program, [JSON.stringify(job)], { stdio: ["ignore", "inherit", "inherit", "ipc"], detached: true }),
    );
    await answered(child);
    const order = async (kind: DatabaseOrder["kind"]) => {
      if (!child) return;
      child.send({ kind } satisfies DatabaseOrder);
      await answered(child);
    };
    const passwordFile = join(folder, "password");
    const password = readFileSync(passwordFile, "utf8").trim();
    const at = { host: ADDRESSES.database, port: PORT, user: "engawa", database: "engawa" };
    return {
      server: { ...at, password, isLocal: false, ca: readFileSync(o.pki.caFile, "utf8") },
      settings: {
        ENGAWA_DATABASE_URL: `postgres://${at.user}@${at.host}:${PORT}/${at.database}`,
        ENGAWA_DATABASE_PASSWORD_FILE: passwordFile,
        ENGAWA_DATABASE_CA: o.pki.caFile,
      },
      disk,
      kill: () => order("kill"),
      start: () => order("start"),
      close,
    };
  } catch (error) {
    return giveUp(error, close);
  }
}

/** Of postgresql.conf: it listens on the run's network, and asks everybody there for TLS and the password. */
function settingsOf(folder: string, pki: Pki): Record<string, string> {
  const own = join(folder, "database-keys");
  mkdirSync(own);
  const [uid = 0, gid = 0] = (/^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8")) ?? [])
    .slice(1)
    .map(Number);
  const [cert, key, hba] = [join(own, "cert.pem"), join(own, "key.pem"), join(own, "hba.conf")];
  copyFileSync(pki.certFile, cert);
  copyFileSync(pki.keyFile, key);
  writeFileSync(hba, "local all all scram-sha-256\nhostssl all all 10.79.0.0/16 scram-sha-256\n");
  for (const path of [own, cert, key, hba]) chownSync(path, uid, gid);
  chmodSync(key, 0o600);
  const tls = { ssl: "on", ssl_cert_file: cert, ssl_key_file: key };
  return { listen_addresses: ADDRESSES.database, hba_file: hba, ...tls, max_wal_size: "128MB", min_wal_size: "32MB" };
}

async function answered(child: ChildProcess): Promise<void> {
  const gone = new AbortController();
  const onExit = () => gone.abort(new Error("the process that looks after PostgreSQL ended"));
  child.once("exit", onExit);
  try {
    const [answer] = (await once(child, "message", { signal: gone.signal })) as [DatabaseAnswer];
    if (answer.problem !== undefined) throw new Error(answer.problem);
  } finally {
    child.off("exit", onExit);
  }
}

async function ended(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.disconnect(); // it closes in order
  await gone;
}
