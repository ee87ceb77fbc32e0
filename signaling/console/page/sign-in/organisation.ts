/** 団体コード: typed once in a browser, and kept there. */
import { OrganisationCode } from "../../../protocol/ids.ts";

const KEPT = "engawa-organisation";

export function keptOrganisation(): OrganisationCode | undefined {
  try {
    return OrganisationCode.safeParse(localStorage.getItem(KEPT)).data;
  } catch {
    return undefined;
  }
}

export function keepOrganisation(code: OrganisationCode): void {
  try {
    localStorage.setItem(KEPT, code);
  } catch {
    // A browser that keeps nothing: it is asked for again.
  }
}
