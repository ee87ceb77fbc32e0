/** The routes of what a person asks of their managers (protocol/requests.ts), on the page of staff. */
import type { Request, RequestHandler } from "express";
import type { Holder } from "../../auth/holder.ts";
import type { SignIns } from "../../auth/sign-in.ts";
import { PersonThrottle } from "../../auth/throttle.ts";
import { type Bus, publishChanges } from "../../bus/bus.ts";
import { markProven } from "../../edge/proof.ts";
import { waitingFor } from "../../organisations/approvals.ts";
import { asRequestErrors } from "../../organisations/as-request-errors.ts";
import type { OwnDesk } from "../../organisations/own.ts";
import { askRequest, ownRequests, withdrawRequest } from "../../organisations/requests.ts";
import { type OwnRequests, RequestAsk, RequestWithdraw } from "../../protocol/requests.ts";
import type { Records, SignedIn } from "../../records.ts";
import type { Changes } from "../../store/rows/changes.ts";
import { parseBody } from "./answer.ts";
import { cookieHolder } from "./cookie-holder.ts";

/** The page asks again when something changed. */
const QUESTIONS = { points: 120, durationS: 60 } as const;

export interface RequestParts {
  readonly cookieName: string;
  readonly signIns: SignIns;
  readonly desk: OwnDesk;
  readonly records: Pick<Records, "touch">;
  readonly bus: Bus;
}

export class RequestRoutes {
  readonly #parts: RequestParts;
  readonly #questions = new PersonThrottle(QUESTIONS);

  constructor(parts: RequestParts) {
    this.#parts = parts;
  }

  readonly own: RequestHandler = async (request, response) => {
    response.json(await this.#view(await this.#asker(request)));
  };

  readonly ask = this.#act((me, body) => askRequest(this.#parts.desk, me, parseBody(RequestAsk, body)));

  readonly withdraw = this.#act((me, body) =>
    withdrawRequest(this.#parts.desk, me, parseBody(RequestWithdraw, body).request),
  );

  /** Somebody pressed a button: that is use. */
  #act(act: (me: SignedIn, body: unknown) => Promise<Changes>): RequestHandler {
    return async (request, response) => {
      const { records, bus } = this.#parts;
      const me = await this.#asker(request);
      await records.touch(me.signInId);
      await publishChanges(bus, await asRequestErrors(() => act(me, request.body)));
      response.json(await this.#view(me));
    };
  }

  async #view(me: SignedIn): Promise<OwnRequests> {
    const { desk } = this.#parts;
    const view = await ownRequests(desk, me);
    const toAnswer = await waitingFor(desk, me.person);
    return toAnswer === undefined ? view : { ...view, toAnswer };
  }

  /** Throws as cookieHolder, and TOO_MANY_ATTEMPTS. */
  async #asker(request: Request): Promise<Holder> {
    const holder = await cookieHolder(request, this.#parts);
    markProven(request.socket);
    await this.#questions.admit(holder.person);
    return holder;
  }
}
