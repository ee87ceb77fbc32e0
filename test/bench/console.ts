/**
 * The administrators' console of a large server: what issue and documents ask of it, each figure by a function of its own.
 *
 *   firstViewMs   from a signed-in administrator's navigation until the rows of the office PCs are on the screen, nothing cached, p50
 *   filterP95Ms   one page of a list, as lists are searched, filtered, sorted and gone through, on the server (console-filters.ts)
 *   scriptKBgz    scripts that the first view loads, gzip, kB (1000 bytes)
 *   importSeconds 5,000 people from a file into a store with as many as there are PCs: looked at and applied (import.ts)
 *   lockSeconds   from a lock on a town until the last of its sessions has ended at both ends (lock.ts); null: not in time
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Page, Response } from "playwright-core";
import { codeAt } from "../../signaling/auth/totp.ts";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { giveUp } from "../support/clean-up.ts";
import { type FilterTimes, measureFilters } from "./console-filters.ts";
import { type Country, fillCountry, ORGANISATIONS, ROOT_CODE } from "./crowd/country.ts";
import { PASSWORD, type Person } from "./crowd/rows.ts";
import { type Crowd, openServer, type Server } from "./crowd/server.ts";
import { type ImportResult, measureImport } from "./import.ts";
import { type LockResult, lockOn2000Sessions } from "./lock.ts";
import { type Durations, durations, round } from "./stats.ts";

export type ConsoleResult = Readonly<Record<AtPage | "importSeconds", number>> & {
  readonly lockSeconds: number | null;
  readonly agents: number;
  readonly organisations: number;
  readonly views: Views;
  readonly filters: FilterTimes;
  readonly imported: ImportResult;
  readonly locked: LockResult;
};

interface Stage {
  readonly server: Server;
  readonly country: Country;
  readonly page: Page;
  /** What stands behind the figures. */
  readonly behind: { views?: Views; filters?: FilterTimes };
}

type AtPage = "firstViewMs" | "filterP95Ms" | "scriptKBgz";

const MEASURES: Readonly<Record<AtPage, (stage: Stage) => Promise<number>>> = {
  firstViewMs: async ({ server, page, behind }) => {
    behind.views = await firstViews(page, server.consoleUrl);
    return behind.views.terminals.p50Ms;
  },
  filterP95Ms: async ({ server, country, behind }) => {
    behind.filters = await measureFilters(server.stateDir, country);
    return behind.filters.operator.p95Ms;
  },
  scriptKBgz: ({ server, page }) => scriptKilobytes(page, server.consoleUrl),
};

export async function measureConsole(
  folder: string,
  { agents, people }: Crowd,
  say: (what: string) => void,
): Promise<ConsoleResult> {
  const place = (name: string): string => {
    mkdirSync(join(folder, name));
    return join(folder, name);
  };
  const { figures, behind } = await measurePage(place("page"), agents, say);
  say("importSeconds");
  const imported = await measureImport(place("import"), { agents, people: 0 }, say, "people");
  say("lockSeconds");
  const locked = await lockOn2000Sessions(place("lock"), { agents: people, people }, say);
  const { lastPageSeconds, lastOfficeSeconds } = locked;
  const isOver = lastPageSeconds !== null && lastOfficeSeconds !== null;
  return {
    ...figures,
    importSeconds: round(imported.look.seconds + imported.apply.seconds),
    lockSeconds: isOver ? Math.max(lastPageSeconds, lastOfficeSeconds) : null,
    ...{ agents, organisations: ORGANISATIONS, ...behind, imported, locked },
  };
}

/** What the page and its lists take, at a server that has nothing else to do. */
async function measurePage(folder: string, agents: number, say: (what: string) => void) {
  const server = await openServer(folder, { agents: 1, people: 1 });
  let browser: TestBrowser | undefined;
  try {
    say(`${agents} office PCs and as many people in ${ORGANISATIONS} organisations`);
    const country = await fillCountry(server, { agents });
    await server.start();
    say("browser, sign-in");
    browser = await enter(server, country.operator);
    const behind: Stage["behind"] = {};
    const stage = { server, country, page: browser.page, behind };
    const measure = async (figure: AtPage): Promise<number> => {
      say(figure);
      return round(await MEASURES[figure](stage));
    };
    const figures = {
      firstViewMs: await measure("firstViewMs"),
      filterP95Ms: await measure("filterP95Ms"),
      scriptKBgz: await measure("scriptKBgz"),
    };
    return { figures, behind: behind as Required<Stage["behind"]> };
  } finally {
    await browser?.close();
    await server.close();
  }
}

const CODE_MS = 30_000;

/** By the page, in a new browser: refused, approved by IT, let in with a later code. */
async function enter(server: Server, person: Person): Promise<TestBrowser> {
  const browser = await openBrowser({ caFile: server.caFile });
  try {
    const { page } = browser;
    await page.goto(server.consoleUrl);
    if (await trySignIn(page, person)) throw new Error("an unregistered browser was let in");
    const code = (await page.getByTestId("device-code").innerText()).replace(/[^0-9A-Z-]/g, "");
    await server.admin("device", "approve", code, "--login", `${ROOT_CODE}/${person.login}`);
    await pause(CODE_MS - (Date.now() % CODE_MS)); // the clock itself is the event
    if (!(await trySignIn(page, person))) throw new Error("a registered browser was refused");
    return browser;
  } catch (error) {
    return giveUp(error, () => browser.close());
  }
}

async function trySignIn(page: Page, { login, seed }: Person): Promise<boolean> {
  await page.getByTestId("organisation").fill(ROOT_CODE);
  await page.getByTestId("login").fill(login);
  await page.getByTestId("password").fill(PASSWORD);
  await page.getByTestId("one-time-code").fill(codeAt(seed, Date.now()));
  const answered = page.waitForResponse((response) => response.url().endsWith("/api/sign-in"));
  await page.getByTestId("sign-in").click();
  if ((await answered).ok()) return true;
  // what is typed before the refused code is taken away would go with it
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>("#one-time-code")?.value === "");
  return false;
}

const SAMPLES = 20;
const BETWEEN_MS = 500;
const VIEWS = {
  terminals: { address: "/#/terminals", shown: "[data-testid=row]", isCached: false },
  terminalsCached: { address: "/#/terminals", shown: "[data-testid=row]", isCached: true },
  today: { address: "/#/today", shown: "[data-testid=figure-terminals-off]", isCached: false },
} as const;
type Views = Readonly<Record<keyof typeof VIEWS, Durations>>;

declare global {
  interface Window {
    /** When what is waited for was on the screen, ms since the navigation began. */
    engawaShown?: (selector: string) => Promise<number>;
  }
}

/** Each from an empty page, by the connection that is there. The first one of each, with a program that is cold, does not count. */
async function firstViews(page: Page, url: string): Promise<Views> {
  const devTools = await page.context().newCDPSession(page);
  await page.addInitScript(() => {
    window.engawaShown = (selector) =>
      new Promise((resolve) => {
        const observer = new MutationObserver(() => look());
        const look = (): void => {
          if (!document.querySelector(selector)) return;
          observer.disconnect();
          // the next picture has it, and this runs behind that picture
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now()), 0));
        };
        observer.observe(document, { childList: true, subtree: true });
        look();
      });
  });
  const found: [string, Durations][] = [];
  for (const [name, { address, shown, isCached }] of Object.entries(VIEWS)) {
    const samples: number[] = [];
    for (let i = 0; i <= SAMPLES; i += 1) {
      await page.goto("about:blank");
      if (!isCached) await devTools.send("Network.clearBrowserCache");
      await pause(BETWEEN_MS);
      await page.goto(`${url}${address}`, { waitUntil: "commit" });
      samples.push(await page.evaluate((selector) => window.engawaShown?.(selector) ?? Number.NaN, shown));
    }
    found.push([name, durations(samples.slice(1))]);
  }
  return Object.fromEntries(found) as Views;
}

async function scriptKilobytes(page: Page, url: string): Promise<number> {
  const scripts: Response[] = [];
  const keep = (response: Response) => {
    if (response.request().resourceType() === "script") scripts.push(response);
  };
  await page.goto("about:blank");
  page.on("response", keep);
  await page.goto(`${url}${VIEWS.terminals.address}`);
  await page.locator(VIEWS.terminals.shown).first().waitFor();
  page.off("response", keep);
  const bodies = await Promise.all(scripts.map((script) => script.body()));
  return bodies.reduce((sum, body) => sum + gzipSync(body).length, 0) / 1000;
}
