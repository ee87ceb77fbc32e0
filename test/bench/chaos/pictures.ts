/**
 * The way of the pictures, past the server: an office PC and a page that have found each other are joined until one of them lets go.
 * What the server does meanwhile does not reach here.
 */
import type { SessionId } from "../../../signaling/protocol/ids.ts";

/** One end's hold on it. */
export interface Picture {
  /** The other end hears that it is gone. */
  close(): void;
}

interface Waiting {
  readonly attempt: number;
  readonly joined: (picture: Picture) => void;
  readonly lost: () => void;
}

export class Pictures {
  readonly #pages = new Map<SessionId, Waiting>();

  /** The page has answered. Returns what ends its waiting. */
  wait(session: SessionId, page: Waiting): () => void {
    this.#pages.set(session, page);
    return () => {
      if (this.#pages.get(session) === page) this.#pages.delete(session);
    };
  }

  /** The office PC's side; undefined where the page does not wait for this attempt. */
  meet(session: SessionId, attempt: number, lost: () => void): Picture | undefined {
    const page = this.#pages.get(session);
    if (page?.attempt !== attempt) return undefined;
    this.#pages.delete(session);
    let isOpen = true;
    const closing = (other: () => void) => () => {
      if (!isOpen) return;
      isOpen = false;
      // as over a line: not in the other's turn
      setImmediate(other);
    };
    page.joined({ close: closing(lost) });
    return { close: closing(page.lost) };
  }
}
