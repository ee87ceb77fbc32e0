/** EngawaAgent: the network process as a service. Its account can do little; its desktop is the helper at the other end of a pipe. */

import { ChildDesktop } from "../../desktop/child-desktop.ts";
import type { Desktop, OnReport } from "../../desktop/desktop.ts";
import type { DesktopLog } from "../../desktop/process-source.ts";
import { lastResort } from "../../last-resort.ts";
import { type RunningAgent, startAgent } from "../../main.ts";
import { actsAs, ownSid, restrictPipe, serviceSid } from "../../native/win32/security.ts";
import { HelperPipe } from "../helper/pipe.ts";
import { newRendezvous } from "../helper/rendezvous.ts";
import type { LogFile } from "../log-file.ts";
import { AGENT_SERVICE } from "../services.ts";
import type { ServiceProgram } from "./service.ts";

export function agentService({ stateDir, file }: { stateDir: string; file: LogFile }): ServiceProgram {
  let agent: RunningAgent | undefined;
  return {
    start: async () => {
      const running = await startAgent({
        stateDir,
        logLevel: "info",
        logTo: file,
        openDesktop: ({ onReport, log }) => openHelperDesktop({ stateDir, onReport, log }),
      });
      agent = running;
      lastResort(running);
    },
    stop: async () => agent?.close(),
  };
}

function openHelperDesktop(o: { stateDir: string; onReport: OnReport; log: DesktopLog }): Desktop {
  const { stateDir, onReport, log } = o;
  const restrict = async (pipe: string) => {
    // the service's own SID is narrower than its account, which other services share; it is missing where no manager gave it
    const own = actsAs(serviceSid(AGENT_SERVICE)) ? serviceSid(AGENT_SERVICE) : ownSid();
    restrictPipe(pipe, `D:P(A;;GA;;;SY)(A;;GA;;;${own})`);
    log.info(`the helper's pipe is open to SYSTEM and ${own} only`);
  };
  const source = new HelperPipe({ stateDir, rendezvous: newRendezvous(), restrict, log });
  return new ChildDesktop({ source, onReport, log });
}
