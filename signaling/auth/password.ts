/** Passwords: argon2id. For a person who does not exist a dummy is verified, so that the answer takes as long. */
import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import type { PasswordProblem } from "../protocol/api.ts";
import { CROCKFORD } from "../protocol/ids.ts";
import { MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS } from "../protocol/limits.ts";
import { type Lane, Lanes } from "./lanes.ts";

/** OWASP Password Storage Cheat Sheet: argon2id (the library's default kind) with 19 MiB, 2 passes, 1 lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Two at a time keep a core and half of libuv's four threads free for everything else; some 25 ms each. */
const LANES = { concurrency: 2, maxWaiting: { proven: 1_000, other: 64 } } as const;

/** A password repeats fewer different characters than this: it is refused. */
const MIN_DIFFERENT = 5;
/** Of generated passwords: 16 letters of 5 bits. */
const GENERATED_LETTERS = 16;

export class Passwords {
  readonly #lanes = new Lanes(LANES);
  readonly #dummy = hash(randomBytes(32), PARAMETERS);
  #dummyRuns = 0;

  hash(password: string): Promise<string> {
    return this.#lanes.run("proven", () => hash(normalise(password), PARAMETERS));
  }

  /** `stored` undefined: there is no such person. Takes as long, and is false. */
  async verify(stored: string | undefined, password: string, lane: Lane): Promise<boolean> {
    const against = stored ?? (await this.#dummy);
    const matches = await this.#lanes.run(lane, () => verify(against, normalise(password)));
    if (stored === undefined) this.#dummyRuns += 1;
    return matches && stored !== undefined;
  }

  /** How often the dummy stood in for a person. */
  get dummyRuns(): number {
    return this.#dummyRuns;
  }
}

/** Keyboards and systems compose the same letter differently (NIST SP 800-63B §5.1.1.2 asks for a normal form). */
export const normalise = (password: string): string => password.normalize("NFKC");

/** A password to hand out: letters that cannot be confused, in groups of four. */
export function generatePassword(): string {
  let letters = "";
  for (const byte of randomBytes(GENERATED_LETTERS)) letters += CROCKFORD[byte & 31]?.toLowerCase();
  return letters.replace(/(.{4})(?=.)/g, "$1-");
}

/** What is wrong at first sight with a password somebody chose (guessable.ts looks closer); undefined when nothing is. */
export function passwordProblem(password: string, login: string): PasswordProblem | undefined {
  if ([...password].length < MIN_PASSWORD_CHARS) return "too-short";
  if (password.length > MAX_PASSWORD_CHARS) return "too-long";
  if (password.toLowerCase().includes(login)) return "own-words";
  if (new Set(password).size < MIN_DIFFERENT) return "uniform";
  return undefined;
}
