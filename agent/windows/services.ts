/** The two services: their names and how the service control manager is to run them. */
import { join } from "node:path";
import type { ServiceDefinition } from "../native/win32/scm.ts";
import { quoteArgument } from "./command-line.ts";

export const AGENT_SERVICE = "EngawaAgent";
export const DESKTOP_SERVICE = "EngawaDesktop";
export type ServiceName = typeof AGENT_SERVICE | typeof DESKTOP_SERVICE;

/** Young-generation heap in MB, see AGENT_FLAGS of the quickstart; one helper thread for V8 in place of four: each costs a stack. */
const NODE_FLAGS = ["--max-semi-space-size=1", "--v8-pool-size=1"];
const RESTART_AFTER_MS = [1000, 1000, 5000] as const;

/** In the order of starting; they stop in the other. `app`: the program's folder. */
export function serviceDefinitions({ app, stateDir }: { app: string; stateDir: string }): ServiceDefinition[] {
  const commandLine = (name: ServiceName) =>
    [join(app, "node.exe"), ...NODE_FLAGS, join(app, "service.js"), name, "--state", stateDir]
      .map(quoteArgument)
      .join(" ");
  return [
    {
      name: DESKTOP_SERVICE,
      displayName: "Engawa デスクトップ",
      description: "庁内PCの画面と入力を、遠隔操作のあいだ Engawa エージェントにつなぎます。ネットワークは使いません。",
      commandLine: commandLine(DESKTOP_SERVICE),
      account: undefined,
      privileges: undefined,
      restartAfterMs: RESTART_AFTER_MS,
    },
    {
      name: AGENT_SERVICE,
      displayName: "Engawa エージェント",
      description: "許可された利用者が、このPCを庁外のブラウザーから使えるようにします。",
      commandLine: commandLine(AGENT_SERVICE),
      account: "NT AUTHORITY\\LocalService",
      // without SeImpersonatePrivilege it cannot act as the helper, which has all rights, when that connects to its pipe
      privileges: ["SeChangeNotifyPrivilege"],
      restartAfterMs: RESTART_AFTER_MS,
    },
  ];
}
