/** What every part of the page may use: the words, where one is, and what to say when the sign-in is over. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Failure } from "../../../client/account.ts";
import type { Me } from "../../../protocol/api.ts";
import type { ItemOf, KeptReceipt, List, Self } from "../../../protocol/console.ts";
import type { ActType } from "../../../protocol/console-acts.ts";
import type { FirstLetter } from "../../../protocol/console-import.ts";
import type { Words } from "../words/words.ts";
import type { Route } from "./route.ts";

/** An act somebody has chosen, and what it is done to. */
export interface Chosen {
  readonly type: ActType;
  readonly subjects: readonly Subject[];
}

export interface Subject {
  /** As it is called in a sentence. */
  readonly name: string;
  /** What of the act is known by what it is done to, by the act's own names. */
  readonly known: Readonly<Record<string, string>>;
  /** Where it is: which divisions may be chosen. */
  readonly organisation?: string;
  /** As its paper names it: the name, and what is unique beside it. */
  readonly paper?: { readonly name: string; readonly id: string };
}

/** What a sheet says of an office PC. */
type PcOnPaper = Pick<ItemOf<"terminals">, "id" | "name"> & { readonly organisation: { readonly name: string } };

/** Sheets somebody wants to print: of rows of a list, or for those who came from a file. */
export type Papers =
  | { readonly list: "letters"; readonly rows: readonly FirstLetter[] }
  | { readonly list: "terminals"; readonly rows: readonly PcOnPaper[] }
  | { readonly list: "receipts"; readonly rows: readonly KeptReceipt[] }
  | { readonly list: "devices"; readonly rows: readonly ItemOf<"devices">[] };

/** Undefined: of this list there are none. */
export function papersOf(list: List, rows: readonly ItemOf<List>[]): Papers | undefined {
  return list === "terminals" || list === "devices" ? ({ list, rows } as Papers) : undefined;
}

export interface DeskValue {
  readonly words: Words;
  readonly me: Me | undefined;
  /** Undefined until the server has said it. */
  readonly self: Self | undefined;
  readonly route: Route;
  /** Rises when something was changed here: what is shown is asked for again. */
  readonly version: number;
  go(route: Route, how?: "push" | "replace"): void;
  lost(failure: Failure): void;
  choose(chosen: Chosen): void;
  print(papers: Papers): void;
  /** Another place is not gone to without this question; until what it returns is called. */
  guard(question: string): () => void;
  /** Asks what has to be asked. */
  mayLeave(): boolean;
}

export const Desk = createContext<DeskValue | undefined>(undefined);

export function useDesk(): DeskValue {
  const desk = useContext(Desk);
  if (!desk) throw new Error("outside of the page");
  return desk;
}
