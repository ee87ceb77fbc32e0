/** What the commands share: the opened store, and how they speak. */
import { userInfo } from "node:os";
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { z } from "zod";
import { Passwords } from "../auth/password.ts";
import { operatorAs } from "../auth/principal.ts";
import { type AdminConfig, type Environment, loadAdminConfig } from "../config.ts";
import type { Waits } from "../organisations/confirmations.ts";
import type { Desk, Who } from "../organisations/desk.ts";
import { parseTerminalId } from "../protocol/check-letter.ts";
import {
  type KeyCode,
  Login,
  OrganisationCode,
  parseKeyCode,
  QualifiedLogin,
  SessionId,
  type TerminalId,
} from "../protocol/ids.ts";
import { type MailAddress, parseMail } from "../protocol/mail-address.ts";
import type { StorePlace } from "../store/copying/copies.ts";
import { openStore } from "../store/open.ts";
import { Sealer } from "../store/sealer.ts";

export interface Surroundings {
  readonly environment: Environment;
  readonly print: (text: string) => void;
  /** What is not the answer itself. */
  readonly complain: (text: string) => void;
  /** The whole of standard input. */
  readonly readInput: () => Promise<string>;
  /** Asks whoever sits there. Left out: nobody does. */
  readonly ask?: ((question: string) => Promise<string>) | undefined;
}

/** Cannot be done from the command line as it was asked; what the desk says of itself is a DeskError. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

export class CommandLine {
  readonly surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
  }

  /** Opens the store for one action and closes it again. `place`: another one than that of the settings. */
  async at<T>(action: (desk: Desk, config: AdminConfig) => Promise<T>, place?: StorePlace): Promise<T> {
    const config = loadAdminConfig(this.surroundings.environment);
    const { database, stateDir } = place ?? config;
    const store = await openStore({ ...config, database, stateDir, isBesideServer: true });
    try {
      const desk: Desk = {
        store,
        sealer: new Sealer(config.storeKey),
        passwords: new Passwords(),
        principal: operatorAs(`administrator:${config.administrator ?? userInfo().username}`),
        twoPersons: new Set(config.twoPersons),
        needsAllotment: config.needsAllotment,
        now: Date.now,
      };
      return await action(desk, config);
    } finally {
      await store.close();
    }
  }

  isJson(command: Command): boolean {
    return command.optsWithGlobals<{ json?: boolean }>().json === true;
  }

  /** With --json the value, else the words. */
  say(command: Command, value: unknown, words: () => string): void {
    this.surroundings.print(this.isJson(command) ? JSON.stringify(value) : words());
  }

  /** Says what is about to be done and what it comes to, and asks, unless `yes` was said before. Throws CommandError for anything but yes. */
  async agree(command: Command, what: string, lines: readonly string[], yes = false): Promise<void> {
    const { print, ask } = this.surroundings;
    if (!this.isJson(command)) print([what, ...lines.map((line) => `  ${line}`)].join("\n"));
    if (yes) return;
    if (!ask || this.isJson(command)) throw new CommandError("nothing was done: nobody can be asked here; say --yes");
    const answer = await ask("Do it? (yes/no) ");
    if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError("nothing was done");
  }

  /** What was not done, but waits for a second person. */
  waits(command: Command, { confirmation, askedBy, expiresAt }: Waits): void {
    this.say(command, { confirmation, askedBy, expiresAt }, () =>
      [
        `Not done yet: this server wants two persons for it. It was asked for by ${askedBy}; somebody else confirms it until ${timeOf(expiresAt)}:`,
        `  engawa-admin confirm ${confirmation}`,
      ].join("\n"),
    );
  }

  async password(fromInput: boolean): Promise<string | undefined> {
    if (!fromInput) return undefined;
    return (await this.surroundings.readInput()).replace(/\r?\n$/, "");
  }
}

/** The moment in local time; a dash for what has not happened. */
export function timeOf(at: number | null | undefined): string {
  if (at === null || at === undefined) return "-";
  const two = (n: number) => String(n).padStart(2, "0");
  const t = new Date(at);
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())} ${two(t.getHours())}:${two(t.getMinutes())}`;
}

/** `tanaka`, or `midori/tanaka` where there are several. */
export function loginArgument(text: string): Who {
  return argument<Who>(
    z.union([Login, QualifiedLogin]).safeParse(text),
    "A login is small letters, digits and . _ @ - (up to 64); with its organisation: midori/tanaka.",
  );
}

/** Of somebody new. */
export function newLoginArgument(text: string): Login {
  return argument(Login.safeParse(text), "A login is small letters, digits and . _ @ - (up to 64).");
}

export function mailArgument(text: string): MailAddress {
  const mail = parseMail(text);
  if (!mail) throw new InvalidArgumentError("it is no mail address, e.g. sato@city.example.lg.jp");
  return mail;
}

export function organisationCodeArgument(text: string): OrganisationCode {
  return argument(OrganisationCode.safeParse(text), "A code is 2 to 16 small letters, digits and hyphens.");
}

export function sessionArgument(text: string): SessionId {
  return argument(SessionId.safeParse(text), 'A session ID looks like the ones in "session list".');
}

export function terminalArgument(text: string): TerminalId {
  const id = parseTerminalId(text);
  if (!id) throw new InvalidArgumentError("A terminal ID looks like K7QM-2Z9P-X4TD.");
  return id;
}

function argument<T>(result: z.ZodSafeParseResult<T>, problem: string): T {
  if (!result.success) throw new InvalidArgumentError(problem);
  return result.data;
}

export function codeArgument(text: string): KeyCode {
  const code = parseKeyCode(text);
  if (!code) throw new InvalidArgumentError("A device code has four groups of five letters and digits.");
  return code;
}

/** `2027-03-31` means the end of that day, local time; else an ISO 8601 moment. Epoch ms. */
export function momentArgument(text: string): number {
  const at = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59.999` : text);
  if (Number.isNaN(at)) throw new InvalidArgumentError("Say a day (2027-03-31) or a moment (2027-03-31T17:15).");
  return at;
}

/** A host name: letters, digits and hyphens (RFC 1123 §2.1), with or without its domain; Windows allows _ too. */
export function hostArgument(text: string): string {
  if (/^[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_-]{1,63})*$/.test(text) && text.length <= 255) return text;
  throw new InvalidArgumentError('As "hostname" says it on that PC.');
}

export function hoursArgument(text: string): number {
  const hours = Number(text);
  if (!(hours > 0 && hours <= 24 * 14)) throw new InvalidArgumentError("Between 0 and 336 hours (14 days).");
  return hours;
}

/** For the record. */
export function reasonArgument(text: string): string {
  if (/^[^\p{Cc}]{1,200}$/u.test(text)) return text;
  throw new InvalidArgumentError("Between 1 and 200 characters.");
}
