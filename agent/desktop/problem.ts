import type { DesktopProblem } from "./reports.ts";

/** A failure that IT is told about in plain words. Anything else that is thrown is a bug and becomes "internal". */
export class DesktopFailure extends Error {
  override readonly name = "DesktopFailure";
  readonly code: DesktopProblem["code"];

  constructor(code: DesktopProblem["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function toProblem(error: unknown): DesktopProblem {
  if (error instanceof DesktopFailure) return { code: error.code, message: error.message };
  return { code: "internal", message: error instanceof Error ? error.message : String(error) };
}
