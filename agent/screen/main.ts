/** The desktop process: settings → screen host → pipe. Whoever started it, child-desktop.ts holds the other end of the pipe. */
import { flushCompileCache } from "node:module";
import { parseArgs } from "node:util";
import type { Command } from "../desktop/commands.ts";
import { readCommands, writeReport } from "../desktop/pipe.ts";
import { toProblem } from "../desktop/problem.ts";
import type { Report } from "../desktop/reports.ts";
import { chooseDisplay } from "../native/x11/display.ts";
import type { Source } from "./capture/open.ts";
import { SessionLock } from "./locker.ts";
import { openPipe } from "./open-pipe.ts";
import { openPower } from "./power/open.ts";
import type { Power } from "./power/power.ts";
import { ScreenHost } from "./screen-host.ts";

/** More than this unread means that the other side hangs: two of the largest pictures. */
const MAX_UNREAD_BYTES = 32 << 20;

/** Letting go takes milliseconds, locking seconds; a library that hangs must not keep a process alive that serves nobody any more. */
const END_TIMEOUT_MS = 10_000;
/** By then everything that a session needs has been loaded. */
const COMPILE_CACHE_AFTER_MS = 5000;

const { values: options } = parseArgs({
  options: {
    display: { type: "string" },
    xauthority: { type: "string" },
    "test-pattern": { type: "boolean", default: false },
    // as the helper of the Windows services: the folder of the state, and the events that say that we live and want Ctrl+Alt+Del
    helper: { type: "string" },
    pulse: { type: "string" },
    attention: { type: "string" },
  },
});
// libXau reads it from the environment
if (options.xauthority) process.env["XAUTHORITY"] = options.xauthority;
const environment = process.env;
const sessionLock = new SessionLock(environment);

const findSource = (): Source => {
  if (options["test-pattern"]) return { kind: "test-pattern" };
  if (process.platform === "win32") return { kind: "windows" };
  const display = chooseDisplay({ display: options.display, environment });
  environment["DISPLAY"] = display; // for the programs that lock the session
  return { kind: "x11", display, authority: environment["XAUTHORITY"] };
};

const { pipe, say, askForAttention } = await openPipe(options);

function report(message: Report): void {
  if (!pipe.writable) return;
  pipe.write(writeReport(message));
  if (pipe.writableLength > MAX_UNREAD_BYTES) process.exit(1);
}

let attentionMissing = false;
/** Ctrl+Alt+Del was pressed, which only a service can give to Windows. */
function attention(): void {
  if (askForAttention) askForAttention();
  else if (!attentionMissing) {
    attentionMissing = true;
    report({ type: "note", words: "Ctrl+Alt+Del cannot be sent: it needs the Windows service EngawaDesktop" });
  }
}

const host = new ScreenHost({ findSource, report, attention });

let power: Promise<Power> | undefined;
async function powerOff(inS: number, words: string): Promise<string> {
  power ??= openPower(findSource(), (why) =>
    report({ type: "note", words: `this PC could not be switched off: ${why}` }),
  );
  return (await (await power).off(inS, words)) ?? "";
}

/** Somebody is here from afar, and the policy wants the PC locked when that ends. */
let lockWhenAlone = false;

function obey(command: Command): void {
  switch (command.type) {
    case "open":
      host.open(command.codec);
      break;
    case "encode":
      host.encode(command);
      break;
    case "release-all":
      host.releaseAll();
      break;
    case "forget-text":
      host.forgetText();
      break;
    case "pause":
      host.pause();
      break;
    case "lock":
      void sessionLock.lock().then((outcome) => report({ type: "locked", id: command.id, outcome }));
      break;
    case "lock-state":
      void sessionLock.state().then((state) => report({ type: "lock-state", id: command.id, state }));
      break;
    case "notice":
      host.notice(command.words);
      break;
    case "power-off":
      powerOff(command.inS, command.words)
        .catch((error: unknown) => toProblem(error).message)
        .then((why) => report({ type: "power", id: command.id, why }));
      break;
    case "stay-on":
      void power?.then((one) => one.stayOn());
      break;
    case "protect":
      lockWhenAlone = command.lockWhenAlone;
      host.protect(command);
      break;
    default:
      host.inject(command); // all that is left is input, or this does not compile
  }
}

const reader = readCommands();
pipe.on("data", (piece) => {
  for (const command of reader.push(piece)) obey(command);
});

let ending = false;
/** The other side is gone or asks us to end: let go of everything; the cover stays until the PC is locked. */
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  setTimeout(() => process.kill(process.pid, "SIGKILL"), END_TIMEOUT_MS).unref(); // exit() would wait for the library
  host.pause();
  try {
    if (lockWhenAlone && (await sessionLock.lock()) !== "locked")
      say("the PC is NOT locked: the agent ended while somebody was here from afar, and locking failed");
    await host.close();
  } finally {
    process.exit(0);
  }
}
pipe.once("close", end);
pipe.on("error", () => pipe.destroy());
// the network process decides when we end, also when Ctrl-C reaches the whole group
process.on("SIGINT", () => undefined);
process.once("SIGTERM", end);

// written now and not at a normal end only: a successor after a crash shall start fast
setTimeout(flushCompileCache, COMPILE_CACHE_AFTER_MS).unref();
