/**
 * The virtual office: a screen without a monitor, a Japanese keyboard, an input method, a window manager, an editor, a terminal.
 *
 *   Xvfb ─▶ keyboard layout ─▶ session bus ─▶ fcitx5 (Mozc) ─▶ openbox, background, taskbar ─▶ editor, terminal
 */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { authorityFile, furnish, newCookie, officeAccount, placeHome, WELCOME_FILE } from "./office-home.ts";
import { Part, type PartEvent, type Program, StartError } from "./part.ts";

export interface OfficeOptions {
  /** State of the office: its home is `folder/office`, our copy of the X cookie `folder/office.xauth`. */
  readonly folder: string;
  readonly logs: string;
  /** Pixels. */
  readonly size?: { readonly width: number; readonly height: number };
  /** What is opened; the welcome text and a terminal by default. */
  readonly programs?: readonly (readonly [string, ...string[]])[];
  readonly taskbar?: boolean;
  readonly onEvent?: (event: PartEvent) => void;
}

export interface Office {
  /** For the agent: DISPLAY and XAUTHORITY. */
  readonly display: string;
  readonly authority: string;
  readonly home: string;
  /** Starts one more program in the office, under its account. */
  run(command: string, ...args: readonly string[]): Promise<Part>;
  /** Runs a command in the office to its end, gives its output. */
  query(command: string, ...args: readonly string[]): Promise<string>;
  restart(): Promise<void>;
  /** Signals the X server: with SIGKILL, what a crash of the office's screen does. */
  kill(signal: NodeJS.Signals): void;
  logs(): string;
  close(): Promise<void>;
}

const BACKGROUND = ["hsetroot", "-add", "#2f6f5e", "-add", "#1d4a57", "-gradient", "160"] as const;

/** The screen's connections are closed before its process has ended: a moment, longer on a busy machine. */
const SCREEN_NOTICED_MS = 300;

/** It has no screen locker: a PC that is to be locked and cannot be admits nobody but who left it. */
export const OFFICE_AGENT_SETTINGS = { lockOn: "never", lockBefore: "never" } as const;

export async function startOffice(options: OfficeOptions): Promise<Office> {
  const account = officeAccount();
  const home = placeHome(options.folder, account);
  const cookie = newCookie();
  const authority = join(options.folder, "office.xauth");
  writeFileSync(authority, authorityFile(cookie), { mode: 0o600 });
  furnish(home, account, cookie);
  const desk = new Desk(options, { home, authority, user: account?.name });
  await desk.open();
  return desk;
}

class Desk implements Office {
  readonly authority: string;
  readonly home: string;
  readonly #options: OfficeOptions;
  readonly #user: string | undefined;
  #number: string | undefined;
  #busAddress = "";
  #parts: Part[] = [];
  #closing = false;
  /** Counts the screens that came and went. */
  #time = 0;

  constructor(options: OfficeOptions, where: { home: string; authority: string; user: string | undefined }) {
    this.#options = options;
    this.home = where.home;
    this.authority = where.authority;
    this.#user = where.user;
  }

  get display(): string {
    return `:${this.#number}`;
  }

  async open(): Promise<void> {
    endAllMarked(this.#mark()); // what a start left behind that was killed
    try {
      await this.#openScreen();
      await this.#openSession();
      await this.#openPrograms();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async run(command: string, ...args: readonly string[]): Promise<Part> {
    const part = await Part.start(this.#program(command, args, { keep: false }));
    this.#parts.push(part);
    return part;
  }

  async query(command: string, ...args: readonly string[]): Promise<string> {
    const drop = this.#user ? [`--reuid=${this.#user}`, `--regid=${this.#user}`, "--init-groups"] : [];
    const all = [...drop, "--pdeathsig", "KILL", "--", command, ...args];
    const { stdout } = await promisify(execFile)("setpriv", all, { env: this.#env(), cwd: this.home, timeout: 20_000 });
    return stdout;
  }

  async restart(): Promise<void> {
    await this.#end();
    await this.open();
  }

  kill(signal: NodeJS.Signals): void {
    this.#parts[0]?.kill(signal);
  }

  logs(): string {
    return this.#parts.map((part) => `── ${part.name}\n${part.logs()}`).join("\n");
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#end();
    rmSync(join(this.home, "run"), { recursive: true, force: true });
  }

  async #openScreen(): Promise<void> {
    const { width, height } = this.#options.size ?? { width: 1920, height: 1080 };
    const where = this.#number === undefined ? [] : [this.display];
    const xvfb = await Part.start({
      name: "xvfb",
      command: "Xvfb",
      // -noreset: else the server starts over when its last client leaves, and the keyboard layout is lost
      args: [
        ...[...where, "-displayfd", "1", "-screen", "0", `${width}x${height}x24`, "-dpi", "96"],
        ...["-noreset", "-nolisten", "tcp", "-auth", this.authority],
      ],
      env: basicEnv(),
      logs: this.#options.logs,
      keep: false,
      readyLine: (line) => {
        if (/^[0-9]+$/.test(line)) this.#number = line;
        return /^[0-9]+$/.test(line);
      },
    });
    this.#parts = [xvfb];
    void xvfb.ended().then(() => this.#onScreenGone(xvfb));
    await this.query("setxkbmap", "-model", "jp106", "-layout", "jp");
  }

  async #openSession(): Promise<void> {
    // The address may not be longer than a socket's path, and a state folder's may: so it is in /tmp.
    const bus = await this.#keep(
      "dbus-daemon",
      "--session",
      "--nofork",
      "--address=unix:tmpdir=/tmp",
      "--print-address=1",
    );
    this.#busAddress = bus.address;
    await this.#keep("fcitx5", "--disable=wayland,waylandim,notifications,clipboard");
    await this.#keep("openbox");
    if (this.#options.taskbar ?? true) await this.#keep("tint2");
    await this.query(...BACKGROUND);
  }

  async #openPrograms(): Promise<void> {
    const welcome = ["mousepad", join(this.home, WELCOME_FILE)] as const;
    const terminal = ["xterm", "-geometry", "88x26+1090+440"] as const;
    for (const [command, ...args] of this.#options.programs ?? [terminal, welcome]) await this.run(command, ...args);
  }

  /** A program that belongs to the session and comes back when it crashed. The session bus is ready when it has said its address. */
  async #keep(command: string, ...args: readonly string[]): Promise<{ address: string }> {
    const said = { address: "" };
    const isBus = command === "dbus-daemon";
    const readyLine = (line: string) => {
      if (line.startsWith("unix:")) said.address = line;
      return line.startsWith("unix:");
    };
    // A new bus has a new address that no running program knows: its crash is not repaired by starting it again.
    this.#parts.push(await Part.start(this.#program(command, args, { keep: !isBus, ...(isBus ? { readyLine } : {}) })));
    return said;
  }

  #program(command: string, args: readonly string[], rest: Pick<Program, "keep" | "readyLine">): Program {
    const env = this.#env();
    const time = this.#time;
    // When the screen dies, all its clients do, and theirs may be noticed first. That is one crash, and the screen tells it.
    const onEvent = (event: PartEvent) =>
      setTimeout(() => {
        if (this.#time === time) this.#options.onEvent?.(event);
      }, SCREEN_NOTICED_MS);
    const where = { cwd: this.home, logs: this.#options.logs, user: this.#user };
    return { name: `office-${command}`, command, args, env, onEvent, ...where, ...rest };
  }

  async #onScreenGone(xvfb: Part): Promise<void> {
    if (this.#closing || this.#parts[0] !== xvfb) return;
    const { onEvent } = this.#options;
    onEvent?.({ kind: "crashed", name: "xvfb", why: "the screen has gone", lastLines: "" });
    await this.restart().then(
      () => onEvent?.({ kind: "back", name: "xvfb" }),
      (error) => onEvent?.({ kind: "crashed", name: "xvfb", why: String(error), lastLines: lastLinesOf(error) }),
    );
  }

  async #end(): Promise<void> {
    this.#time += 1;
    const parts = this.#parts;
    this.#parts = [];
    for (const part of parts.reverse()) await part.close();
    endAllMarked(this.#mark());
  }

  /** Stands in the environment of everything started here, so that what left its process group (Mozc's server) is found. */
  #mark(): string {
    return `ENGAWA_OFFICE=${this.home}`;
  }

  #env(): Record<string, string> {
    const [key = "", value = ""] = this.#mark().split("=");
    const user = this.#user ?? process.env["USER"] ?? "office";
    return {
      ...basicEnv(),
      [key]: value,
      HOME: this.home,
      USER: user,
      LOGNAME: user,
      SHELL: "/bin/bash",
      DISPLAY: this.display,
      XAUTHORITY: join(this.home, ".Xauthority"),
      XDG_RUNTIME_DIR: join(this.home, "run"),
      XDG_SESSION_TYPE: "x11",
      DBUS_SESSION_BUS_ADDRESS: this.#busAddress,
      GSETTINGS_BACKEND: "keyfile",
      GTK_IM_MODULE: "fcitx",
      QT_IM_MODULE: "fcitx",
      XMODIFIERS: "@im=fcitx",
      NO_AT_BRIDGE: "1", // no accessibility bus: nobody listens, and looking for it costs seconds
    };
  }
}

function basicEnv(): Record<string, string> {
  return { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C.UTF-8", LANGUAGE: "ja" };
}

function lastLinesOf(error: unknown): string {
  return error instanceof StartError ? error.lastLines : "";
}

/** Ends every process that has this line in its environment. */
function endAllMarked(line: string): void {
  for (const pid of readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(line)) process.kill(Number(pid), "SIGKILL");
    } catch {
      // gone meanwhile, or not ours to see
    }
  }
}
