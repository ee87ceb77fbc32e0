/** The desktop process: config → seat → pipe. Whoever started it, remote-desktop.ts holds the other end of the pipe. */
import { flushCompileCache } from "node:module";
import { parseArgs } from "node:util";
import type { InputEvent } from "../desktop/desktop.ts";
import { type Command, type Report, readCommands, writeReport } from "../desktop/pipe.ts";
import { chooseDisplay } from "../native/x11/display.ts";
import type { Source } from "./capture/open.ts";
import { openPipe } from "./open-pipe.ts";
import { Seat } from "./seat.ts";
import { SessionLock } from "./session-lock.ts";

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

const seat = new Seat({
  findSource,
  handlers: {
    screen: (size) => report({ type: "screen", ...size }),
    changed: (change) => report({ type: "changed", ...change }),
    picture: (picture) => report({ type: "picture", ...picture }),
    encodeFailed: (problem) => report({ type: "encode-failed", ...problem }),
    pointerShape: (shape) => report(shape ? { type: "pointer-shape", ...shape } : { type: "pointer-hidden" }),
    pointerPosition: (position) => report({ type: "pointer-position", ...position }),
    secureDesktop: (shown) => report({ type: "secure-desktop", shown }),
    office: (state) => report({ type: "office", ...state }),
    locks: (state) => report({ type: "locks", ...state }),
    typed: (characters) => report({ type: "typed", characters }),
    inputDropped: () => report({ type: "input-dropped" }),
    note: (words) => report({ type: "note", words }),
    attention,
    unusable: (problem) => report({ type: "unusable", ...problem }),
    covered: (state) => report({ type: "covered", ...state }),
  },
});

/** Somebody is here from afar, and the policy wants the PC locked when that ends. */
let lockWhenAlone = false;

type Handlers = { [K in Command["type"]]: (command: Extract<Command, { type: K }>) => void };

const inject = ({ type, ...rest }: { type: InputEvent["kind"] } & object) =>
  seat.inject({ kind: type, ...rest } as InputEvent);

/** A new command does not compile until it is answered here. */
const handlers: Handlers = {
  open: ({ codec }) => seat.open(codec),
  encode: (request) => seat.encode(request),
  key: inject,
  button: inject,
  move: inject,
  wheel: inject,
  locks: inject,
  text: inject,
  "release-all": () => seat.releaseAll(),
  pause: () => seat.pause(),
  lock: ({ id }) => void sessionLock.lock().then((outcome) => report({ type: "locked", id, outcome })),
  "lock-state": ({ id }) => void sessionLock.state().then((state) => report({ type: "lock-state", id, state })),
  protect: ({ type: _, ...protection }) => {
    lockWhenAlone = protection.lockWhenAlone;
    seat.protect(protection);
  },
};

const reader = readCommands();
pipe.on("data", (piece) => {
  for (const command of reader.push(piece)) (handlers[command.type] as (command: Command) => void)(command);
});

let ending = false;
/** The other side is gone or asks us to end: let go of everything; the cover stays until the PC is locked. */
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  setTimeout(() => process.kill(process.pid, "SIGKILL"), END_TIMEOUT_MS).unref(); // exit() would wait for the library
  seat.pause();
  try {
    if (lockWhenAlone && (await sessionLock.lock()) !== "locked")
      say("the PC is NOT locked: the agent ended while somebody was here from afar, and locking failed");
    await seat.close();
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
