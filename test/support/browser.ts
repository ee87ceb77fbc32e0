/** Debian's Chromium as a member of staff has it: a fresh profile, the CA trusted properly (in its NSS database), nothing ignored. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import WebSocket from "ws";
import { until } from "./until.ts";

export interface BrowserOptions {
  /** PEM file of a CA to trust; none for the plain listener on localhost. */
  readonly caFile?: string;
  /** Default 1920 × 1080. */
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly deviceScaleFactor?: number;
  readonly locale?: string;
  /** More switches, for a test that needs them. */
  readonly args?: readonly string[];
  /** The home folder of an earlier browser that was closed with `keep`: the same device again. */
  readonly home?: string;
  /** A network namespace to stand in. */
  readonly namespace?: string;
  /** With a window on this X screen; without, it has none. */
  readonly screen?: { readonly display: string; readonly authority: string };
}

export interface TestBrowser {
  readonly context: BrowserContext;
  /** The first tab. */
  readonly page: Page;
  /** What the page wrote to the console, and uncaught errors. */
  readonly console: readonly string[];
  readonly home: string;
  close(options?: { readonly keep?: boolean }): Promise<void>;
}

const CHROMIUM = "/usr/bin/chromium";
/** The limit only ends a hopeless wait: several browsers share two cores. */
const LONGEST_WAIT_MS = 60_000;
const SWITCHES = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * A browser that is not driven while it is looked away from: a driver keeps its pages visible, and its timers unslowed.
 * `drive` attaches one for as long as the work takes; between, only the tab that was made last is seen.
 */
export interface PlainBrowser {
  drive<T>(work: (browser: TestBrowser) => Promise<T>): Promise<T>;
  /** Opens an empty tab in front of all others. */
  cover(): Promise<void>;
  /** Brings the tab with this address back to the front. */
  uncover(url: string): Promise<void>;
  /** Evaluates an expression in the tab with this address, without attaching a driver. */
  evaluate(url: string, expression: string): Promise<unknown>;
  close(): Promise<void>;
}

export async function openPlainBrowser(options: { caFile: string; args?: readonly string[] }): Promise<PlainBrowser> {
  const home = mkdtempSync(join(tmpdir(), "engawa-browser-"));
  await trust(home, options.caFile);
  const profile = join(home, "profile");
  const root = process.getuid?.() === 0 ? ["--no-sandbox"] : []; // as above
  const own = ["--headless=new", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "--lang=ja"];
  const child = spawn(CHROMIUM, [...SWITCHES, ...root, ...own, ...(options.args ?? []), "about:blank"], {
    env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", HOME: home, LANG: "C.UTF-8" },
    stdio: "ignore",
  });
  const gone = once(child, "exit");
  const portFile = join(profile, "DevToolsActivePort");
  await until("the browser listens", () => existsSync(portFile) && readFileSync(portFile, "utf8").includes("\n"));
  const origin = `http://127.0.0.1:${readFileSync(portFile, "utf8").split("\n")[0]}`;
  const target = async (url: string) => {
    const all = (await (await fetch(`${origin}/json/list`)).json()) as {
      id: string;
      url: string;
      webSocketDebuggerUrl: string;
    }[];
    const found = all.find((one) => one.url.startsWith(url));
    if (!found) throw new Error(`no tab with ${url}`);
    return found;
  };
  return {
    drive: async (work) => {
      const browser = await chromium.connectOverCDP(origin);
      const context = browser.contexts()[0];
      if (!context) throw new Error("no context");
      const page = context.pages()[0] ?? (await context.newPage());
      try {
        return await work({ context, page, console: [], home, close: () => browser.close() });
      } finally {
        await browser.close(); // detaches
      }
    },
    cover: async () => void (await fetch(`${origin}/json/new?about:blank`, { method: "PUT" })),
    uncover: async (url) => void (await fetch(`${origin}/json/activate/${(await target(url)).id}`)),
    evaluate: async (url, expression) => {
      const socket = new WebSocket((await target(url)).webSocketDebuggerUrl);
      try {
        await once(socket, "open");
        const answer = once(socket, "message");
        const params = { expression, returnByValue: true, awaitPromise: true };
        socket.send(JSON.stringify({ id: 1, method: "Runtime.evaluate", params }));
        return JSON.parse(`${(await answer)[0]}`).result?.result?.value;
      } finally {
        socket.close();
      }
    },
    close: async () => {
      child.kill();
      await gone;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export async function openBrowser(options: BrowserOptions = {}): Promise<TestBrowser> {
  if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing: npm test installs it`);
  const home = options.home ?? mkdtempSync(join(tmpdir(), "engawa-browser-"));
  if (options.caFile !== undefined) await trust(home, options.caFile);
  const { screen } = options;
  const onScreen = screen && { DISPLAY: screen.display, XAUTHORITY: screen.authority };
  const context = await chromium.launchPersistentContext(join(home, "profile"), {
    executablePath: options.namespace === undefined ? CHROMIUM : programIn(options.namespace, home),
    headless: screen === undefined,
    // Who opened it closes it, in order; Playwright's own handlers would end the process before that.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    chromiumSandbox: process.getuid?.() !== 0, // Chromium refuses to sandbox root
    args: [...SWITCHES, ...(options.args ?? [])],
    env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", HOME: home, LANG: "C.UTF-8", ...onScreen },
    viewport: options.viewport ?? { width: 1920, height: 1080 },
    locale: options.locale ?? "ja-JP",
    timezoneId: "Asia/Tokyo",
    ...(options.deviceScaleFactor === undefined ? {} : { deviceScaleFactor: options.deviceScaleFactor }),
  });
  context.setDefaultTimeout(LONGEST_WAIT_MS);
  const console: string[] = [];
  const listen = (page: Page) => {
    page.on("console", (message) => console.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => console.push(`uncaught: ${error.stack ?? error.message}`));
  };
  context.on("page", listen);
  const page = context.pages()[0] ?? (await context.newPage());
  listen(page);
  return {
    context,
    page,
    console,
    home,
    close: async ({ keep = false } = {}) => {
      await context.close();
      if (!keep) rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The driver takes one program without arguments. */
function programIn(namespace: string, home: string): string {
  const file = join(home, "chromium");
  writeFileSync(file, `#!/bin/sh\nexec ip netns exec ${namespace} ${CHROMIUM} "$@"\n`, { mode: 0o700 });
  return file;
}

/** Chromium on Linux trusts what NSS trusts; which of the two places it reads depends on its version. */
async function trust(home: string, caFile: string): Promise<void> {
  const empty = join(home, "empty");
  writeFileSync(empty, "");
  for (const folder of [".pki/nssdb", ".local/share/pki/nssdb"].map((path) => join(home, path))) {
    if (existsSync(join(folder, "cert9.db"))) continue;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await certutil("-d", `sql:${folder}`, "-N", "-f", empty);
    await certutil("-d", `sql:${folder}`, "-A", "-t", "C,,", "-n", "engawa", "-i", caFile, "-f", empty);
  }
}

/** Without -f and an end of input it asks for a password in an endless loop. */
function certutil(...args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile("certutil", args, { timeout: 20_000 }, (error) => (error ? reject(error) : resolve()));
    child.stdin?.end();
  });
}
