/** EngawaDesktop: the service that uses no network and has all rights, and uses them for one thing: the helper at the console. */
import { DESKTOP_MAIN, NODE_FLAGS } from "../../desktop/launch.ts";
import { activeConsoleSession, holdProcess, type Signals, startInSession } from "../../native/win32/process.ts";
import { sendSas, softwareSas } from "../../native/win32/sas.ts";
import { startService, viewService } from "../../native/win32/scm.ts";
import { quoteArgument } from "../command-line.ts";
import { PULSE_TIMEOUT_MS } from "../helper/helper.ts";
import { HelperKeeper } from "../helper/keeper.ts";
import { AGENT_SERVICE } from "../services.ts";
import { attentionGiver } from "./attention.ts";
import type { ServiceLog, ServiceProgram } from "./service.ts";
import { watchService } from "./service-watch.ts";

export function desktopService({ stateDir, log }: { stateDir: string; log: ServiceLog }): ServiceProgram {
  const helperLine = ({ pulse, attention }: Signals) => {
    const signals = ["--pulse", pulse, "--attention", attention];
    return [process.execPath, ...NODE_FLAGS, "--v8-pool-size=1", DESKTOP_MAIN, "--helper", stateDir, ...signals]
      .map(quoteArgument)
      .join(" ");
  };
  const keeper = new HelperKeeper({
    session: activeConsoleSession,
    start: (session) => startInSession({ session, commandLine: helperLine }),
    attention: attentionGiver({ policy: softwareSas, send: sendSas, log }),
    log,
    silenceMs: PULSE_TIMEOUT_MS,
  });
  let endWatch: () => void = () => undefined;
  return {
    start: async () => {
      // for the helper, which inherits it: it encodes one picture at a time, and each thread costs a stack (ours are there already)
      process.env["UV_THREADPOOL_SIZE"] = "2";
      keeper.start();
      endWatch = watchService({ name: AGENT_SERVICE, view: viewService, start: startService, hold: holdProcess, log });
    },
    stop: async () => {
      endWatch();
      await keeper.close();
    },
    sessionChange: () => keeper.sessionChange(),
  };
}
