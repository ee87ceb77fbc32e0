/**
 * The administrators: they take away and give back, by the product's own command line on its store, whatever becomes of the nodes;
 * and they make tokens, each of which two office PCs try to enrol with at the same moment.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { readToken } from "../../../agent/server/enrol.ts";
import { run } from "../../../signaling/cli/run.ts";
import type { KeyCode, Login, TerminalId } from "../../../signaling/protocol/ids.ts";
import { Nonce } from "../../../signaling/protocol/ids.ts";
import { enrolText, exportPublicKey, generateKeyPair, sign } from "../../../signaling/protocol/signed.ts";
import type { AdminAct, History, Phase } from "./history.ts";
import { Browser, codeOf } from "./web.ts";

/** Somebody who works at a PC of theirs. */
export interface Subject {
  readonly login: Login;
  readonly terminal: TerminalId;
  readonly device: KeyCode;
  /** What runs at that PC. */
  readonly session: string | undefined;
}

export interface AdministratorsOptions {
  /** Settings of the server: what the command line needs. */
  readonly environment: Readonly<Record<string, string>>;
  readonly inside: string;
  readonly ca: string;
  readonly history: History;
  readonly below: (limit: number) => number;
  readonly nextOp: () => number;
  /** One of those who sit at a PC now; undefined when nobody does. */
  readonly choose: () => Subject | undefined;
  readonly quiet: AbortSignal;
  readonly everyMs: number;
}

/** After so long what was taken away is given back: by then it must have ended what it was for. */
const BACK_MS = { least: 13_000, most: 20_000 } as const;
const ACTS = ["device.remove", "grant.remove", "lock.add", "person.sign-out", "session.end", "enrol"] as const;

export class Administrators {
  readonly #options: AdministratorsOptions;
  readonly #browser: Browser;
  /** Whose rights are not as they were: nobody takes away twice. */
  readonly #busy = new Set<Login>();
  readonly #returns = new Set<Promise<void>>();
  #tokens = 0;

  constructor(options: AdministratorsOptions) {
    this.#options = options;
    this.#browser = new Browser({ origin: options.inside, ca: options.ca, isProgram: true });
  }

  /** Until the quiet, and until all is given back. */
  async live(): Promise<void> {
    const { quiet, below, everyMs } = this.#options;
    for (let number = below(ACTS.length); !quiet.aborted; number += 1) {
      await pause(everyMs / 2 + below(everyMs), undefined, { signal: quiet }).catch(() => {});
      if (quiet.aborted) break;
      const act = ACTS[number % ACTS.length];
      if (act === "enrol") await this.#enrolTwice();
      else if (act) await this.#takeAway(act);
    }
    await Promise.all(this.#returns);
  }

  async end(session: string): Promise<void> {
    await this.#act("session.end", { session }, ["session", "end", session]);
  }

  close(): void {
    this.#browser.close();
  }

  async #takeAway(act: Exclude<(typeof ACTS)[number], "enrol">): Promise<void> {
    const subject = this.#options.choose();
    if (!subject || this.#busy.has(subject.login)) return;
    const { login, terminal, device, session } = subject;
    const reason = ["--reason", "chaos"];
    switch (act) {
      case "person.sign-out":
        await this.#act(act, { login }, ["person", "sign-out", login]);
        return;
      case "session.end":
        if (session !== undefined) await this.#act(act, { login, session }, ["session", "end", session]);
        return;
      case "device.remove":
        if (!(await this.#act(act, { login }, ["device", "remove", device, "--login", login]))) return;
        // it waits again once the person has tried to sign in with it
        this.#giveBack(login, () =>
          this.#act("device.approve", { login }, ["device", "approve", device, "--login", login]),
        );
        return;
      case "grant.remove":
        if (!(await this.#act(act, { login, terminal }, ["grant", "remove", login, terminal]))) return;
        this.#giveBack(login, () => this.#act("grant.add", { login, terminal }, ["grant", "add", login, terminal]));
        return;
      case "lock.add": {
        const locked = await this.#act(act, { login }, ["lock", "add", "--person", login, ...reason]);
        if (!locked) return;
        const { lock, code } = locked as { lock: string; code: string };
        this.#giveBack(login, () =>
          this.#act("lock.lift", { login }, ["lock", "lift", lock, "--code", code, ...reason]),
        );
      }
    }
  }

  /** Later, and again until it is done. */
  #giveBack(login: Login, act: () => Promise<unknown>): void {
    const { below, quiet } = this.#options;
    this.#busy.add(login);
    const later = async () => {
      await pause(BACK_MS.least + below(BACK_MS.most - BACK_MS.least), undefined, { signal: quiet }).catch(() => {});
      while (!(await act()) && !quiet.aborted) await pause(5_000, undefined, { signal: quiet }).catch(() => {});
      this.#busy.delete(login);
    };
    const returned = later();
    this.#returns.add(returned);
    void returned.then(() => this.#returns.delete(returned));
  }

  /** What it printed; undefined where it was not done, or nobody knows. */
  async #act(
    act: AdminAct,
    about: { login?: string; terminal?: string; session?: string },
    args: readonly string[],
  ): Promise<unknown> {
    const { environment, history, nextOp } = this.#options;
    const op = nextOp();
    const printed: string[] = [];
    const said: string[] = [];
    const note = (phase: Phase, more: { why?: string; terminal?: string | undefined } = {}) =>
      history.add({ kind: "act", op, act, ...about, phase, ...more });
    note("asked");
    try {
      const surroundings = {
        environment,
        print: (text: string) => printed.push(text),
        complain: (text: string) => said.push(text),
        readInput: async () => "",
      };
      const code = await run([...args, "--json"], surroundings);
      const answer = code === 0 ? (JSON.parse(printed[0] ?? "{}") as { terminal?: string }) : undefined;
      if (answer) note("done", { ...(act === "terminal.token" && { terminal: answer.terminal }) });
      else note("refused", { why: said.join(" ") });
      return answer;
    } catch (error) {
      note("unknown", { why: (error as Error).message });
      return undefined;
    }
  }

  /** Two keys, one token. */
  async #enrolTwice(): Promise<void> {
    this.#tokens += 1;
    const name = `新しいPC ${this.#tokens}`;
    const made = await this.#act("terminal.token", {}, ["terminal", "token", "--name", name]);
    if (!made) return;
    const { terminal, token } = made as { terminal: string; token: string };
    const { secret } = readToken(token);
    await Promise.all([this.#enrol(terminal, secret), this.#enrol(terminal, secret)]);
  }

  async #enrol(token: string, secret: string): Promise<void> {
    const { history, nextOp } = this.#options;
    const op = nextOp();
    const pair = await generateKeyPair(true);
    const publicKey = await exportPublicKey(pair.publicKey);
    const nonce = Nonce.parse(randomBytes(16).toString("base64url"));
    const signature = await sign(pair.privateKey, enrolText({ nonce, publicKey, token: secret }));
    history.add({ kind: "enrol", op, token, phase: "asked" });
    try {
      const reply = await this.#browser.post("/api/enrol", { token: secret, publicKey, nonce, signature });
      const phase = reply.status < 300 ? "done" : reply.status >= 500 ? "unknown" : "refused";
      history.add({ kind: "enrol", op, token, phase, ...(phase !== "done" && { why: codeOf(reply) }) });
    } catch (error) {
      history.add({ kind: "enrol", op, token, phase: "unknown", why: (error as Error).message });
    }
  }
}
