/** The viewer as a person at home uses it: the real page in Debian's Chromium, in the home's network, keys and clicks by its own input. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { giveUp } from "../support/clean-up.ts";
import { typeMissingGroup } from "../support/staff.ts";
import type { Network } from "./network.ts";
import { installProbe, OWN_PICTURE, type Timing } from "./probe.ts";
import { ORIGIN, type Product } from "./product.ts";
import { BARCODE, installWatcher, ROWS } from "./watcher.ts";

export interface Viewer {
  readonly browser: TestBrowser;
  /** Signed in, with this browser registered; at the list of terminals, or in a session. */
  readonly page: Page;
  /** Opens a session and waits for its picture. */
  connect(): Promise<void>;
  /** The same, timed from the click; nothing when no picture came in time. */
  join(): Promise<Timing | null>;
  /** Of the picture on view. */
  codec(): Promise<string>;
  /** Ends it, unless it has ended by itself, and waits until the terminal can be had again. */
  end(): Promise<void>;
  close(): Promise<void>;
}

/** A picture that does not come in this time never will. */
export const PICTURE_TIMEOUT_MS = 30_000;

/** Each with a code of its own: fewer than make the server ask for a pause (auth/throttle.ts). */
const SIGN_IN_ATTEMPTS = 3;

const byTestId = (page: Page, id: string) => page.locator(`[data-testid="${id}"]`);
export const connectButton = (page: Page) => page.locator('[data-testid="connect"]:enabled');

/** A window in the background draws as one in front does: there is nobody to click on it. */
export const IN_FRONT = [
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

/** Chromium in the home's network. */
export async function openHomeBrowser(
  network: Network,
  folder: string,
  caFile?: string,
  picture = OWN_PICTURE,
): Promise<TestBrowser> {
  const home = join(folder, "home");
  mkdirSync(home);
  const browser = await openBrowser({
    namespace: network.namespace("home"),
    args: IN_FRONT,
    home,
    ...(caFile === undefined ? {} : { caFile }),
  });
  await browser.context.addInitScript(installProbe, picture);
  await browser.context.addInitScript(installWatcher, { rows: ROWS, barcode: BARCODE });
  return browser;
}

export async function openViewer(network: Network, product: Product, folder: string): Promise<Viewer> {
  const browser = await openHomeBrowser(network, folder, product.caFile);
  try {
    await signIn(browser.page, product);
  } catch (error) {
    const said = browser.console.slice(-10).join("\n");
    return giveUp(new Error(`signing in failed; the page said:\n${said}`, { cause: error }), () => browser.close());
  }
  return new SignedIn(browser, product.agentCode);
}

/** Twice: the first time this browser is not known yet, and waits to be registered. */
async function signIn(page: Page, product: Product): Promise<void> {
  await page.goto(`${ORIGIN}/`);
  // Shown in groups; read aloud letter by letter.
  const deviceCode = (await byTestId(page, "device-code").getAttribute("aria-label"))?.replaceAll(" ", "") ?? "";
  await becomeKnown(page, product, deviceCode);
  await product.register(deviceCode);
  await give(page, product);
  await connectButton(page).waitFor();
}

/** What the page says first need not be the server's answer about this browser: on a slow line a request may fail, or a code run out. */
async function becomeKnown(page: Page, product: Product, deviceCode: string): Promise<void> {
  const answered = page.locator('[data-testid="sign-in"]:enabled');
  for (let attempt = 0; attempt < SIGN_IN_ATTEMPTS; attempt++) {
    await give(page, product);
    await answered.waitFor();
    if (await product.isWaiting(deviceCode)) return;
  }
  throw new Error(`this browser does not come to wait: ${await byTestId(page, "sign-in-message").innerText()}`);
}

async function give(page: Page, product: Product): Promise<void> {
  const { login, password } = product.person;
  await byTestId(page, "login").fill(login);
  await byTestId(page, "password").fill(password);
  await byTestId(page, "one-time-code").fill(await product.code());
  await byTestId(page, "sign-in").click();
}

class SignedIn implements Viewer {
  readonly browser: TestBrowser;
  readonly #agentCode: string;

  constructor(browser: TestBrowser, agentCode: string) {
    this.browser = browser;
    this.#agentCode = agentCode;
  }

  get page(): Page {
    return this.browser.page;
  }

  async connect(): Promise<void> {
    await connectButton(this.page).click();
    const pair = byTestId(this.page, "pair-dialog-yes");
    const settled = this.page.locator('html:is([data-session="live"], [data-session="ended"])');
    await pair.or(settled).first().waitFor({ timeout: PICTURE_TIMEOUT_MS });
    if (await pair.isVisible()) await typeMissingGroup(this.page, this.#agentCode); // the first time only
    await settled.waitFor({ timeout: PICTURE_TIMEOUT_MS });
    if ((await this.page.locator("html").getAttribute("data-session")) === "live") return;
    throw new Error(`the session ended before it had a picture: ${await byTestId(this.page, "curtain").innerText()}`);
  }

  async join(): Promise<Timing | null> {
    await this.page.evaluate((timeout) => window.engawaProbe.armJoin(timeout, "click"), PICTURE_TIMEOUT_MS);
    await connectButton(this.page).click();
    const timing = await this.page.evaluate(() => window.engawaProbe.result());
    if (timing) await this.page.locator('html[data-session="live"]').waitFor();
    return timing;
  }

  async codec(): Promise<string> {
    return (await this.page.locator("video").first().getAttribute("data-codec")) ?? "";
  }

  async end(): Promise<void> {
    await byTestId(this.page, "end").click();
    await byTestId(this.page, "back-to-list").click();
    await connectButton(this.page).waitFor();
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}
