/** A member of staff at home: a person, a browser, and what they do on the page. */
import type { Page } from "playwright-core";
import { openBrowser, type TestBrowser } from "./browser.ts";
import { type Picture, psnrY } from "./office.ts";
import { openProducts } from "./open-products.ts";
import type { TestPerson, TestProduct, TestScreen } from "./product.ts";
import { until } from "./until.ts";

export type PageState =
  | "signed-out"
  | "password"
  | "list"
  | "own"
  | "approvals"
  | "connecting"
  | "live"
  | "interrupted"
  | "ended";

export interface StaffOptions {
  /** One more browser of somebody who exists. */
  readonly person?: TestPerson;
  readonly url?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** The network namespace of the home. */
  readonly namespace?: string;
}

/** Of the DevTools protocol. Pages see them as event.shiftKey and so on. */
const MODIFIERS: Readonly<Record<string, number>> = { Alt: 1, Control: 2, Meta: 4, Shift: 8 };

/** Answers the first connection's question: the group of the code that the page leaves out, from the paper from IT. */
export async function typeMissingGroup(page: Page, paper: string): Promise<void> {
  const gap = Number(await page.getByTestId("pair-code").getAttribute("data-gap"));
  await page.getByTestId("pair-typed").fill(paper.split("-")[gap] ?? "");
  await page.getByTestId("pair-dialog-yes").click();
}

export class Staff {
  readonly product: TestProduct<TestScreen>;
  readonly person: TestPerson;
  readonly browser: TestBrowser;
  readonly page: Page;
  #code: string | undefined;

  static async arrive(product: TestProduct<TestScreen>, options: StaffOptions = {}): Promise<Staff> {
    const person = options.person ?? (await product.addPerson());
    const { viewport, namespace } = options;
    const browser = await openBrowser({
      caFile: product.pki.caFile,
      ...(viewport === undefined ? {} : { viewport }),
      ...(namespace === undefined ? {} : { namespace }),
    });
    const staff = new Staff(product, person, browser);
    await staff.page.goto(options.url ?? product.url);
    await staff.reach("signed-out");
    return staff;
  }

  constructor(product: TestProduct<TestScreen>, person: TestPerson, browser: TestBrowser) {
    this.product = product;
    this.person = person;
    this.browser = browser;
    this.page = browser.page;
    // leaving a live page asks first; a person who loads it anew says yes
    this.page.on("dialog", (dialog) => void dialog.accept());
  }

  close(): Promise<void> {
    return this.browser.close();
  }

  at(testId: string) {
    return this.page.getByTestId(testId);
  }

  state(): Promise<PageState> {
    return this.page.evaluate(() => document.documentElement.dataset["session"] as PageState);
  }

  async reach(...states: PageState[]): Promise<void> {
    try {
      await this.page.waitForFunction(
        (wanted) => wanted.includes(document.documentElement.dataset["session"] as PageState),
        states,
        { timeout: 60_000 },
      );
    } catch (error) {
      // a hook that fails is not asked for them (failure-logs.ts)
      for (const lastLines of openProducts) console.error(`the product's last lines:\n${lastLines()}`);
      const [state, words] = await Promise.all([this.state(), this.page.locator("body").innerText()]);
      throw new Error(`the page is "${state}", not ${states.join(" or ")}; it says: ${words}`, { cause: error });
    }
  }

  /** The code of this browser's key, as it would be read out. */
  async deviceCode(): Promise<string> {
    const groups = await this.at("device-code").innerText();
    return (groups.replace(/[^0-9A-Z]/g, "").match(/.{5}/g) ?? []).join("-");
  }

  /** Fills in the form and sends it. True when it let the person in. */
  async trySignIn(given: { password?: string; code?: string } = {}): Promise<boolean> {
    this.#code = given.code ?? (await this.person.code());
    await this.at("login").fill(this.person.login);
    await this.at("password").fill(given.password ?? this.person.password);
    await this.at("one-time-code").fill(this.#code);
    const answered = this.page.waitForResponse((response) => response.url().endsWith("/api/sign-in"));
    await this.at("sign-in").click();
    if ((await answered).ok()) {
      await this.reach("list", "password");
      return true;
    }
    await this.at("sign-in-problem").waitFor();
    return false;
  }

  /** Tries, is refused because nobody knows this browser, has it registered, and comes in. */
  async registerAndSignIn(): Promise<void> {
    if (await this.trySignIn()) throw new Error("an unregistered browser was let in");
    const waiting = await this.product.waitingDevice(this.person.login);
    await this.product.register({ code: waiting, login: this.person.login });
    // the code was not used up; but it may have run out meanwhile
    if (this.#code !== undefined && (await this.trySignIn({ code: this.#code }))) return;
    if (!(await this.trySignIn())) throw new Error("a registered browser was refused");
  }

  /** Clicks on the terminal and says yes to what is asked, the office PC's code at the first connection among it. */
  async ask(): Promise<void> {
    await this.at("connect").first().click();
    await this.#answerQuestions();
  }

  /** Asks, and waits for the picture. */
  async connect(): Promise<void> {
    await this.ask();
    await this.settle("live");
  }

  /** Types what is missing of the office PC's code, as it stands on the paper from IT. */
  async typeCode(paper: string = this.product.agent.code): Promise<void> {
    await typeMissingGroup(this.page, paper);
  }

  async #answerQuestions(): Promise<void> {
    const dialog = this.at("pair-dialog-yes").or(this.at("take-over-dialog-yes"));
    const decided = this.page.waitForFunction(() =>
      ["live", "ended"].includes(document.documentElement.dataset["session"] ?? ""),
    );
    for (;;) {
      const asked = await Promise.race([dialog.waitFor().then(() => true), decided.then(() => false)]);
      if (!asked) return;
      if (await this.at("pair-dialog").isVisible()) await this.typeCode();
      else await dialog.click();
    }
  }

  /** Live, and a picture has been decoded. */
  async settle(state: PageState): Promise<void> {
    await this.reach(state);
    await this.page.waitForFunction(() => {
      const video = document.querySelector<HTMLVideoElement>('[data-testid="screen-video"]');
      return video !== null && video.videoWidth > 0;
    });
  }

  /** The attempt whose picture is shown. */
  attempt(): Promise<number> {
    return this.at("screen-video").evaluate((video) => Number((video as HTMLElement).dataset["attempt"]));
  }

  /** What the page says it decodes; it reads its figures once a second. */
  async codec(): Promise<string> {
    const said = () => this.at("screen-video").getAttribute("data-codec");
    await until("the page names its codec", async () => (await said()) !== "");
    return (await said()) ?? "";
  }

  /** To be called before the page connects: afterwards its newest peer can be asked for `srtpCipher`. */
  async watchPeers(): Promise<void> {
    await this.page.evaluate(() => {
      const Original = window.RTCPeerConnection;
      window.RTCPeerConnection = class extends Original {
        constructor(configuration?: RTCConfiguration) {
          super(configuration);
          Object.assign(window, { engawaPeer: this });
        }
      };
    });
  }

  /** What the browser says its pictures are protected by. */
  srtpCipher(): Promise<string | undefined> {
    return this.page.evaluate(async () => {
      const { engawaPeer } = window as unknown as { engawaPeer: RTCPeerConnection };
      const stats = [...(await engawaPeer.getStats()).values()] as { type: string; srtpCipher?: string }[];
      return stats.find(({ type }) => type === "transport")?.srtpCipher;
    });
  }

  /** What the page shows of the office's screen, at the office's size. */
  async picture(): Promise<Picture> {
    const { width, height, base64 } = await this.at("screen-video").evaluate((element) => {
      const video = element as HTMLVideoElement;
      const [width, height] = [video.videoWidth, video.videoHeight];
      const context = new OffscreenCanvas(width, height).getContext("2d");
      if (!context) throw new Error("no canvas");
      context.drawImage(video, 0, 0);
      const { data } = context.getImageData(0, 0, width, height);
      let text = "";
      for (let i = 0; i < data.length; i += 0x8000) text += String.fromCharCode(...data.subarray(i, i + 0x8000));
      return { width, height, base64: btoa(text) };
    });
    return { width, height, data: new Uint8Array(Buffer.from(base64, "base64")) };
  }

  /** Waits until what is shown is what is on the office's screen, to this many dB of luma. Returns what was reached. */
  async sees(minimumDb: number): Promise<number> {
    let db = 0;
    await until(`the picture is within ${minimumDb} dB`, async () => {
      const [truth, shown] = [await this.product.screen.screenshot(), await this.picture()];
      db = truth.width === shown.width && truth.height === shown.height ? psnrY(truth, shown) : 0;
      return db >= minimumDb;
    });
    return db;
  }

  /** Gives the keyboard to the office. */
  async focus(): Promise<void> {
    await this.at("screen").focus();
  }

  /**
   * Presses physical keys one after another, by their W3C names. No wait between down and up: on a busy machine it would
   * hold the key for as long as it takes this process to come round again, and a key that is held repeats.
   */
  async press(...codes: readonly string[]): Promise<void> {
    this.#devtools ??= await this.browser.context.newCDPSession(this.page);
    for (const code of codes) await Promise.all([this.key("keyDown", code), this.key("keyUp", code)]);
  }

  /** By the browser's own input path: the keys of a JIS keyboard have no names in the driver's layout. */
  async key(type: "keyDown" | "keyUp", code: string): Promise<void> {
    const bit = MODIFIERS[code.replace(/(Left|Right)$/, "")] ?? 0;
    this.#modifiers = type === "keyDown" ? this.#modifiers | bit : this.#modifiers & ~bit;
    this.#devtools ??= await this.browser.context.newCDPSession(this.page);
    const event = { type: type === "keyDown" ? ("rawKeyDown" as const) : type, code, modifiers: this.#modifiers };
    await this.#devtools.send("Input.dispatchKeyEvent", event);
  }
  /** What is held comes up where the browser does not hear it. */
  forgetKeys(): void {
    this.#modifiers = 0;
  }
  #modifiers = 0;
  #devtools: Awaited<ReturnType<TestBrowser["context"]["newCDPSession"]>> | undefined;

  /** Types Latin letters and digits by their keys. */
  async type(text: string): Promise<void> {
    for (const letter of text) {
      const code = /[a-z]/.test(letter)
        ? `Key${letter.toUpperCase()}`
        : /[0-9]/.test(letter)
          ? `Digit${letter}`
          : "Space";
      await this.press(code);
    }
  }

  async chord(modifier: string, code: string): Promise<void> {
    await this.key("keyDown", modifier);
    await this.press(code);
    await this.key("keyUp", modifier);
  }

  /** The picture is the office's again, and keys arrive there; typed as often as it takes. */
  async works(word: string): Promise<void> {
    await this.settle("live");
    await this.sees(40);
    await this.focus();
    await until(`"${word}" is typed`, async () => {
      await this.type(word);
      await this.chord("ControlLeft", "KeyS");
      return this.product.screen.readFile().includes(word);
    });
  }

  /** Saves in the office's editor and waits until the file says this. */
  async saves(expected: (text: string) => boolean, what: string): Promise<void> {
    await this.chord("ControlLeft", "KeyS");
    await until(
      () => `the office's file has ${what}; it has ${JSON.stringify(this.product.screen.readFile())}`,
      () => expected(this.product.screen.readFile()),
    );
  }
}
