/** The real agent and desktop process before a real X11 locker (i3lock): what the first picture of a session shows. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { openDesktop } from "../../agent/desktop/child.ts";
import type { Picture } from "../../agent/desktop/reports.ts";
import { type RunningAgent, startAgent } from "../../agent/main.ts";
import { Devices } from "../../agent/trust/devices.ts";
import { Login, Nonce, SessionId } from "../../signaling/protocol/ids.ts";
import { writeIdentity } from "../support/agent-state.ts";
import { Decoder } from "../support/decoder.ts";
import { FalseServer } from "../support/false-server.ts";
import { startRelay, type TestRelay } from "../support/relay.ts";
import { makeDevice, type TestDevice } from "../support/store.ts";
import { makeTestCa } from "../support/test-ca.ts";
import { until } from "../support/until.ts";
import { WeriftViewer } from "../support/werift-viewer.ts";
import { startXvfb, type Xvfb } from "../support/xvfb.ts";

const LOGIN = Login.parse("tanaka");
const run = promisify(execFile);
/** Luma (BT.601, 16–235) of the open desktop, which is white, and of the locker, which is dark blue; and what lies between. */
const BETWEEN = 150;

let relay: TestRelay;
let screen: Xvfb;
let server: FalseServer;
let folder: string;
let running: RunningAgent;
let viewer: WeriftViewer | undefined;
let device: TestDevice;
let pictures: Picture[];
/** What happens once it is locked, before anybody hears of it. */
let whenLocked: () => Promise<void>;

beforeAll(async () => {
  relay = await startRelay();
  screen = await startXvfb({ width: 640, height: 360 });
  await run("xsetroot", ["-solid", "white"], { env: { ...process.env, DISPLAY: screen.display } });
});
afterAll(async () => {
  await screen?.close();
  await relay?.close();
});

beforeEach(async () => {
  const tls = await makeTestCa();
  server = await FalseServer.start(tls);
  folder = await mkdtemp(join(tmpdir(), "engawa-before-"));
  [pictures, viewer, whenLocked] = [[], undefined, async () => undefined];
  device = await makeDevice();
  const devices = new Devices(join(folder, "devices.json"));
  await devices.add({ code: device.code, login: LOGIN, addedAt: Date.now() });
  await writeIdentity(folder, { url: server.url, ca: tls.ca });
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
  await program("loginctl", "exit 1"); // this test locks nobody else's session
});
afterEach(async () => {
  await viewer?.close();
  await running?.close();
  await unlock();
  await server.close();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const program = (name: string, script: string) =>
  writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o700 });

/** i3lock, which speaks as a locker that the agent knows. */
const locker = () =>
  program(
    "xscreensaver-command",
    `case $1 in
-lock) i3lock --color=2040c0 > /dev/null 2>&1
       until xdotool search --onlyvisible --class i3lock > /dev/null 2>&1; do xdpyinfo > /dev/null 2>&1 || exit 1; sleep 0.05; done ;;
-time) for pid in $(pgrep -x i3lock); do
         tr '\\0' '\\n' < /proc/$pid/environ | grep -qx "DISPLAY=$DISPLAY" && echo "screen locked since now" && exit
       done
       echo "screen non-blanked since now" ;;
esac`,
  );

/** Processes of this name that were started for our display, or as ours. */
async function pids(name: string, mark: string): Promise<number[]> {
  const found: number[] = [];
  for (const pid of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
    const [command, environment] = [await read("cmdline"), await read("environ")];
    if (command.includes(name) && `${command}\0${environment}`.split("\0").includes(mark)) found.push(Number(pid));
  }
  return found;
}
/** Somebody at the office has typed their password. */
async function unlock(): Promise<void> {
  for (const pid of await pids("i3lock", `DISPLAY=${screen.display}`)) process.kill(pid);
  await until("nothing locks", async () => (await pids("i3lock", `DISPLAY=${screen.display}`)).length === 0);
}

async function start(lockTimeoutMs?: number): Promise<void> {
  running = await startAgent({
    stateDir: folder,
    display: screen.display,
    logLevel: "error",
    logTo: { write: () => undefined },
    openDesktop: ({ onReport, ...options }) => {
      const noted: typeof onReport = (report) => {
        if (report.type === "picture") pictures.push(report);
        onReport(report);
      };
      const desktop = openDesktop({ ...options, lockTimeoutMs, onReport: noted });
      const lock = desktop.lock.bind(desktop);
      desktop.lock = async () => {
        const outcome = await lock();
        if (outcome === "locked") await whenLocked();
        return outcome;
      };
      return desktop;
    },
  });
  await server.got("sessions");
}

async function ask(): Promise<SessionId> {
  const session = SessionId.parse(randomUUID());
  const nonce = Nonce.parse("A".repeat(22));
  const ice = { urls: [relay.udpUrl], ...relay.credentials(session) };
  const person = { login: LOGIN, name: "田中" };
  const rest = { person, deviceKey: device.publicKey, codecs: ["av1-444" as const], iceServers: [ice] };
  server.say({ type: "session-open", session, attempt: 1, nonce, ...rest });
  const { sdp: offer } = await server.got("offer", (m) => m.session === session);
  viewer = await WeriftViewer.open({ urls: [relay.udpUrl], ...relay.credentials("viewer") });
  const answered = await viewer.answer({ session, attempt: 1, nonce, offer, deviceKey: device.key });
  server.say({ type: "answer", session, attempt: 1, ...answered });
  return session;
}
const endOf = (session: SessionId) => server.got("session-end", (m) => m.session === session);

/** Mean luma of every picture there was, from the first on. */
function lumas(): number[] {
  const decoder = new Decoder("av1");
  try {
    return pictures.map(({ data }) => {
      const [y] = decoder.decode(data).planes;
      return y.reduce((sum, value) => sum + value, 0) / y.length;
    });
  } finally {
    decoder.close();
  }
}

test("shows the locker and nothing before it", async () => {
  await locker();
  await start();
  await ask();
  await viewer?.until(() => (viewer?.packets ?? 0) > 0);
  for (const luma of lumas()) expect(luma).toBeLessThan(BETWEEN);
  expect(pictures[0]).toMatchObject({ key: true });
});

test("somebody unlocks it in between: it is locked again before the first picture", async () => {
  await locker();
  await start();
  let times = 0;
  whenLocked = async () => {
    times += 1;
    if (times === 1) await unlock();
  };
  await ask();
  await viewer?.until(() => (viewer?.packets ?? 0) > 0);
  expect(times).toBe(2);
  for (const luma of lumas()) expect(luma).toBeLessThan(BETWEEN);
});

test("a locker that fails shows nothing", async () => {
  await program("xscreensaver-command", "echo 'screen non-blanked since now'");
  await start();
  expect(await endOf(await ask())).toMatchObject({ reason: "not-locked" });
  expect(pictures).toEqual([]);
});

test("without any locker the open desktop is shown, and the page is told", async () => {
  await start();
  await ask();
  await viewer?.until(() => (viewer?.packets ?? 0) > 0);
  expect(await viewer?.told("locking")).toMatchObject({ before: "impossible" });
  expect(lumas()[0]).toBeGreaterThan(BETWEEN);
});

test("a desktop process that is stopped while it locks is ended and told apart; the next session works", async () => {
  await program("xscreensaver-command", "exit 1");
  await start(1_000);
  const [desktop] = await pids("agent/screen/main.ts", screen.display);
  if (!desktop) throw new Error("there is no desktop process");
  process.kill(desktop, "SIGSTOP");
  expect(await endOf(await ask())).toMatchObject({ reason: "desktop-unavailable" });
  expect(pictures).toEqual([]);
  await viewer?.close();
  await locker();
  await until("it has a successor", async () => {
    const [now, ...more] = await pids("agent/screen/main.ts", screen.display);
    return now !== undefined && now !== desktop && more.length === 0;
  });
  await ask();
  await viewer?.until(() => (viewer?.packets ?? 0) > 0);
  for (const luma of lumas()) expect(luma).toBeLessThan(BETWEEN);
});
