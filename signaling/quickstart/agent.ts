/** The office PC's agent as a child process, on the virtual office's screen or the machine's own. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { type KeyCode, PublicKey, TerminalId } from "../protocol/ids.ts";
import { keyCode } from "../protocol/signed.ts";
import { AGENT_FLAGS, COMPILE_CACHE, NODE, ROOT } from "./build.ts";
import { type Handle, handleOf, Part, type PartEvent } from "./part.ts";
import { runJson } from "./signaling.ts";

export interface AgentOptions {
  /** Identity and list of devices. */
  readonly folder: string;
  readonly logs: string;
  readonly display: string;
  readonly authority: string | undefined;
  /** Its config.json, unless it has one. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Beside what every agent is started with. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Further ones of Node's own. */
  readonly flags?: readonly string[];
  /** Used when the folder has no identity yet. */
  readonly enrolmentToken: () => Promise<string>;
  readonly onEvent?: (event: PartEvent) => void;
  readonly onLog?: (line: string) => void;
}

export interface AgentProcess extends Handle {
  readonly terminal: TerminalId;
  /** What the page shows at the first connection; people compare it. */
  readonly code: KeyCode;
  /** One command of `npm run agent` on this agent's state. */
  command(...args: readonly string[]): Promise<unknown>;
}

export async function startAgentProcess(options: AgentOptions): Promise<AgentProcess> {
  const { folder, logs, onEvent, onLog } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const env = {
    PATH: "/usr/bin:/bin",
    LANG: "C.UTF-8",
    ...COMPILE_CACHE,
    NODE_ENV: "production",
    HOME: folder,
    // where a libaom of our own is, if there is one
    XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"),
    DISPLAY: options.display,
    ...(options.authority === undefined ? {} : { XAUTHORITY: options.authority }),
    ...options.environment,
  };
  const program = "agent/cli/main.ts";
  const command = (...args: readonly string[]) => runJson(program, [...args, "--state", folder], env);
  const config = join(folder, "config.json");
  if (options.settings && !existsSync(config))
    writeFileSync(config, `${JSON.stringify(options.settings)}\n`, { mode: 0o600 });
  if (!existsSync(join(folder, "identity.json"))) await command("enrol", await options.enrolmentToken());
  const part = await Part.start({
    name: "agent",
    command: NODE,
    // as in engawa-agent.service
    args: [...AGENT_FLAGS, ...(options.flags ?? []), join(ROOT, program), "run", "--state", folder],
    env,
    cwd: ROOT,
    logs,
    keep: true,
    readyLine: (line) => {
      onLog?.(line);
      return line.includes('"msg":"connected to the server"');
    },
    ...(onEvent === undefined ? {} : { onEvent }),
  });
  return { ...handleOf(part), ...(await identityIn(folder)), command };
}

const Identity = z.object({ terminal: TerminalId, publicKey: PublicKey });

/** What everybody may know of the agent whose state is in this folder. */
export async function identityIn(folder: string): Promise<{ terminal: TerminalId; code: KeyCode }> {
  const { terminal, publicKey } = Identity.parse(JSON.parse(readFileSync(join(folder, "identity.json"), "utf8")));
  return { terminal, code: await keyCode(publicKey) };
}
