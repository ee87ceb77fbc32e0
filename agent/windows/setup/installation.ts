/**
 * Installs, upgrades and uninstalls what is more than files: settings, enrolment, services. The installer has put the new version
 * into a folder of its own beside the old one; here the services change over to it, or everything goes back to as it was.
 *
 *   check ─▶ stop the old ─▶ state folder, settings ─▶ enrol ─▶ define services ─▶ start ─▶ running: the old one's files go
 *                                                 any of them fails: undone in reverse, the old version runs again
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ServiceDefinition } from "../../native/win32/scm.ts";
import { loadAuthorities } from "../../network/authorities.ts";
import type { Enrolled } from "../../server/enrol.ts";
import { agentFolder, agentLogFolder, desktopLogFolder } from "../../settings/paths.ts";
import type { ServicePort } from "../service/service-control.ts";
import { serviceDefinitions } from "../services.ts";
import { Undo } from "./rollback.ts";

/** What setup ends with; said in agent/README.md. */
export const EXIT_CODES = { settings: 2, enrolment: 3, services: 4, other: 1 } as const;

/** Beside the program's folder; made here, since its words change with the folder's name. */
const COMMAND_FILE = "engawa-agent.cmd";

/** A failure in words for IT. */
export class SetupError extends Error {
  override readonly name = "SetupError";
  readonly kind: keyof typeof EXIT_CODES;

  constructor(kind: keyof typeof EXIT_CODES, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export interface StateFolders {
  readonly state: string;
  readonly agent: string;
  readonly logs: string;
  readonly desktop: string;
}

export interface InstallationPorts {
  readonly services: ServicePort;
  /** Throws words when it is none; the origin of the server it names. */
  readonly serverOfToken: (token: string) => string;
  readonly enrol: (options: { token: string; stateDir: string }) => Promise<Enrolled>;
  /** Throws words when the settings in the folder cannot be used. */
  readonly checkSettings: (stateDir: string) => Promise<void>;
  /**
   * Lets only the system and administrators change anything; the network process may read what is in `state`, write in `agent` and
   * `logs`, and not open `desktop`.
   */
  readonly restrict: (folders: StateFolders) => void;
  readonly say: (words: string) => void;
}

export interface InstallOptions {
  /** The new program's folder, `app-VERSION-N`, beside the old one's. */
  readonly app: string;
  readonly stateDir: string;
  readonly token?: string | undefined;
  /** The address IT expects in the token, to be compared. */
  readonly server?: string | undefined;
  readonly proxy?: string | undefined;
  /** A file of PEMs, of which a copy is kept, or "windows". */
  readonly caFile?: string | undefined;
}

/** Throws SetupError after everything was undone. */
export async function install(options: InstallOptions, ports: InstallationPorts): Promise<void> {
  const undo = new Undo();
  try {
    await installSteps(options, ports, undo);
  } catch (error) {
    ports.say(`失敗しました: ${(error as Error).message}`);
    const problems = await undo.run();
    for (const problem of problems) ports.say(`元に戻せませんでした: ${problem}`);
    if (problems.length === 0) ports.say("すべて元の状態に戻しました。");
    throw error instanceof SetupError ? error : new SetupError("other", (error as Error).message, { cause: error });
  }
}

async function installSteps(options: InstallOptions, ports: InstallationPorts, undo: Undo): Promise<void> {
  const { app, stateDir } = options;
  const known = await readText(join(stateDir, "identity.json"));
  checkServer(options, known, ports);
  const definitions = serviceDefinitions({ app, stateDir });
  await stopOld(definitions, ports, undo);
  await makeState(stateDir, ports, undo);
  await writeSettings(options, ports.checkSettings, undo);
  if (known === undefined) await enrolPc(options, ports, undo);
  else if (options.token) ports.say("このPCは登録済みです。トークンは使いませんでした。");
  await startNew(definitions, ports, undo);
  await writeFile(join(dirname(app), COMMAND_FILE), wrapper(basename(app)));
  await removeOthers(app, ports);
  ports.say("サービスが動いています。");
}

function checkServer({ token, server }: InstallOptions, known: string | undefined, ports: InstallationPorts): void {
  if (known === undefined && !token)
    throw new SetupError(
      "settings",
      "トークンがありません。TOKENFILE=… を付けて実行するか、engawa-token.txt をインストーラーと同じフォルダーに置いてください。",
    );
  let origin: string;
  try {
    origin = known === undefined ? ports.serverOfToken(token ?? "") : new URL(JSON.parse(known).url).origin;
  } catch (cause) {
    const what = known === undefined ? "トークンが正しくありません" : "登録の情報 (identity.json) が壊れています";
    throw new SetupError("settings", `${what}: ${(cause as Error).message}`, { cause });
  }
  if (server !== undefined && originOf(server) !== origin)
    throw new SetupError("settings", `SERVER= の ${server} は、登録先の ${origin} ではありません。`);
}

const originOf = (server: string): string | undefined =>
  URL.parse(server.includes("://") ? server : `https://${server}`)?.origin;

async function stopOld(definitions: readonly ServiceDefinition[], ports: InstallationPorts, undo: Undo): Promise<void> {
  for (const { name } of [...definitions].reverse()) {
    const before = ports.services.view(name);
    if (before === undefined || before.state === "stopped") continue;
    undo.add(`${name} の再開`, () => ports.services.startAndWait(name));
    await ports.services.stopAndWait(name);
    ports.say(`${name} を止めました。`);
  }
}

async function makeState(stateDir: string, { restrict }: InstallationPorts, undo: Undo): Promise<void> {
  const [agent, logs, desktop] = [agentFolder(stateDir), agentLogFolder(stateDir), desktopLogFolder(stateDir)];
  const first = await mkdir(stateDir, { recursive: true });
  if (first !== undefined) undo.add(stateDir, () => rm(stateDir, { recursive: true, force: true, maxRetries: 10 }));
  for (const folder of [agent, logs, desktop]) await mkdir(folder, { recursive: true });
  restrict({ state: stateDir, agent, logs, desktop });
}

async function writeSettings(
  { stateDir, proxy, caFile }: InstallOptions,
  check: InstallationPorts["checkSettings"],
  undo: Undo,
): Promise<void> {
  const path = join(stateDir, "config.json");
  try {
    const ca = caFile === undefined ? undefined : await keepAuthorities(caFile, stateDir, undo);
    const given = { ...(proxy ? { proxy } : {}), ...(ca ? { caFile: ca } : {}) };
    if (Object.keys(given).length > 0) {
      const before = await readText(path);
      await replaceFile(path, `${JSON.stringify({ ...JSON.parse(before ?? "{}"), ...given }, null, 2)}\n`, undo);
    }
    await check(stateDir);
  } catch (cause) {
    throw new SetupError("settings", `設定を使えません: ${(cause as Error).message}`, { cause });
  }
}

/** Where the network process may read them, whoever may read IT's file; nothing but certificates. Returns what config.json is to say. */
async function keepAuthorities(caFile: string, stateDir: string, undo: Undo): Promise<string> {
  const certificates = await loadAuthorities(caFile);
  if (caFile === "windows") return caFile;
  const path = join(stateDir, "ca.pem");
  await replaceFile(path, `${certificates.join("\n")}\n`, undo);
  return path;
}

async function replaceFile(path: string, text: string, undo: Undo): Promise<void> {
  const before = await readText(path);
  undo.add(path, () => restore(path, before));
  await writeFile(path, text);
}

async function enrolPc({ token = "", stateDir }: InstallOptions, ports: InstallationPorts, undo: Undo): Promise<void> {
  undo.add("登録", () => rm(join(stateDir, "identity.json"), { force: true }));
  try {
    const { name, organisation, code } = await ports.enrol({ token, stateDir });
    ports.say(`登録しました: ${name}（${organisation}）`);
    ports.say(`このPCのコード: ${code}`);
  } catch (cause) {
    throw new SetupError("enrolment", `登録できません: ${(cause as Error).message}`, { cause });
  }
}

async function startNew(
  definitions: readonly ServiceDefinition[],
  ports: InstallationPorts,
  undo: Undo,
): Promise<void> {
  const { services } = ports;
  try {
    for (const definition of definitions) {
      const { name } = definition;
      const before = services.commandLine(name);
      undo.add(name, async () => {
        await services.stopAndWait(name);
        if (before === undefined) await services.removeAndWait(name);
        else services.define({ ...definition, commandLine: before });
      });
      for (const refused of services.define(definition))
        ports.say(`${name} の設定を Windows が受け付けませんでした: ${refused}`);
    }
    for (const { name } of definitions) await services.startAndWait(name);
  } catch (cause) {
    throw new SetupError("services", `サービスを始められません: ${(cause as Error).message}`, { cause });
  }
}

/** The old version's files, and what an earlier setup could not remove. What is still in use stays for the next time. */
async function removeOthers(app: string, ports: InstallationPorts): Promise<void> {
  const folder = dirname(app);
  const others = (await readdir(folder)).filter((name) => name.startsWith("app-") && name !== basename(app));
  for (const name of others)
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 10 }).catch((error: Error) =>
      ports.say(`古い版のファイルが残りました: ${error.message}`),
    );
}

/** `app`: the folder's name, beside the command file. */
const wrapper = (app: string): string => `@"%~dp0${app}\\node.exe" "%~dp0${app}\\cli.js" %*\r\n`;

export interface UninstallOptions {
  readonly app: string;
  readonly stateDir: string;
  readonly keepState: boolean;
}

/** The installer removes the program's own files afterwards. */
export async function uninstall(options: UninstallOptions, ports: Pick<InstallationPorts, "services" | "say">) {
  const { app, stateDir, keepState } = options;
  for (const { name } of serviceDefinitions({ app, stateDir }).reverse()) {
    await ports.services.stopAndWait(name);
    await ports.services.removeAndWait(name);
    ports.say(`${name} を取り除きました。`);
  }
  await rm(join(dirname(app), COMMAND_FILE), { force: true });
  if (!keepState) await rm(stateDir, { recursive: true, force: true, maxRetries: 10 });
}

/** Undefined when there is no such file. */
function readText(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

async function restore(path: string, before: string | undefined): Promise<void> {
  if (before === undefined) await rm(path, { force: true });
  else await writeFile(path, before);
}
