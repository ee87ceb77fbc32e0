/**
 * The routes by which a request is answered (protocol/requests.ts): the same at the console and on the page of staff, where a manager
 * at home has no console. Who may answer what, the table says. What was approved is taken back there, too.
 */
import type { Request, RequestHandler } from "express";
import type { z } from "zod";
import type { Principal } from "../../auth/principal.ts";
import type { SignIns } from "../../auth/sign-in.ts";
import { PersonThrottle } from "../../auth/throttle.ts";
import { type Bus, publishChanges } from "../../bus/bus.ts";
import { markProven } from "../../edge/proof.ts";
import type { Log } from "../../log.ts";
import { approvalsFor } from "../../organisations/approvals.ts";
import { asRequestErrors } from "../../organisations/as-request-errors.ts";
import type { Desk } from "../../organisations/desk.ts";
import { approverOf } from "../../organisations/duties.ts";
import { decideRequest, takeBackRequest } from "../../organisations/requests.ts";
import { RequestError } from "../../protocol/errors.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { type Approvals, ApprovalsQuery, Decision, TakeBack } from "../../protocol/requests.ts";
import type { Records, SignedIn } from "../../records.ts";
import type { Changes } from "../../store/rows/changes.ts";
import { parseBody } from "./answer.ts";
import { cookieHolder } from "./cookie-holder.ts";
import { queryOf } from "./query.ts";

/** An open page asks every some seconds. */
const QUESTIONS = { points: 120, durationS: 60 } as const;
const ANSWERS = { points: 60, durationS: 60 } as const;

export interface ApprovalParts {
  readonly desk: Omit<Desk, "principal" | "reason">;
  readonly records: Pick<Records, "touch">;
  readonly bus: Bus;
  readonly log: Log;
}

export interface Approver {
  readonly signedIn: SignedIn;
  readonly principal: Principal;
}

export class ApprovalRoutes {
  readonly #parts: ApprovalParts;
  readonly #asker: (request: Request) => Promise<Approver>;
  readonly #answers = new PersonThrottle(ANSWERS);

  constructor(parts: ApprovalParts, asker: (request: Request) => Promise<Approver>) {
    this.#parts = parts;
    this.#asker = asker;
  }

  /** Asked again by the page itself: that is no use. */
  readonly view: RequestHandler = async (request, response) => {
    const asker = await this.#asker(request);
    const { auto } = parseBody(ApprovalsQuery, queryOf(request));
    const view = await this.#view(asker);
    if (auto === undefined) await this.#parts.records.touch(asker.signedIn.signInId);
    response.json(view);
  };

  readonly decide = this.#act("request answered", Decision, decideRequest);

  readonly takeBack = this.#act("approval taken back", TakeBack, takeBackRequest);

  #act<T extends { readonly request: RequestId; readonly yes?: boolean }>(
    what: string,
    body: z.ZodType<T>,
    act: (desk: Desk, name: string, said: T) => Promise<Changes>,
  ): RequestHandler {
    return async (request, response) => {
      const { desk, records, bus, log } = this.#parts;
      const asker = await this.#asker(request);
      const { principal, signedIn } = asker;
      const said = parseBody(body, request.body);
      await this.#answers.admit(signedIn.person);
      await records.touch(signedIn.signInId);
      await publishChanges(bus, await asRequestErrors(() => act({ ...desk, principal }, signedIn.name, said)));
      log.info({ by: principal.who, request: said.request, yes: said.yes }, what);
      response.json(await this.#view(asker));
    };
  }

  #view({ principal }: Approver): Promise<Approvals> {
    return asRequestErrors(() => approvalsFor({ ...this.#parts.desk, principal }));
  }
}

/**
 * On the page of staff: a manager or an administrator of the organisation or division they are of. What an operator or a prefecture
 * may do stays at the console. Throws as cookieHolder, and FORBIDDEN for everybody else.
 */
export function staffApprover(parts: {
  readonly cookieName: string;
  readonly signIns: SignIns;
  readonly desk: Pick<Desk, "store">;
}): (request: Request) => Promise<Approver> {
  const questions = new PersonThrottle(QUESTIONS);
  return async (request) => {
    const holder = await cookieHolder(request, parts);
    const principal = await parts.desk.store.read((q) => approverOf(q, holder.person));
    if (!principal) throw new RequestError("FORBIDDEN", "you answer nobody's requests");
    markProven(request.socket);
    await questions.admit(holder.person);
    return { signedIn: holder, principal };
  };
}
