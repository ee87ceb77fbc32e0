/** What the service control manager starts: `node main.ts EngawaAgent | EngawaDesktop [--state DIR]`. */
import { parseArgs } from "node:util";
import { agentLogFolder, desktopLogFolder, WINDOWS_STATE_DIR } from "../settings/paths.ts";
import { openLogFile } from "./log-file.ts";
import { runService, type ServiceLog, type ServiceProgram } from "./service/service.ts";
import { AGENT_SERVICE, DESKTOP_SERVICE } from "./services.ts";

const { values, positionals } = parseArgs({
  options: { state: { type: "string", default: WINDOWS_STATE_DIR } },
  allowPositionals: true,
});
const stateDir = values.state;
const name = positionals[0] === DESKTOP_SERVICE ? DESKTOP_SERVICE : AGENT_SERVICE;
const file =
  name === AGENT_SERVICE
    ? openLogFile(agentLogFolder(stateDir), "agent")
    : openLogFile(desktopLogFolder(stateDir), "service");

const line = (level: string) => (message: string) =>
  file.write(`${JSON.stringify({ level, time: new Date().toISOString(), name, msg: message })}\n`);
const log: ServiceLog = { info: line("info"), error: line("error") };
process.on("uncaughtExceptionMonitor", (error) => log.error(`ended by an error: ${error.stack ?? error.message}`));

const program = async (): Promise<ServiceProgram> => {
  if (name === DESKTOP_SERVICE) return (await import("./service/desktop-service.ts")).desktopService({ stateDir, log });
  return (await import("./service/agent-service.ts")).agentService({ stateDir, file });
};

process.exitCode = await runService(name, await program(), log);
process.exit();
