/** The agent on the measured office PC: of this machine, or of a Windows that Wine gives us on the same screen. */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type AgentProcess, identityIn } from "../../signaling/quickstart/agent.ts";
import { AGENT_FLAGS, COMPILE_CACHE, NODE, ROOT } from "../../signaling/quickstart/build.ts";
import { Part, type Program } from "../../signaling/quickstart/part.ts";
import { type InstalledAgent, installAgent } from "../support/wine/installed-agent.ts";
import { admitUnlocked } from "../support/wine/office.ts";
import { openWine, type Wine } from "../support/wine/wine.ts";
import type { Desk } from "./desk.ts";
import type { Network } from "./network.ts";

export const SYSTEMS = ["linux", "windows"] as const;
export type System = (typeof SYSTEMS)[number];

export interface OfficeAgent {
  /** Of the network process. */
  readonly pid: number | undefined;
  /** The Windows it runs on. */
  readonly wine: Wine | undefined;
  /** Enrols it. Resolves when it is connected, with what it is known by. */
  start(token: string): Promise<Pick<AgentProcess, "terminal" | "code">>;
  /** One of its own command lines, run to its end. */
  command(...args: readonly string[]): Promise<void>;
  /** What it has written down so far. */
  logs(): string;
  close(): Promise<void>;
}

export interface OfficeAgentOptions {
  readonly network: Network;
  readonly desk: Desk;
  readonly folder: string;
  /** It collects its garbage when it is told to (SIGUSR2, to both processes). Linux only. */
  readonly collects: boolean;
}

const COLLECT = new URL("collect-on-signal.ts", import.meta.url).href;
const CONNECTED = '"msg":"connected to the server"';

export const openOfficeAgent = (system: System, options: OfficeAgentOptions): Promise<OfficeAgent> =>
  system === "windows" ? openWindowsAgent(options) : Promise.resolve(new LinuxAgent(options));

class LinuxAgent implements OfficeAgent {
  readonly wine = undefined;
  readonly #options: OfficeAgentOptions;
  readonly #state: string;
  #part: Part | undefined;

  constructor(options: OfficeAgentOptions) {
    this.#options = options;
    this.#state = join(options.folder, "agent");
    mkdirSync(this.#state, { mode: 0o700 });
  }

  get pid(): number | undefined {
    return this.#part?.pid;
  }

  logs(): string {
    return readFileSync(join(this.#options.folder, "agent.log"), "utf8");
  }

  async command(...args: readonly string[]): Promise<void> {
    const { command, args: all, env } = this.#program([...args, "--state", this.#state], {});
    await promisify(execFile)(command, all, { env, cwd: ROOT });
  }

  async start(token: string): Promise<Pick<AgentProcess, "terminal" | "code">> {
    await this.command("enrol", token);
    const readyLine = (line: string) => line.includes(CONNECTED);
    this.#part = await Part.start(this.#program(["run", "--state", this.#state], { readyLine }, AGENT_FLAGS));
    return identityIn(this.#state);
  }

  #program(args: readonly string[], more: Partial<Program>, flags: readonly string[] = []): Program {
    const { network, desk, folder, collects } = this.#options;
    const options = collects ? { NODE_OPTIONS: `--import=${COLLECT}` } : {}; // the desktop process inherits it
    // where a libaom of our own is, if there is one
    const cache = { XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache") };
    const session = { HOME: this.#state, DISPLAY: desk.display, XAUTHORITY: desk.authority, ...cache };
    const env = {
      PATH: "/usr/bin:/bin",
      LANG: "C.UTF-8",
      NODE_ENV: "production",
      ...COMPILE_CACHE,
      ...session,
      ...options,
    };
    const all = [...flags, join(ROOT, "agent/cli/main.ts"), ...args];
    const program = { name: "agent", command: NODE, args: all, env, cwd: ROOT, logs: folder, keep: false, ...more };
    return network.at("office", program);
  }

  async close(): Promise<void> {
    await this.#part?.close();
  }
}

/** As IT installs it: two services and the helper. */
async function openWindowsAgent({ network, desk, folder }: OfficeAgentOptions): Promise<OfficeAgent> {
  const wine = await openWine({
    display: { display: desk.display, authority: desk.authority, close: async () => undefined },
    // Wine's server makes the sockets of all programs: all of it lives in the office
    enter: (command, args) => ["ip", ["netns", "exec", network.namespace("office"), command, ...args]],
  });
  await admitUnlocked(wine);
  let installed: InstalledAgent | undefined;
  return {
    wine,
    get pid() {
      return installed?.pid();
    },
    start: async (token) => {
      installed = await installAgent(wine, { logs: folder, enrolmentToken: async () => token });
      return installed;
    },
    command: async (...args) => void (await installed?.command(...args)),
    logs: () => installed?.logs() ?? "",
    close: async () => {
      if (installed) writeFileSync(join(folder, "agent.log"), installed.logs());
      await wine.close();
    },
  };
}
