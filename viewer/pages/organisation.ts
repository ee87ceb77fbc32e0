/** 団体コード: which organisation this browser signs in to. Asked for once, where the server has several; a link `/?o=CODE` fills it in. */
import { OrganisationCode } from "../../signaling/protocol/ids.ts";
import { half } from "./field.ts";

const KEPT = "engawa-organisation";

/** As people type it: full-width and capital letters are forgiven. */
export const parseOrganisation = (typed: string): OrganisationCode | undefined =>
  OrganisationCode.safeParse(half(typed).toLowerCase()).data;

/** What the link says, else what was typed last here. */
export function knownOrganisation(search: string = location.search): OrganisationCode | undefined {
  return parseOrganisation(new URLSearchParams(search).get("o") ?? "") ?? kept();
}

/** What was typed last, whatever came of it: a new browser is refused at first, and its person comes back later. */
export function keepOrganisation(code: OrganisationCode): void {
  try {
    localStorage.setItem(KEPT, code);
  } catch {
    // A browser that keeps nothing: it is asked for again.
  }
}

function kept(): OrganisationCode | undefined {
  try {
    return parseOrganisation(localStorage.getItem(KEPT) ?? "");
  } catch {
    return undefined;
  }
}
