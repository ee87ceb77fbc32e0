/** Whom the paper says to ask: typed once, kept in the browser of whoever prints. */
const CONTACT = "engawa-sheet-contact";

export function knownContact(): string | undefined {
  try {
    return localStorage.getItem(CONTACT) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepContact(contact: string): void {
  try {
    localStorage.setItem(CONTACT, contact);
  } catch {
    // A browser that keeps nothing: it is typed again next time.
  }
}
