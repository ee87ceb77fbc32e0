/**
 * A real coturn for one machine: relays only between its own allocations, on an address in 127/8 that nothing else uses, and
 * needs no root. Written by the same generator as a real relay's configuration.
 */
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { prepareSecrets, turnserverConf } from "../../turn-config/generate.ts";
import { prepareUserDb } from "../../turn-config/user-db.ts";
import { type Handle, handleOf, Part, type PartEvent } from "./part.ts";
import { relayAnswers } from "./relay-probe.ts";
import { temporaryFolder } from "./temporary.ts";

export interface RelayOptions {
  /** UDP, for the edge and for agents. */
  readonly listen: { readonly host: string; readonly port: number };
  /** In 127/8, of this relay alone. */
  readonly relayIp: string;
  readonly realm: string;
  /** Made when it is not there. */
  readonly secretFile: string;
  readonly logs: string;
  readonly sessions?: number;
  readonly onEvent?: (event: PartEvent) => void;
}

export async function startRelay(options: RelayOptions): Promise<Handle> {
  const { listen, relayIp, realm, secretFile, logs, sessions = 20 } = options;
  const [secret = "", ...previousSecrets] = prepareSecrets(secretFile, false);
  // Outside of the state folder: its own account could not pass through the parents of that.
  const folder = temporaryFolder("relay");
  const [confFile, userDb] = [join(folder, "turnserver.conf"), join(folder, "turndb")];
  const conf = turnserverConf({
    listenIps: [listen.host],
    listenPort: listen.port,
    relayIp,
    loopbackDemo: true,
    realm,
    secret,
    previousSecrets,
    sessions,
    userDb,
    pidFile: join(folder, "pid"),
  });
  writeFileSync(confFile, conf, { mode: 0o600 });
  prepareUserDb(userDb);
  const user = giveToRelayUser([folder, confFile, userDb]);
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const part = await Part.start({
      name: "coturn",
      command: "turnserver",
      args: ["-c", confFile],
      env: { PATH: "/usr/bin:/bin", LANG: "C.UTF-8" },
      cwd: folder,
      logs,
      user,
      keep: true,
      probe: () => relayAnswers(listen),
      ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
    });
    return handleOf(part, remove);
  } catch (error) {
    remove();
    throw error;
  }
}

/** Root does not run a relay: Debian's package brings an account for it. */
function giveToRelayUser(paths: readonly string[]): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const row = existsSync("/etc/passwd")
    ? readFileSync("/etc/passwd", "utf8").match(/^turnserver:[^:]*:(\d+):(\d+):/m)
    : null;
  if (row === null) return undefined;
  const [uid, gid] = [Number(row[1]), Number(row[2])];
  for (const path of paths) chownSync(path, uid, gid);
  return "turnserver";
}
