/**
 * The first connection to an office PC: is it new, or does it claim to be one that was met before? Terminal IDs and names
 * come from the server and prove nothing. What proves is the confirmation code that IT gave out by another way: the page
 * shows three of its four groups to be compared, and the person types the fourth from what IT gave.
 *
 * Which group is left out, this browser decides once and tells nobody. For one group that is known beforehand, 2²⁵ keys
 * (minutes of work) give one that fits; for all four, 2¹⁰⁰.
 */
import {
  CROCKFORD,
  type KeyCode,
  type Login,
  type PublicKey,
  type TerminalId,
  typedLetters,
} from "../signaling/protocol/ids.ts";

/** Groups of a code, 25 bits each. */
export const GROUPS = 4;
export const GROUP_LETTERS = 5;
/** Typing errors happen; whoever is wrong this often has another code. */
export const MAX_TRIES = 3;
/** Codes of earlier PCs that a warning shows, newest first: more than a person has office PCs. */
export const MAX_SHOWN = 3;

export interface Pin {
  readonly terminal: TerminalId;
  readonly name: string;
  readonly key: PublicKey;
  readonly code: KeyCode;
  /** Who was signed in; undefined for pins from before this was remembered. */
  readonly login: Login | undefined;
  /** Epoch ms. */
  readonly pinnedAt: number;
}

export interface Newcomer {
  readonly terminal: TerminalId;
  readonly name: string;
  readonly code: KeyCode;
  readonly login: Login;
}

export type Recognition =
  /** This person has confirmed no office PC here. */
  | { kind: "first" }
  /** They have, and this is another one. */
  | { kind: "other"; known: readonly Pin[] }
  /** They have confirmed one of this very name, and its code was another. */
  | { kind: "same-name"; known: readonly Pin[] }
  /** A part of its code is that of a confirmed PC with another key. By chance that happens once in 2²⁵: it was made so. */
  | { kind: "imitation"; known: readonly Pin[] };

export function recognise(newcomer: Newcomer, pins: readonly Pin[]): Recognition {
  const others = pins.filter(({ code }) => code !== newcomer.code).sort((a, b) => b.pinnedAt - a.pinnedAt);
  const imitated = others.filter(({ code }) => shareGroup(code, newcomer.code));
  if (imitated.length > 0) return { kind: "imitation", known: imitated };
  const named = others.filter(({ name }) => plain(name) === plain(newcomer.name));
  if (named.length > 0) return { kind: "same-name", known: named };
  const own = others.filter(({ login }) => login === undefined || login === newcomer.login);
  return own.length > 0 ? { kind: "other", known: own } : { kind: "first" };
}

/** Is what was typed this group of the code? */
export function fits(code: KeyCode, group: number, typed: string): boolean {
  const letters = typedLetters(typed);
  const complete = letters.length === GROUP_LETTERS && [...letters].every((letter) => CROCKFORD.includes(letter));
  return complete && letters === code.split("-")[group];
}

const shareGroup = (a: KeyCode, b: KeyCode): boolean => {
  const other = b.split("-");
  return a.split("-").some((group, place) => group === other[place]);
};

/** Names as they look: widths, capitals and spaces make no difference to a reader. */
const plain = (name: string): string =>
  name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\p{Cf}]/gu, "");
