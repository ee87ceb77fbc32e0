/**
 * Who is signed in at this page, as the server said last, and their ways in and out. Shows nothing: what a change means for the
 * page is app.ts's matter.
 */

import * as api from "../signaling/client/account.ts";
import type { Me, PasswordChangeRequest } from "../signaling/protocol/api.ts";
import type { Device } from "./device.ts";
import type { MailWay } from "./pages/mail-code.ts";
import { keepOrganisation } from "./pages/organisation.ts";
import type { Credentials, Who } from "./pages/sign-in.ts";

/** While somebody works, the server is told that they are there, well inside any idle limit; and the page learns its end. */
const STILL_HERE_MS = 4 * 60_000;
/** The end of the sign-in is announced this long before. */
const WARN_MS = 10 * 60_000;

export interface PersonOptions {
  /** Somebody has come in; or whether they have to choose a password first is not what it was. */
  readonly entered: (me: Me) => void;
  /** The server knows of no sign-in any longer. */
  readonly lost: () => void;
  /** When something was typed or moved last, epoch ms. */
  readonly inputAt: () => number;
}

export class Person {
  readonly #options: PersonOptions;
  #me: Me | undefined;
  /** Whether signing in needs an organisation's code; undefined while the server has not said it. */
  #asksOrganisation: boolean | undefined;
  #sendsMail = false;

  constructor(options: PersonOptions) {
    this.#options = options;
  }

  get me(): Me | undefined {
    return this.#me;
  }

  get asksOrganisation(): boolean {
    return this.#asksOrganisation === true;
  }

  /** In minutes, once it is announced. */
  get endsIn(): number | undefined {
    const left = (this.#me?.endsAt ?? Infinity) - Date.now();
    return left > WARN_MS ? undefined : Math.max(0, Math.ceil(left / 60_000));
  }

  /** Keeps the sign-in alive while somebody works, for as long as the page is open. */
  start(): void {
    setInterval(() => void this.#stillHere(), STILL_HERE_MS);
  }

  /** When the page begins. Returns why nobody has come in. */
  async arrive(): Promise<api.Failure | undefined> {
    const me = await this.#ask();
    if (!me.ok) return me.failure;
    this.#enter(me.value);
    return undefined;
  }

  /** A refused upgrade looks like any lost connection to a page; the reason has to be asked for. */
  async stillSignedIn(): Promise<void> {
    const me = await this.#ask();
    if (me.ok && this.#me && me.value.mustChange !== this.#me.mustChange) this.#enter(me.value);
    else if (me.ok) this.#me = me.value;
    else if (me.failure.code === "NOT_SIGNED_IN" && this.#me) this.#options.lost();
  }

  /** `organisation-missing`: the page did not know that the server has several; there may be a second one since it was loaded. */
  async signIn(device: Device, credentials: Credentials): Promise<api.Failure | "organisation-missing" | undefined> {
    const { organisation } = credentials;
    if (organisation) keepOrganisation(organisation);
    const result = await api.signIn(device, credentials);
    if (result.ok) {
      void navigator.storage?.persist?.().catch(() => false); // the device key should outlive a full disk
      this.#enter(result.value);
      return undefined;
    }
    if (result.failure.code !== "SIGN_IN_REFUSED" || organisation !== undefined) return result.failure;
    await this.#ask();
    return this.asksOrganisation ? "organisation-missing" : result.failure;
  }

  /** Whether there is one is asked until it is known. */
  mailWay(device: Device): MailWay<Who> {
    return {
      offered: async () => {
        this.#sendsMail ||= await api.sendsMail();
        return this.#sendsMail;
      },
      ask: (who) => {
        if (who.organisation) keepOrganisation(who.organisation);
        return api.askMailCode(device, who);
      },
    };
  }

  async changePassword(change: PasswordChangeRequest): Promise<api.Failure | undefined> {
    const result = await api.changePassword(change);
    if (!result.ok) return result.failure;
    if (this.#me?.mustChange) this.#enter(result.value);
    this.#me = result.value;
    return undefined;
  }

  /** False: the server may not know of it. */
  signOut(): Promise<boolean> {
    return api.signOut();
  }

  /** They are signed out. */
  forget(): void {
    this.#me = undefined;
  }

  #enter(me: Me): void {
    this.#me = me;
    this.#options.entered(me);
  }

  async #ask(): Promise<api.Result<Me>> {
    const me = await api.me();
    if (me.ok) this.#asksOrganisation = me.value.asksOrganisation === true;
    else this.#asksOrganisation = me.failure.asksOrganisation ?? this.#asksOrganisation;
    return me;
  }

  async #stillHere(): Promise<void> {
    if (Date.now() - this.#options.inputAt() < STILL_HERE_MS) await this.stillSignedIn();
  }
}
