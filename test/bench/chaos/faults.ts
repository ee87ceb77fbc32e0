/** Does what the plan says (nemesis.ts), and writes down when each fault began and when it was put right. */
import { setTimeout as pause } from "node:timers/promises";
import type { Ground } from "./ground.ts";
import type { History } from "./history.ts";
import type { PlannedFault } from "./nemesis.ts";
import type { Server } from "./server.ts";

export interface FaultsOptions {
  readonly plan: readonly PlannedFault[];
  readonly server: Server;
  readonly ground: Ground;
  readonly history: History;
  readonly say: (what: string) => void;
  readonly signal: AbortSignal;
}

/** Until all of them are over and everything is right again, also when it is broken off. */
export async function playFaults(options: FaultsOptions): Promise<void> {
  const begun = performance.now();
  const { plan, signal, say } = options;
  // one that fails is a failure of the run; the others are still put right
  const failures: unknown[] = [];
  const played = plan.map(async (planned) => {
    const waitMs = planned.atMs - (performance.now() - begun);
    await pause(Math.max(0, waitMs), undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const { fault, of, lastsMs, seconds } = planned;
    const words = [fault, seconds, options.server.nodes > 1 && `of node ${of}`, `${(lastsMs / 1_000).toFixed(1)} s`];
    say(words.filter((word) => word !== undefined && word !== false).join(", "));
    await playOne(planned, options).catch((error) => failures.push(error));
  });
  await Promise.all(played);
  if (failures.length > 0) throw failures[0];
}

async function playOne(planned: PlannedFault, options: FaultsOptions): Promise<void> {
  const { fault, of, lastsMs, seconds } = planned;
  const { history, signal } = options;
  const note = (phase: "begin" | "end" | "ready") => history.add({ kind: "fault", fault, of, phase, seconds });
  const last = () => pause(lastsMs, undefined, { signal }).catch(() => {});
  note("begin");
  const putRight = await begin(planned, options);
  await last();
  note("end");
  await putRight();
  note("ready");
}

/** Returns what puts it right. */
async function begin({ fault, of, seconds = 0 }: PlannedFault, options: FaultsOptions): Promise<() => unknown> {
  const { server, ground } = options;
  const node = { node: of };
  // whoever comes from outside comes through the balancer, where there is one
  const door = server.nodes > 1 ? "front" : node;
  switch (fault) {
    case "kill":
      await server.kill(of);
      return () => server.start(of);
    case "restart":
      return () => server.restart(of);
    case "stop":
      server.stop(of, true);
      return () => server.stop(of, false);
    case "cut-agents":
      return ground.cut("agents", door);
    case "cut-pages":
      return ground.cut("pages", door);
    case "cut-front":
      return ground.cut(node, "front");
    case "cut-nodes":
      return ground.cut(node, { node: (of + 1) % server.nodes });
    case "cut-database":
      return ground.cut(node, "database");
    case "clock":
      server.setClock(of, seconds);
      return () => server.setClock(of, 0);
    case "disk-full":
      server.disk.fill();
      return () => server.disk.empty();
    case "database-kill":
      await server.database?.kill();
      return () => server.database?.start();
  }
}
