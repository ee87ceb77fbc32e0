/** Chooses how the office PC is looked at. An adapter's libraries are loaded only when it is chosen. */

import type { OfficeState } from "../../desktop/reports.ts";
import type { Source } from "../capture/open.ts";
import { Office } from "./office.ts";

/** Undefined where the system offers nothing of the kind. */
export async function openOffice(
  source: Source,
  { told, looked }: { told: (state: OfficeState) => void; looked: () => void },
): Promise<Office | undefined> {
  if (source.kind !== "windows") return undefined;
  const { windowsOffice } = await import("./windows.ts");
  return new Office(windowsOffice, told, { looked });
}
