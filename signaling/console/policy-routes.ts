/** Policy, over HTTP (protocol/console-policy.ts). */
import type { Request, RequestHandler } from "express";
import { PersonThrottle } from "../auth/throttle.ts";
import { publishChanges } from "../bus/bus.ts";
import { parseBody } from "../doors/routes/answer.ts";
import { queryOf } from "../doors/routes/query.ts";
import { asRequestErrors } from "../organisations/as-request-errors.ts";
import type { Desk } from "../organisations/desk.ts";
import { mustBeSettable, policyEffect, policyView, setPolicy } from "../organisations/policies.ts";
import { policyPlaces } from "../organisations/policy-places.ts";
import { ItemQuery } from "../protocol/console.ts";
import {
  PolicyAsked,
  type PolicyEffect,
  PolicyPlaceId,
  type PolicyPlaces,
  PolicySet,
  type PolicyView,
} from "../protocol/console-policy.ts";

import type { Asker, ConsoleParts } from "./routes.ts";

const CHANGES = { points: 30, durationS: 60 } as const;

export class PolicyRoutes {
  readonly #parts: ConsoleParts;
  readonly #asker: (request: Request) => Promise<Asker>;
  readonly #changes = new PersonThrottle(CHANGES);

  constructor(parts: ConsoleParts, asker: (request: Request) => Promise<Asker>) {
    this.#parts = parts;
    this.#asker = asker;
  }

  readonly places: RequestHandler = async (request, response) => {
    const asker = await this.#asker(request);
    const places = await asRequestErrors(() => policyPlaces(this.#desk(asker)));
    response.json(places satisfies PolicyPlaces);
  };

  /** Asked again by the page itself while a change travels to the office PCs: that is no use. */
  readonly view: RequestHandler = async (request, response) => {
    const asker = await this.#asker(request);
    const place = parseBody(PolicyPlaceId, request.params);
    const { auto } = parseBody(ItemQuery, queryOf(request));
    const view = await asRequestErrors(() => policyView(this.#desk(asker), place, this.#parts.presence.policies));
    if (auto === undefined) await this.#touch(asker);
    response.json(this.#withMail(view));
  };

  readonly effect: RequestHandler = async (request, response) => {
    const asker = await this.#asker(request);
    const { place, rules } = parseBody(PolicyAsked, request.body);
    const effect = await asRequestErrors(() => policyEffect(this.#desk(asker), place, rules));
    await this.#touch(asker);
    response.json(effect satisfies PolicyEffect);
  };

  readonly set: RequestHandler = async (request, response) => {
    const { bus, log, presence, stepUp } = this.#parts;
    const asker = await this.#asker(request);
    const { code, ...change } = parseBody(PolicySet, request.body);
    await this.#changes.admit(asker.signedIn.person);
    const desk = this.#desk(asker);
    // before a code is used up for what would be refused
    await asRequestErrors(() => mustBeSettable(desk, change));
    await this.#touch(asker);
    await stepUp.prove(asker.signedIn, code, "policy.set");
    await asRequestErrors(() => setPolicy(desk, change));
    await publishChanges(bus, [{ kind: "policy", subject: change.place.id }]);
    // which office PCs have it is known anew from here on
    const view = await policyView(desk, change.place, presence.policies);
    log.info({ by: desk.principal.who, ...change.place, version: view.version }, "policy set at the console");
    response.json(this.#withMail(view));
  };

  #withMail(view: PolicyView): PolicyView {
    return this.#parts.hasMail ? view : { ...view, noMail: true };
  }

  #desk({ principal }: Asker): Desk {
    return { ...this.#parts.desk, principal };
  }

  #touch({ signedIn }: Asker): Promise<unknown> {
    return this.#parts.records.touch(signedIn.signInId);
  }
}
