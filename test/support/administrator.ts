/** An administrator at the console: a person with a duty, a browser, and what they do on its page. */
import type { Page } from "playwright-core";
import { type Looks, lookAt } from "./axe.ts";
import { openBrowser, type TestBrowser } from "./browser.ts";
import type { TestPerson, TestProduct, TestScreen } from "./product.ts";

/** Colours do not depend on the width, nor the layout on them. */
const CONSOLE: Looks = {
  height: 1080,
  isWhole: false,
  looks: [
    [1920, "light"],
    [900, "dark"],
  ],
};

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
    this.findings.push(...(await lookAt(this.page, `console-${name}`, CONSOLE)));
  }
}
