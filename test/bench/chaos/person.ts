/**
 * A person with their browser: signs in with a code of their phone, works at an office PC for a while, ends it, signs out, and comes
 * again. What happens to them meanwhile (revoked, locked, the server away) they take as it comes, and try again.
 */
import { setTimeout as pause } from "node:timers/promises";
import { codeAt, STEP_MS } from "../../../signaling/auth/totp.ts";
import { Me } from "../../../signaling/protocol/api.ts";
import type { KeyCode, Signature, TerminalId } from "../../../signaling/protocol/ids.ts";
import { sign, signInText } from "../../../signaling/protocol/signed.ts";
import { PASSWORD, type Person as PersonRow, TOWN_CODE } from "../crowd/rows.ts";
import type { History, Phase } from "./history.ts";
import { Page } from "./page.ts";
import type { Pictures } from "./pictures.ts";
import { Browser, codeOf } from "./web.ts";

export interface PersonOptions {
  readonly row: Pick<PersonRow, "login" | "seed" | "publicKey"> & { readonly privateKey: CryptoKey };
  /** Theirs, and one that they share. */
  readonly terminals: readonly TerminalId[];
  readonly origin: string;
  readonly ca: string;
  readonly address: string | undefined;
  readonly history: History;
  readonly pictures: Pictures;
  readonly below: (limit: number) => number;
  readonly nextOp: () => number;
  /** How long they work at a time, ms. */
  readonly work: { readonly least: number; readonly most: number };
  /** Ended by the quiet at the end. */
  readonly quiet: AbortSignal;
}

const PATIENCE_MS = 45_000;
const REST_MS = 3_000;
const HEARD_LOOK_MS = 250;
const HEARD_LOOKS = 40;
/** One in so many times they send a code twice at once, sit at a PC that they share, have a line that breaks, sign out afterwards. */
const ONE_IN = { twice: 6, shared: 5, breaks: 4, leaves: 4 } as const;

export class Person {
  readonly #options: PersonOptions;
  readonly #browser: Browser;
  #usedCode = 0;
  #page: Page | undefined;
  device: KeyCode | undefined;

  constructor(options: PersonOptions) {
    this.#options = options;
    this.#browser = new Browser(options);
  }

  get login() {
    return this.#options.row.login;
  }

  get isUp(): boolean | undefined {
    return this.#page?.isUp;
  }

  /** Until the quiet, and until what they had begun has come to its end. */
  async live(): Promise<void> {
    const { quiet, below, row } = this.#options;
    const signature = await sign(row.privateKey, "any");
    while (!quiet.aborted) {
      await this.#rest(below(REST_MS));
      const cookie = await this.#signIn();
      if (cookie !== undefined) await this.#sitting(cookie, signature).catch(() => {});
    }
  }

  close(): void {
    this.#page?.close();
    this.#browser.close();
  }

  async #sitting(cookie: string, signature: Signature): Promise<void> {
    const { quiet, below, work, terminals, ...rest } = this.#options;
    const page = new Page({ ...rest, login: this.login, cookie, signature });
    this.#page = page;
    const patience = () => Promise.race([pause(PATIENCE_MS, undefined, { ref: false }), aborted(quiet)]);
    await Promise.race([page.up, page.closed, patience()]);
    while (!quiet.aborted) {
      const isShared = below(ONE_IN.shared) === 0;
      const terminal = (isShared ? terminals[1] : undefined) ?? terminals[0];
      const outcome = terminal && (await page.sit(terminal, below(2) === 0, patience()));
      if (outcome === "live") await this.#work(page);
      if (outcome !== "over") page.leave();
      if (below(ONE_IN.leaves) === 0) break;
      await this.#rest(REST_MS);
    }
    // who closes the page before the server has heard of the end leaves it to the grace period
    for (let looks = 0; looks < HEARD_LOOKS && !page.isHeard; looks += 1) await pause(HEARD_LOOK_MS);
    await this.#signOut(cookie);
    page.close();
  }

  async #work(page: Page): Promise<void> {
    const { below, work } = this.#options;
    const over = page.over;
    const whole = work.least + below(work.most - work.least);
    if (below(ONE_IN.breaks) === 0) {
      await Promise.race([this.#rest(whole / 2), over]);
      page.breakPath();
    }
    await Promise.race([this.#rest(whole / 2), over]);
  }

  /** The cookie; undefined where they were not let in. */
  async #signIn(): Promise<string | undefined> {
    const { below, quiet } = this.#options;
    const code = Math.floor(Date.now() / STEP_MS);
    if (code <= this.#usedCode) {
      await this.#rest(STEP_MS - (Date.now() % STEP_MS) + below(2_000));
      return undefined;
    }
    if (quiet.aborted) return undefined;
    this.#usedCode = code;
    const tries = below(ONE_IN.twice) === 0 ? 2 : 1;
    const cookies = await Promise.all(Array.from({ length: tries }, () => this.#try(code)));
    return cookies.find((cookie) => cookie !== undefined);
  }

  async #try(code: number): Promise<string | undefined> {
    const { row, origin, history, nextOp } = this.#options;
    const { login, publicKey: deviceKey, privateKey, seed } = row;
    const op = nextOp();
    const note = (phase: Phase, why?: string) => history.add({ kind: "sign-in", op, login, code, phase, why });
    let isSent = false;
    try {
      const asked = await this.#browser.post("/api/sign-in/challenge", {});
      const challenge = String((asked.body as { challenge?: string } | undefined)?.challenge ?? "");
      const text = signInText({ challenge, origin, organisation: TOWN_CODE, login });
      const signature = await sign(privateKey, text);
      const typed = { login, password: PASSWORD, code: codeAt(seed, code * STEP_MS) };
      note("asked");
      isSent = true;
      const body = { organisation: TOWN_CODE, ...typed, deviceKey, challenge, signature };
      const reply = await this.#browser.post("/api/sign-in", body);
      const isIn = reply.cookie !== undefined && Me.safeParse(reply.body).success;
      note(isIn ? "done" : reply.status >= 500 ? "unknown" : "refused", isIn ? undefined : codeOf(reply));
      return isIn ? reply.cookie : undefined;
    } catch (error) {
      if (isSent) note("unknown", (error as Error).message);
      else await this.#rest(1_000);
      return undefined;
    }
  }

  async #signOut(cookie: string): Promise<void> {
    const { history } = this.#options;
    history.add({ kind: "page", login: this.login, what: "signs-out" });
    const reply = await this.#browser.post("/api/sign-out", {}, cookie).catch(() => undefined);
    if (reply && reply.status < 300) history.add({ kind: "page", login: this.login, what: "signed-out" });
  }

  #rest(ms: number): Promise<unknown> {
    return pause(ms, undefined, { signal: this.#options.quiet, ref: false }).catch(() => {});
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
