/** The pages that are connected: they come, they are replaced by another connection of the same page, their sign-in ends. */
import { CLOSE, type EndReason } from "../protocol/errors.ts";
import type { Session, Viewer } from "./presence.ts";
import type { OpenSessions } from "./sessions.ts";
import { isHolder } from "./terminal-view.ts";

export interface ViewersOptions {
  readonly sessions: Pick<OpenSessions, "of">;
  /** The viewer speaks for this session from now on. */
  readonly attach: (session: Session, viewer: Viewer) => void;
  /** It has come and needs its list of terminals; it has gone and needs none. */
  readonly arrived: (viewer: Viewer) => void;
  readonly left: (viewer: Viewer) => void;
}

export class Viewers {
  readonly #options: ViewersOptions;
  readonly #present = new Set<Viewer>();

  constructor(options: ViewersOptions) {
    this.#options = options;
  }

  get present(): ReadonlySet<Viewer> {
    return this.#present;
  }

  add(viewer: Viewer): void {
    const { sessions, attach, arrived } = this.#options;
    this.#replaceSamePage(viewer);
    this.#present.add(viewer);
    const { login, name, organisation, person } = viewer.signedIn;
    viewer.connection.send({ type: "welcome", person: { login, name }, organisation: organisation.name });
    for (const session of sessions.of(person))
      if (!session.viewer && isHolder(session.record, viewer.signedIn)) attach(session, viewer);
    arrived(viewer);
  }

  remove(viewer: Viewer): void {
    viewer.isGone = true;
    this.#present.delete(viewer);
    this.#options.left(viewer);
    for (const session of this.#options.sessions.of(viewer.signedIn.person))
      if (session.viewer === viewer) session.viewer = undefined;
  }

  /** It speaks for a session. */
  isAtWork(viewer: Viewer): boolean {
    return this.#options.sessions.of(viewer.signedIn.person).some((session) => session.viewer === viewer);
  }

  signInEnded(signInId: string, reason: EndReason): void {
    for (const viewer of [...this.#present]) {
      if (viewer.signedIn.signInId !== signInId) continue;
      this.remove(viewer);
      viewer.connection.close(CLOSE.notSignedIn, reason);
    }
  }

  /** Closes so many: another server is there for them. */
  letGo(count: number): void {
    for (const { connection } of [...this.#present].slice(0, count))
      connection.close(CLOSE.restarting, "another server takes over");
  }

  close(): void {
    for (const viewer of this.#present) {
      viewer.connection.close(CLOSE.restarting, "server is restarting");
      viewer.isGone = true;
      this.#options.left(viewer);
    }
    this.#present.clear();
  }

  /** After a change of network the page is back before its former connection is known to be dead: it speaks for itself at once. */
  #replaceSamePage(viewer: Viewer): void {
    if (viewer.page === undefined) return;
    for (const before of [...this.#present]) {
      if (before.page !== viewer.page || before.signedIn.signInId !== viewer.signedIn.signInId) continue;
      this.remove(before);
      before.connection.close(CLOSE.replaced, "another connection of this page");
    }
  }
}
