/** What Windows knows about itself and the person at it. */

import { imeStatus } from "../../native/win32/ime.ts";
import { idleMs, keepAwake } from "../../native/win32/session.ts";
import { imeModeOf } from "./ime-mode.ts";
import type { OfficeSystem } from "./office.ts";

export const windowsOffice: OfficeSystem = {
  imeMode() {
    const status = imeStatus();
    return status && imeModeOf(status);
  },
  idleMs,
  keepAwake,
};
