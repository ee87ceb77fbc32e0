/** The agent as IT puts it on a Windows PC: by our installer, silently, with a token; two services. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageWindows } from "../../../agent/windows/build/package.ts";
import { type AgentProcess, identityIn } from "../../../signaling/quickstart/agent.ts";
import type { AgentPlace, Screen } from "../../../signaling/quickstart/product.ts";
import { until } from "../until.ts";
import { type Wine, type WineProcess, windowsPath } from "./wine.ts";

export interface InstalledAgent extends AgentProcess {
  /** What a crash of the process that reads the screen does. */
  killHelper(): void;
  /** Installs another version over it. */
  upgrade(version: string): Promise<void>;
  /** All of its processes: both services and the helper. */
  processes(): WineProcess[];
}

const COMMAND = "C:\\Program Files\\Engawa\\engawa-agent.cmd";
const PROGRAMS = {
  service: "service.js EngawaAgent",
  desktop: "service.js EngawaDesktop",
  helper: "desktop.js",
} as const;

/** Resolves when it is connected to the server. */
export async function installAgent(
  wine: Wine,
  { logs, enrolmentToken }: Pick<AgentPlace<Screen>, "logs" | "enrolmentToken">,
): Promise<InstalledAgent> {
  const state = join(wine.prefix, "drive_c", "ProgramData", "Engawa");
  const log = (...path: string[]) => {
    try {
      return readFileSync(join(state, ...path), "utf8");
    } catch {
      return ""; // not written yet
    }
  };
  const install = async (version: string | undefined, ...properties: string[]) => {
    const { setup } = await packageWindows({ outDir: logs, ...(version ? { version } : {}) });
    const { code } = await wine.run("msiexec", "/i", windowsPath(setup), "/qn", ...properties);
    if (code !== 0) throw new Error(`the installer ended with ${code}: ${log("../../windows/logs/EngawaSetup.log")}`);
  };
  await install(undefined, `TOKEN=${await enrolmentToken()}`);
  const said = () => log("logs", "agent.log");
  const find = (program: string) => wine.processes().filter(({ commandLine }) => commandLine.includes(program));
  const kill = (program: string, signal: NodeJS.Signals) => {
    for (const { pid } of find(program)) process.kill(pid, signal);
  };
  await until(
    () => `the agent is connected: ${said()}`,
    () => said().includes('"msg":"connected to the server"') && said().includes("the desktop helper is connected"),
  );
  return {
    ...(await identityIn(state)),
    pid: () => find(PROGRAMS.service)[0]?.pid,
    restart: async () => {
      await wine.run("sc", "stop", "EngawaAgent");
      await wine.run("sc", "start", "EngawaAgent");
    },
    kill: (signal) => kill(PROGRAMS.service, signal),
    killHelper: () => kill(PROGRAMS.helper, "SIGKILL"),
    upgrade: (version) => install(version),
    processes: () => Object.values(PROGRAMS).flatMap(find),
    logs: () => [said(), log("desktop", "service.log"), log("desktop", "helper.log")].join("\n"),
    command: async (...args) => {
      const { code, output } = await wine.run("cmd", "/c", COMMAND, ...args);
      if (code !== 0) throw new Error(`engawa-agent ${args.join(" ")} ended with ${code}: ${output}`);
      return output;
    },
    close: async () => undefined, // its Windows closes
  };
}
