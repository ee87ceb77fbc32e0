/**
 * The pages that are connected: they come, they are replaced by another connection of the same page, their sign-in ends. Linked ones
 * are connected to another node, and speak for sessions of this one.
 */
import { CLOSE, type EndReason } from "../protocol/errors.ts";
import type { PersonId, SessionId } from "../protocol/ids.ts";
import type { SessionRecord } from "../records.ts";
import { letGo } from "./let-go.ts";
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
  /** To go to another server. */
  readonly #told = new WeakSet<object>();
  readonly #linked = new Set<Viewer>();

  constructor(options: ViewersOptions) {
    this.#options = options;
  }

  get present(): ReadonlySet<Viewer> {
    return this.#present;
  }

  add(viewer: Viewer): void {
    this.#replaceSamePage(viewer);
    this.#present.add(viewer);
    const { login, name, organisation } = viewer.signedIn;
    viewer.connection.send({ type: "welcome", person: { login, name }, organisation: organisation.name });
    this.#attachOwn(viewer);
    this.#options.arrived(viewer);
  }

  /** It is welcomed, and sent its list, by its own node. */
  link(viewer: Viewer): void {
    if (!this.#linked.has(viewer)) this.#replaceSamePage(viewer);
    this.#linked.add(viewer);
    this.#attachOwn(viewer);
  }

  unlink(viewer: Viewer): void {
    this.#linked.delete(viewer);
    this.#detach(viewer);
  }

  remove(viewer: Viewer): void {
    this.#present.delete(viewer);
    this.#options.left(viewer);
    this.#detach(viewer);
  }

  /** Sessions of these people have come from another node: their pages may be here already. */
  sessionsCame(persons: ReadonlySet<PersonId>): void {
    for (const viewer of [...this.#present, ...this.#linked])
      if (persons.has(viewer.signedIn.person)) this.#attachOwn(viewer);
  }

  #attachOwn(viewer: Viewer): void {
    for (const session of this.#options.sessions.of(viewer.signedIn.person))
      if (!session.viewer && isHolder(session.record, viewer.signedIn)) this.#options.attach(session, viewer);
  }

  #detach(viewer: Viewer): void {
    viewer.isGone = true;
    for (const session of this.#options.sessions.of(viewer.signedIn.person))
      if (session.viewer === viewer) session.viewer = undefined;
  }

  /** The pages of this person on this device hear whether the office PC of that session was locked. */
  lockTold(whose: Pick<SessionRecord, "person" | "deviceKey">, session: SessionId, locked: boolean): void {
    for (const { signedIn, connection } of this.#present)
      if (signedIn.person === whose.person && signedIn.deviceKey === whose.deviceKey)
        connection.send({ type: "lock", session, locked });
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
    letGo([...this.#present], count, this.#told);
  }

  close(): void {
    for (const viewer of this.#present) {
      viewer.connection.close(CLOSE.restarting, "server is restarting");
      viewer.isGone = true;
      this.#options.left(viewer);
    }
    this.#present.clear();
    this.#linked.clear();
  }

  /** After a change of network the page is back before its former connection is known to be dead: it speaks for itself at once. */
  #replaceSamePage(viewer: Viewer): void {
    if (viewer.page === undefined) return;
    for (const before of [...this.#present, ...this.#linked]) {
      if (before.page !== viewer.page || before.signedIn.signInId !== viewer.signedIn.signInId) continue;
      if (this.#present.has(before)) this.remove(before);
      else this.unlink(before);
      before.connection.close(CLOSE.replaced, "another connection of this page");
    }
  }
}
