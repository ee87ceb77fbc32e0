/** Passwords: argon2id. For a person who does not exist a dummy is verified, so that the answer takes as long. */
import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import { CROCKFORD } from "../protocol/ids.ts";
import { type Lane, Lanes } from "./lanes.ts";

/** OWASP Password Storage Cheat Sheet: argon2id (the library's default kind) with 19 MiB, 2 passes, 1 lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Two at a time keep a core and half of libuv's four threads free for everything else; some 25 ms each. */
const LANES = { concurrency: 2, maxWaiting: { proven: 1_000, other: 64 } } as const;

export const MIN_PASSWORD_LENGTH = 12;
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
const normalise = (password: string): string => password.normalize("NFKC");

/** A password to hand out: letters that cannot be confused, in groups of four. */
export function generatePassword(): string {
  let letters = "";
  for (const byte of randomBytes(GENERATED_LETTERS)) letters += CROCKFORD[byte & 31]?.toLowerCase();
  return letters.replace(/(.{4})(?=.)/g, "$1-");
}

/** What is wrong with a password somebody chose; undefined when it will do. */
export function passwordProblem(password: string, login: string): string | undefined {
  const length = [...password].length;
  if (length < MIN_PASSWORD_LENGTH) return `the password needs at least ${MIN_PASSWORD_LENGTH} characters`;
  if (password.length > 256) return "the password is longer than 256 characters";
  if (password.toLowerCase().includes(login)) return "the password contains the login";
  if (new Set(password).size < 5) return "the password repeats too few different characters";
  return undefined;
}
