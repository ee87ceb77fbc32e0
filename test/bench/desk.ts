/**
 * The office's screen for measuring: a bare Xvfb with a window manager and a plain background, nothing that moves by itself.
 * (The demo's desktop has a clock and an input method; the peers were measured without.)
 */

import { execFile } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Part, type Program } from "../../signaling/quickstart/part.ts";
import { giveUp } from "../support/clean-up.ts";
import type { Network } from "./network.ts";
import { openScreen, type Screen } from "./screen.ts";

export interface Desk {
  readonly display: string;
  readonly authority: string;
  readonly screen: Screen;
  /** Starts a program on the screen. */
  start(name: string, command: string, args: readonly string[], more?: Partial<Program>): Promise<Part>;
  /** Runs a program on the screen to its end, which must be a good one; gives what it printed. */
  run(command: string, args: readonly string[], timeoutMs?: number): Promise<string>;
  close(): Promise<void>;
}

export const SCREEN = { width: 1920, height: 1080 } as const;
const execute = promisify(execFile);
/** Families of an X authority entry (Xau): any display at all, and one of this machine. */
const WILD = 0xffff;
const LOCAL = 256;
const BACKGROUND = "#3a6ea5";

export async function openDesk(network: Pick<Network, "at">, folder: string): Promise<Desk> {
  const desk = new BareDesk(network, folder);
  try {
    await desk.open();
  } catch (error) {
    return giveUp(error, () => desk.close());
  }
  return desk;
}

class BareDesk implements Desk {
  readonly authority: string;
  readonly #network: Pick<Network, "at">;
  readonly #folder: string;
  readonly #parts: Part[] = [];
  #display = "";
  #screen: Screen | undefined;

  constructor(network: Pick<Network, "at">, folder: string) {
    this.#network = network;
    this.#folder = folder;
    this.authority = join(folder, "office.xauth");
  }

  get display(): string {
    return this.#display;
  }

  get screen(): Screen {
    if (!this.#screen) throw new Error("the screen is not open");
    return this.#screen;
  }

  async open(): Promise<void> {
    const cookie = randomBytes(16);
    writeFileSync(this.authority, authorityEntry(WILD, "", "", cookie), { mode: 0o600 });
    this.#display = `:${freeDisplay()}`;
    const geometry = `${SCREEN.width}x${SCREEN.height}x24`;
    const args = [this.#display, "-screen", "0", geometry, "-noreset", "-nolisten", "tcp", "-auth", this.authority];
    const readyLine = (line: string) => /^[0-9]+$/.test(line);
    await this.start("xvfb", "Xvfb", [...args, "-displayfd", "1"], { readyLine });
    // python-xlib, which plays the trace, looks for an entry that names this very display.
    appendFileSync(this.authority, authorityEntry(LOCAL, hostname(), this.display.slice(1), cookie));
    this.#screen = await openScreen(this);
    await this.start("openbox", "openbox", []);
    await this.run("hsetroot", ["-solid", BACKGROUND]);
  }

  async start(name: string, command: string, args: readonly string[], more: Partial<Program> = {}): Promise<Part> {
    const part = await Part.start(this.#program(name, command, args, more));
    this.#parts.push(part);
    return part;
  }

  async run(command: string, args: readonly string[], timeoutMs = 20_000): Promise<string> {
    const program = this.#program(command, command, args);
    const { stdout } = await execute(program.command, program.args, { env: program.env, timeout: timeoutMs });
    return stdout;
  }

  #program(name: string, command: string, args: readonly string[], more: Partial<Program> = {}): Program {
    const env = {
      PATH: "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin",
      LANG: "C.UTF-8",
      HOME: this.#folder,
      DISPLAY: this.display,
      XAUTHORITY: this.authority,
    };
    return this.#network.at("office", { name, command, args, env, logs: this.#folder, keep: false, ...more });
  }

  async close(): Promise<void> {
    for (const part of this.#parts.splice(0).reverse()) await part.close();
    await this.#screen?.close();
  }
}

/**
 * A number of our own choice, far from those that others take from 0 on. Left to find one itself (-displayfd alone), a server takes no
 * lock and asks for abstract sockets only; those end at a network namespace, so two servers would share one path in /tmp.
 */
function freeDisplay(): number {
  const taken = (n: number) => existsSync(`/tmp/.X${n}-lock`) || existsSync(`/tmp/.X11-unix/X${n}`);
  let number = randomInt(1_000, 10_000);
  while (taken(number)) number++;
  return number;
}

/** As libXau reads it: the family, then four fields, each with its length before it. */
function authorityEntry(family: number, address: string, display: string, cookie: Uint8Array): Buffer {
  const number = (value: number) => Buffer.from([value >> 8, value & 0xff]);
  const fields = [address, display, "MIT-MAGIC-COOKIE-1", cookie].map((field) => Buffer.from(field));
  return Buffer.concat([number(family), ...fields.flatMap((field) => [number(field.length), field])]);
}
