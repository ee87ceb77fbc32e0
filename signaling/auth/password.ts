/** Passwords: argon2id. For a person who does not exist a dummy is verified, so that the answer takes as long. */
import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";
import type { PasswordProblem } from "../protocol/api.ts";
import { MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS } from "../protocol/limits.ts";
import { type Lane, Lanes } from "./lanes.ts";
import { randomLetters } from "./random-letters.ts";

/** OWASP Password Storage Cheat Sheet: argon2id (the library's default kind) with 19 MiB, 2 passes, 1 lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/**
 * Of passwords that we made ourselves: 80 random bits, which nobody guesses even at one cheap hash each (2^79 of them at a
 * million million a second are twenty thousand years), so the cost that makes up for what people choose is not needed. With
 * it thousands of newcomers at once would take minutes. At the first sign-in the person's own takes its place.
 */
const GENERATED_PARAMETERS = { memoryCost: 256, timeCost: 1, parallelism: 1 } as const;
const isOfGenerated = (hash: string): boolean => hash.includes(`m=${GENERATED_PARAMETERS.memoryCost},`);

/** Two at a time keep a core and half of libuv's four threads free for everything else; some 25 ms each. */
const LANES = { concurrency: 2, maxWaiting: { proven: 1_000, other: 64 } } as const;

/** A password repeats fewer different characters than this: it is refused. */
const MIN_DIFFERENT = 5;
/** Of generated passwords: groups of letters of 5 bits. */
const GENERATED_GROUPS = 4;
const GENERATED_GROUP = 4;

export interface HashedPassword {
  readonly password: string;
  readonly hash: string;
}

export class Passwords {
  readonly #lanes = new Lanes(LANES);
  readonly #dummy = hash(randomBytes(32), PARAMETERS);
  readonly #generatedDummy = hash(randomBytes(32), GENERATED_PARAMETERS);
  #dummyRuns = 0;

  hash(password: string): Promise<string> {
    return this.#lanes.run("proven", () => hash(normalise(password), PARAMETERS));
  }

  /** One to hand out. Its hash costs a hundredth of what a chosen one's does. */
  async generate(): Promise<HashedPassword> {
    const password = generatePassword();
    const hashed = await this.#lanes.run("proven", () => hash(normalise(password), GENERATED_PARAMETERS));
    return { password, hash: hashed };
  }

  /**
   * `stored` undefined: there is no such person. Takes as long, and is false. So that the time does not tell who has not chosen a
   * password yet either, one hash of each cost is looked at, always.
   */
  async verify(stored: string | undefined, password: string, lane: Lane): Promise<boolean> {
    const isGenerated = stored !== undefined && isOfGenerated(stored);
    const costly = isGenerated ? await this.#dummy : (stored ?? (await this.#dummy));
    const cheap = isGenerated ? stored : await this.#generatedDummy;
    const matches = await this.#lanes.run(lane, async () => {
      const given = normalise(password);
      const [ofCheap, ofCostly] = [await verify(cheap, given), await verify(costly, given)];
      return isGenerated ? ofCheap : ofCostly;
    });
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

/** A password to hand out: letters that cannot be confused, in groups. */
export function generatePassword(): string {
  return randomLetters(GENERATED_GROUPS, GENERATED_GROUP).toLowerCase();
}

/** What is wrong at first sight with a password somebody chose (guessable.ts looks closer); undefined when nothing is. */
export function passwordProblem(password: string, login: string): PasswordProblem | undefined {
  if ([...password].length < MIN_PASSWORD_CHARS) return "too-short";
  if (password.length > MAX_PASSWORD_CHARS) return "too-long";
  if (password.toLowerCase().includes(login)) return "own-words";
  if (new Set(password).size < MIN_DIFFERENT) return "uniform";
  return undefined;
}
