/** `agent run`: the agent until a signal ends it. */
import { flushCompileCache, getCompileCacheDir } from "node:module";
import { lastResort } from "../last-resort.ts";
import type { LogLevel } from "../log.ts";
import { startAgent } from "../main.ts";

const FLUSH_AFTER_MS = 10_000;

interface Screen {
  display?: string | undefined;
  xauthority?: string | undefined;
}

export async function run(options: Screen & { stateDir: string; log: LogLevel }): Promise<void> {
  const { display, xauthority, stateDir } = options;
  const cacheFolder = getCompileCacheDir(); // from NODE_COMPILE_CACHE
  const agent = await startAgent({
    stateDir,
    ...(display ? { display } : {}),
    ...(xauthority ? { xauthority } : {}),
    ...(cacheFolder ? { cacheFolder } : {}),
    logLevel: options.log,
  });
  // Node writes its compile cache when it ends in peace, which a service seldom does
  if (cacheFolder) setTimeout(flushCompileCache, FLUSH_AFTER_MS).unref();
  lastResort(agent);
  const stop = (): void => {
    agent.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}
