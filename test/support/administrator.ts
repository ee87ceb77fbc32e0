/** An administrator at the console: a person with a duty, a browser, and what they do on its page. */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { openBrowser, type TestBrowser } from "./browser.ts";
import type { TestPerson, TestProduct, TestScreen } from "./product.ts";

const PICTURES = "test-results";
/** Colours do not depend on the width, nor the layout on them. */
const LOOKS = [
  [1920, "light"],
  [900, "dark"],
] as const;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export class Administrator {
  readonly product: TestProduct<TestScreen>;
  readonly person: TestPerson;
  readonly browser: TestBrowser;
  readonly page: Page;
  /** Accessibility: what axe finds on each page and state that was looked at. */
  readonly findings: string[] = [];

  static async arrive(product: TestProduct<TestScreen>, person: TestPerson, url: string): Promise<Administrator> {
    const browser = await openBrowser({ caFile: product.pki.caFile });
    const administrator = new Administrator(product, person, browser);
    await browser.context.addInitScript(AXE);
    await administrator.page.goto(url);
    await administrator.reach("signed-out");
    return administrator;
  }

  constructor(product: TestProduct<TestScreen>, person: TestPerson, browser: TestBrowser) {
    this.product = product;
    this.person = person;
    this.browser = browser;
    this.page = browser.page;
  }

  close(): Promise<void> {
    return this.browser.close();
  }

  at(testId: string) {
    return this.page.getByTestId(testId);
  }

  /** Today, a list's name, or signed-out. */
  async reach(place: string): Promise<void> {
    await this.page.waitForFunction((wanted) => document.documentElement.dataset["place"] === wanted, place);
  }

  async trySignIn(code: string): Promise<boolean> {
    await this.at("login").fill(this.person.login);
    await this.at("password").fill(this.person.password);
    await this.at("one-time-code").fill(code);
    const answered = this.page.waitForResponse((response) => response.url().endsWith("/api/sign-in"));
    await this.at("sign-in").click();
    if ((await answered).ok()) return true;
    // a refused code is taken away; what is typed before that would go with it
    await this.page.waitForFunction(() => document.querySelector<HTMLInputElement>("#one-time-code")?.value === "");
    return false;
  }

  /** Is refused because nobody knows this browser, has it approved at the command line, and comes in. */
  async registerAndSignIn(): Promise<void> {
    const code = await this.person.code();
    if (await this.trySignIn(code)) throw new Error("an unregistered browser was let in");
    const waiting = await this.product.waitingDevice(this.person.login);
    await this.product.signaling.admin("device", "approve", waiting, "--login", this.person.login);
    // the code was not used up; but it may have run out meanwhile
    if (!(await this.trySignIn(code)) && !(await this.trySignIn(await this.person.code()))) {
      throw new Error("a registered browser was refused");
    }
  }

  async open(list: string): Promise<void> {
    await this.at(`menu-${list}`).click();
    await this.reach(list);
    await this.at("shown").filter({ hasText: /\d/ }).waitFor();
  }

  /** The row with this text. */
  row(text: string) {
    return this.at("row").filter({ hasText: text });
  }

  /** Fills in what an act asks for, and does it. */
  async give(reason: string, code?: string): Promise<void> {
    await this.page.locator("#reason").fill(reason);
    if (code !== undefined) await this.page.locator("#fresh-code").fill(code);
    await this.at("act-yes").click();
  }

  /** Looks at it as it is now: wide in light colours and narrow in dark ones, each with a picture to be looked at by a person, and by axe. */
  async look(name: string): Promise<void> {
    mkdirSync(PICTURES, { recursive: true });
    for (const [width, colorScheme] of LOOKS) {
      await this.page.setViewportSize({ width, height: 1080 });
      await this.page.emulateMedia({ colorScheme });
      await this.page.screenshot({ path: `${PICTURES}/console-${name}-${width}-${colorScheme}.png` });
      const { violations, passes } = await this.page.evaluate(() =>
        (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
      );
      if (passes.length === 0) throw new Error("axe has looked at nothing");
      for (const { id, nodes } of violations) {
        this.findings.push(`${name} ${width} ${colorScheme}: ${id} ${nodes.map(({ target }) => target).join(" ")}`);
      }
    }
    await this.page.setViewportSize({ width: 1920, height: 1080 });
    await this.page.emulateMedia({ colorScheme: "light" });
  }
}
