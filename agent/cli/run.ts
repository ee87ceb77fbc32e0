/** `agent run`: the agent until a signal ends it; and the doctor's try of the screen. */
import { flushCompileCache, getCompileCacheDir } from "node:module";
import { openDesktop } from "../desktop/child.ts";
import type { Desktop, DesktopHandlers, DesktopProblem } from "../desktop/desktop.ts";
import type { LogLevel } from "../log.ts";
import { startAgent } from "../main.ts";

const TRY_DESKTOP_MS = 8_000;
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
  // the WebRTC library lets promises of its own fail unheard when a path dies; a session has other signs of that
  process.on("unhandledRejection", (error) => agent.log.error({ err: error }, "unhandled rejection"));
  const stop = (): void => {
    agent.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

/** Opens the screen as a session would. Undefined when a picture came. */
export async function tryDesktop({ display, xauthority }: Screen): Promise<DesktopProblem | undefined> {
  let desktop: Desktop | undefined;
  const outcome = new Promise<DesktopProblem | undefined>((resolve) => {
    const late: DesktopProblem = { code: "internal", message: "画面の取り込みが応答しません。" };
    setTimeout(() => resolve(late), TRY_DESKTOP_MS).unref();
    const handlers: DesktopHandlers = {
      screen: () => setImmediate(() => desktop?.encode({ quality: 45, key: true })),
      picture: () => resolve(undefined),
      encodeFailed: resolve,
      unusable: resolve,
      restarting: (cause) => resolve({ code: "internal", message: cause }),
      changed: () => {},
      pointerShape: () => {},
      pointerPosition: () => {},
      secureDesktop: () => {},
      office: () => {},
    };
    const log = { info: () => {}, warn: () => {} };
    desktop = openDesktop({ display, xauthority, log, handlers });
    desktop.open({ codec: "av1-444" });
  });
  const problem = await outcome;
  await desktop?.close();
  return problem;
}
