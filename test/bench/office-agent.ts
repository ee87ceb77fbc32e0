/** The agent on the measured office PC: of this machine, or of a Windows that Wine gives us on the same screen. */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildCodecs } from "../../agent/windows/codecs/build.ts";
import { AGENT_FLAGS, COMPILE_CACHE, NODE, ROOT } from "../../signaling/quickstart/build.ts";
import { Part, type Program } from "../../signaling/quickstart/part.ts";
import { until } from "../support/until.ts";
import { openWine, type Running, type Wine, windowsPath } from "../support/wine/wine.ts";
import type { Desk } from "./desk.ts";
import type { Network } from "./network.ts";

export const SYSTEMS = ["linux", "windows"] as const;
export type System = (typeof SYSTEMS)[number];

export interface OfficeAgent {
  /** Of the network process. */
  readonly pid: number | undefined;
  /** The file that says who it is. */
  readonly identity: string;
  /** The Windows it runs on. */
  readonly wine: Wine | undefined;
  /** One of its own command lines, run to its end. */
  command(...args: readonly string[]): Promise<void>;
  /** Resolves when it is connected. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface OfficeAgentOptions {
  readonly network: Network;
  readonly desk: Desk;
  readonly folder: string;
}

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

  get identity(): string {
    return join(this.#state, "identity.json");
  }

  async command(...args: readonly string[]): Promise<void> {
    const { command, args: all, env } = this.#program([...args, "--state", this.#state], {});
    await promisify(execFile)(command, all, { env, cwd: ROOT });
  }

  async start(): Promise<void> {
    const readyLine = (line: string) => line.includes(CONNECTED);
    this.#part = await Part.start(this.#program(["run", "--state", this.#state], { readyLine }, AGENT_FLAGS));
  }

  #program(args: readonly string[], more: Partial<Program>, flags: readonly string[] = []): Program {
    const { network, desk, folder } = this.#options;
    const session = { HOME: this.#state, DISPLAY: desk.display, XAUTHORITY: desk.authority };
    const env = { PATH: "/usr/bin:/bin", LANG: "C.UTF-8", NODE_ENV: "production", ...COMPILE_CACHE, ...session };
    const all = [...flags, join(ROOT, "agent/cli/main.ts"), ...args];
    const program = { name: "agent", command: NODE, args: all, env, cwd: ROOT, logs: folder, keep: false, ...more };
    return network.at("office", program);
  }

  async close(): Promise<void> {
    await this.#part?.close();
  }
}

/** The agent runs by hand, from the sources: what is measured is the same as in the services. */
async function openWindowsAgent({ network, desk, folder }: OfficeAgentOptions): Promise<OfficeAgent> {
  const { folder: codecs } = await buildCodecs();
  const wine = await openWine({
    display: { display: desk.display, authority: desk.authority, close: async () => undefined },
    environment: { ENGAWA_CODECS: windowsPath(codecs), NODE_ENV: "production" },
    // Wine's server makes the sockets of all programs: all of it lives in the office
    enter: (command, args) => ["ip", ["netns", "exec", network.namespace("office"), command, ...args]],
  });
  let running: Running | undefined;
  const state = ["--state", "C:\\state"];
  const main = "agent/cli/main.ts";
  return {
    wine,
    get pid() {
      return wine.processes().find(({ commandLine }) => commandLine.includes(`${main} run`))?.pid;
    },
    identity: join(wine.prefix, "drive_c", "state", "identity.json"),
    command: async (...args) => {
      const { code, output } = await wine.node(main, ...args, ...state);
      if (code !== 0) throw new Error(`agent ${args.join(" ")} ended with ${code}: ${output}`);
    },
    start: async () => {
      const agent = wine.startNode(...AGENT_FLAGS, main, "run", ...state);
      running = agent;
      await until(
        () => `the agent is connected: ${agent.output()}`,
        () => agent.output().includes(CONNECTED),
      );
    },
    close: async () => {
      if (running) writeFileSync(join(folder, "agent.log"), running.output());
      await wine.close();
    },
  };
}

/** The terminal's id, once it is enrolled. */
export const terminalOf = ({ identity }: OfficeAgent): string =>
  String((JSON.parse(readFileSync(identity, "utf8")) as { terminal: unknown }).terminal);
