/**
 * Whether somebody may be signed in with this browser. The cookie cannot be seen from here, and asking the server without one is a
 * 401 that browsers write on their console. A mark of our own says whether asking is worth it; it proves nothing.
 */
const MARK = "engawa-signed-in";

export function mayBeSignedIn(): boolean {
  try {
    return localStorage.getItem(MARK) !== null;
  } catch {
    return true; // a browser that keeps nothing: ask
  }
}

export function markSignedIn(signedIn: boolean): void {
  try {
    if (signedIn) localStorage.setItem(MARK, "1");
    else localStorage.removeItem(MARK);
  } catch {
    // as above
  }
}
