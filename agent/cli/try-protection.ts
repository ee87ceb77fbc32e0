/** The doctor's questions to the desktop about lock and cover: what is there, with nothing locked and nothing covered. */

import { toProblem } from "../desktop/problem.ts";
import { chooseDisplay } from "../native/x11/display.ts";
import { examineCover } from "../screen/cover/examine.ts";
import { findWaysToLock } from "../screen/locker.ts";
import type { ProtectionOptions } from "./protection-doctor.ts";

export function protectionOf(screen: {
  display: string | undefined;
  xauthority: string | undefined;
}): Pick<ProtectionOptions, "findWaysToLock" | "examineCover"> {
  const { display, xauthority } = screen;
  // Xlib reads it from there
  if (xauthority) process.env["XAUTHORITY"] = xauthority;
  const environment = { ...process.env, ...(display ? { DISPLAY: display } : {}) };
  return {
    findWaysToLock: () => findWaysToLock(environment),
    examineCover: async () => {
      if (process.platform === "win32") return examineCover({ kind: "windows" });
      try {
        const name = chooseDisplay({ display, environment: process.env });
        return await examineCover({ kind: "x11", display: name, authority: xauthority });
      } catch (error) {
        return toProblem(error).message;
      }
    },
  };
}
