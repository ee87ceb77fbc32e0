/**
 * Who reads the record of what happened at the console is in it, too: once for what they look for, and again when they still do a while
 * later; not each page that they turn.
 */
import { appendAudit } from "../audit/chain.ts";
import type { Principal } from "../auth/principal.ts";
import type { SignedIn } from "../records.ts";
import type { Store } from "../store/store.ts";

const AGAIN_MS = 30 * 60_000;
/** More than auditors look for in half an hour. */
const MAX_REMEMBERED = 5_000;

interface Reader {
  readonly signedIn: SignedIn;
  readonly principal: Principal;
}

export class Readings {
  readonly #parts: { readonly store: Store; readonly now: () => number };
  /** By person and what they looked for; recorded longest ago first. */
  readonly #recorded = new Map<string, number>();

  constructor(parts: { readonly store: Store; readonly now: () => number }) {
    this.#parts = parts;
  }

  /** Before it is shown. */
  async record({ signedIn, principal }: Reader, what: string): Promise<void> {
    const at = this.#parts.now();
    const key = `${signedIn.person} ${what}`;
    this.#forget(at);
    if (this.#recorded.has(key)) return;
    this.#recorded.set(key, at);
    const organisation = signedIn.organisation.id;
    const about = { name: what };
    try {
      await this.#parts.store.write((q) =>
        appendAudit(q, { event: "audit.read", at, actor: principal.who, organisation, about }),
      );
    } catch (error) {
      this.#recorded.delete(key);
      throw error;
    }
  }

  #forget(now: number): void {
    for (const [key, at] of this.#recorded) {
      if (now - at < AGAIN_MS && this.#recorded.size <= MAX_REMEMBERED) break;
      this.#recorded.delete(key);
    }
  }
}
