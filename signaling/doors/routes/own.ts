/** The routes of a person's own page (protocol/own.ts). */
import type { Request, RequestHandler } from "express";
import type { Holder } from "../../auth/holder.ts";
import type { MailCodeRequests } from "../../auth/mail-code-requests.ts";
import type { SignIns } from "../../auth/sign-in.ts";
import { PersonThrottle } from "../../auth/throttle.ts";
import { type Bus, publishChanges } from "../../bus/bus.ts";
import { markProven } from "../../edge/proof.ts";
import { endOwnSession, endOwnSignIn, giveUpDevice, type OwnDesk, ownOf } from "../../organisations/own.ts";
import { DeviceRemove, type Own, SessionEnd, SignInEnd } from "../../protocol/own.ts";
import type { Records, SignedIn } from "../../records.ts";
import type { SessionLimits } from "../../session-limits.ts";
import type { Changes } from "../../store/rows/changes.ts";
import { parseBody } from "./answer.ts";
import { cookieHolder } from "./cookie-holder.ts";

/** A few questions to the store each; somebody who presses every button there is asks for some twenty in a minute. */
const QUESTIONS = { points: 120, durationS: 60 } as const;

export interface OwnParts {
  readonly cookieName: string;
  readonly signIns: SignIns;
  readonly desk: OwnDesk;
  readonly records: Pick<Records, "touch">;
  readonly bus: Bus;
  readonly sessionLimits: Pick<SessionLimits, "perPerson">;
  /** Undefined: there is no mail server. */
  readonly mailCodes: MailCodeRequests | undefined;
}

export class OwnRoutes {
  readonly #parts: OwnParts;
  readonly #questions = new PersonThrottle(QUESTIONS);

  constructor(parts: OwnParts) {
    this.#parts = parts;
  }

  readonly own: RequestHandler = async (request, response) => {
    response.json(await this.#view(await this.#asker(request)));
  };

  readonly endSignIn = this.#act((me, body) => endOwnSignIn(this.#parts.desk, me, parseBody(SignInEnd, body).signIn));

  readonly endSession = this.#act((me, body) =>
    endOwnSession(this.#parts.desk, me, parseBody(SessionEnd, body).session),
  );

  readonly removeDevice = this.#act((me, body) =>
    giveUpDevice(this.#parts.desk, me, parseBody(DeviceRemove, body).device),
  );

  /** Somebody pressed a button: that is use. */
  #act(act: (me: SignedIn, body: unknown) => Promise<Changes>): RequestHandler {
    return async (request, response) => {
      const { records, bus } = this.#parts;
      const me = await this.#asker(request);
      await records.touch(me.signInId);
      await publishChanges(bus, await act(me, request.body));
      response.json(await this.#view(me));
    };
  }

  #view(me: SignedIn): Promise<Own> {
    const { desk, signIns, sessionLimits, mailCodes } = this.#parts;
    const hasMail = mailCodes !== undefined;
    return ownOf(desk, me, { signIn: signIns.limits, sessions: sessionLimits, hasMail });
  }

  /** Throws as cookieHolder, and TOO_MANY_ATTEMPTS. */
  async #asker(request: Request): Promise<Holder> {
    const holder = await cookieHolder(request, this.#parts);
    markProven(request.socket);
    await this.#questions.admit(holder.person);
    return holder;
  }
}
