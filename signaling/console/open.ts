/** The console with its sign-ins: what it shares with the page of staff (counters, clocks, codes) and what it does not. */
import type { Express } from "express";
import { type PasswordChangeParts, PasswordChanges } from "../auth/password-change.ts";
import { type SignInParts, SignIns } from "../auth/sign-in.ts";
import { StepUp } from "../auth/step-up.ts";
import { type ConsoleOptions, createConsoleApp } from "./app.ts";

export type OpenConsoleOptions = Omit<ConsoleOptions, "signIns" | "passwordChanges" | "stepUp" | "desk"> &
  Pick<ConsoleOptions["desk"], "twoPersons" | "needsAllotment"> & {
    /** As the page of staff has them: the same counters and clocks count for both. */
    readonly secrets: Omit<SignInParts, "door"> & Pick<PasswordChangeParts, "guesses">;
  };

export interface Console {
  readonly app: Express;
  /** Writes what still waits. */
  close(): Promise<void>;
}

export function openConsole({ secrets, twoPersons, needsAllotment, ...options }: OpenConsoleOptions): Console {
  const door = "console" as const;
  const signIns = new SignIns({ ...secrets, door });
  const passwordChanges = new PasswordChanges({ ...secrets, signIns });
  const { store, sealer, passwords, now } = secrets;
  const desk = { store, sealer, passwords, now, twoPersons, needsAllotment };
  const app = createConsoleApp({ ...options, signIns, passwordChanges, stepUp: new StepUp(secrets), desk });
  return { app, close: () => signIns.close() };
}
