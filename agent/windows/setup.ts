/**
 * What the installer runs: `node setup.js install | uninstall --app DIR --state DIR`. What IT gave the installer comes by the
 * environment, which other users cannot read as they can a command line. Ends with one of EXIT_CODES.
 */
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadConfig } from "../config.ts";
import { enrol, readToken } from "../enrol.ts";
import { Network } from "../network/network.ts";
import { EXIT_CODES, type InstallationPorts, install, SetupError, uninstall } from "./installation.ts";
import { WINDOWS_STATE_DIR } from "./places.ts";
import { readProperties } from "./properties.ts";
import { openServiceControl } from "./service-control.ts";
import { AGENT_SERVICE } from "./services.ts";

const { values, positionals } = parseArgs({
  options: {
    app: { type: "string", default: "" },
    state: { type: "string", default: WINDOWS_STATE_DIR },
  },
  allowPositionals: true,
});
const stateDir = values.state;
const said: string[] = [];
const say = (words: string): void => {
  said.push(words);
  process.stdout.write(`${words}\n`);
};

async function installationPorts(): Promise<InstallationPorts> {
  const { assertOurs, restrictFolder, serviceSid } = await import("../desktop/native/win32-security.ts");
  const owners = "(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
  // what lies in the folder may be changed and removed by the network process, but not the folder itself
  const agent = serviceSid(AGENT_SERVICE);
  return {
    services: await openServiceControl(),
    serverOfToken: (token) => new URL(readToken(token).url).origin,
    // through the proxy that was just written
    enrol: async ({ token }) => {
      const { paths, ...settings } = await loadConfig(stateDir);
      return enrol({ token, network: await Network.open(settings), identityPath: paths.identity });
    },
    checkSettings: async (folder) => void (await loadConfig(folder)),
    restrict: ({ state, desktop }) => {
      // anybody may make a folder in ProgramData, and its maker could open it again and again
      assertOurs(state);
      restrictFolder(state, `D:P${owners}(A;;0x1201bf;;;${agent})(A;OICIIO;0x1301bf;;;${agent})`);
      restrictFolder(desktop, `D:P${owners}`);
    },
    say,
  };
}

async function run(): Promise<number> {
  try {
    const ports = await installationPorts();
    const properties = readProperties(process.env["ENGAWA_COMMAND_LINE"] ?? "");
    const { TOKEN: token = process.env["ENGAWA_TOKEN"], SERVER: server, PROXY: proxy, CAFILE: caFile } = properties;
    const place = { app: values.app, stateDir };
    if (positionals[0] === "uninstall") await uninstall({ ...place, keepState: properties.KEEPSTATE === "1" }, ports);
    else await install({ ...place, token, server, proxy, caFile }, ports);
    return 0;
  } catch (error) {
    if (!(error instanceof SetupError)) say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return EXIT_CODES[error instanceof SetupError ? error.kind : "other"];
  }
}

const code = await run();
/** Where IT looks when a silent setup failed; after one that went well it lies with the other logs. */
const failureLog = join(tmpdir(), "EngawaSetup.log");
const text = `${new Date().toISOString()} setup ${positionals[0] ?? ""} ended with ${code}\n${said.join("\n")}\n`;
if (code !== 0) writeFileSync(failureLog, text);
else {
  rmSync(failureLog, { force: true });
  if (positionals[0] === "install") writeFileSync(join(stateDir, "setup.log"), text);
}
process.exit(code);
