/**
 * What the package runs, as the system: `node setup.js install | uninstall --app DIR --state DIR [--package FILE] NAME=value …`.
 * Ends with one of EXIT_CODES; Windows Installer makes 1603 of all of them, so the reason is in FAILURE_LOG.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Network } from "../../network/network.ts";
import { enrol, readToken } from "../../server/enrol.ts";
import { loadConfig } from "../../settings/config.ts";
import { FAILURE_LOG, WINDOWS_STATE_DIR } from "../../settings/paths.ts";
import { Devices } from "../../trust/devices.ts";
import { openServiceControl } from "../service/service-control.ts";
import { AGENT_SERVICE } from "../services.ts";
import { accessLists } from "./access-lists.ts";
import { EXIT_CODES, type InstallationPorts, install, SetupError, uninstall } from "./installation.ts";
import { readProperties } from "./properties.ts";
import { findToken, forgetToken } from "./token-file.ts";

const { values, positionals } = parseArgs({
  options: {
    app: { type: "string", default: "" },
    state: { type: "string", default: WINDOWS_STATE_DIR },
    package: { type: "string" },
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
  const { assertOurs, restrictFolder, serviceSid } = await import("../../native/win32/security.ts");
  return {
    services: await openServiceControl(),
    serverOfToken: (token) => new URL(readToken(token).url).origin,
    // through the proxy that was just written
    enrol: async ({ token }) => {
      const { paths, ...settings } = await loadConfig(stateDir);
      return enrol({ token, network: await Network.open(settings), identityPath: paths.identity });
    },
    checkSettings: async (folder) => void (await loadConfig(folder)),
    restrict: (folders) => {
      // anybody may make a folder in ProgramData, and its maker could open it again and again
      assertOurs(folders.state);
      for (const [folder, sddl] of accessLists(folders, serviceSid(AGENT_SERVICE))) restrictFolder(folder, sddl);
    },
    say,
  };
}

async function run(): Promise<number> {
  try {
    const ports = await installationPorts();
    const given = readProperties(positionals.slice(1));
    const place = { app: resolve(values.app), stateDir };
    if (positionals[0] === "uninstall") {
      await uninstall({ ...place, keepState: given.KEEPSTATE === "1" }, ports);
      return 0;
    }
    const token = await findToken({ token: given.TOKEN, tokenFile: given.TOKENFILE, packageFile: values.package });
    const { SERVER: server, PROXY: proxy, CAFILE: caFile } = given;
    await install({ ...place, token: token.token, server, proxy, caFile }, ports);
    // the service may only read them
    await new Devices(join(stateDir, "devices.json")).giveTerms().catch((error: Error) => say(error.message));
    const left = await forgetToken(token);
    if (left) say(left);
    return 0;
  } catch (error) {
    if (error instanceof SetupError) say(error.message);
    else say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return EXIT_CODES[error instanceof SetupError ? error.kind : "other"];
  }
}

const code = await run();
const text = `${new Date().toISOString()} setup ${positionals[0] ?? ""} ended with ${code}\n${said.join("\n")}\n`;
if (code !== 0) {
  mkdirSync(dirname(FAILURE_LOG), { recursive: true });
  writeFileSync(FAILURE_LOG, text);
} else {
  rmSync(FAILURE_LOG, { force: true });
  if (positionals[0] === "install") writeFileSync(join(stateDir, "setup.log"), text);
}
process.exit(code);
