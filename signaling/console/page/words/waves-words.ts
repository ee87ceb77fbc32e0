/** The shape of what is said on the page of events and IDs. */

import type { FileProblem } from "../../../protocol/console-import.ts";
import type { APPLICATION_PROBLEMS, ApplicationState, BasisOfIds } from "../../../protocol/console-waves.ts";
import type { wavesJa } from "./waves-ja.ts";

export type WavesTextKey = keyof (typeof wavesJa)["text"];

export interface WavesWords {
  readonly text: Readonly<Record<WavesTextKey, string>>;
  readonly bases: Readonly<Record<BasisOfIds, string>>;
  readonly states: Readonly<Record<ApplicationState, string>>;
  readonly fileProblems: Readonly<Record<FileProblem, string>>;
  readonly lineProblems: Readonly<Record<(typeof APPLICATION_PROBLEMS)[number], string>>;
}
