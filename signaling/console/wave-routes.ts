/** Declared events and IDs of office PCs in waves, over HTTP (protocol/console-waves.ts). */
import express, { type Request, type RequestHandler, type Response } from "express";
import type { z } from "zod";
import { PersonThrottle } from "../auth/throttle.ts";
import { publishChanges } from "../bus/bus.ts";
import { parseBody } from "../doors/routes/answer.ts";
import { queryOf } from "../doors/routes/query.ts";
import { applyForIds, approveWave, refuseApplication, withdrawApplication } from "../organisations/applications.ts";
import { asRequestErrors } from "../organisations/as-request-errors.ts";
import type { Desk } from "../organisations/desk.ts";
import { declareEvent, endEffect, setEventEnd } from "../organisations/events.ts";
import { wavesView } from "../organisations/waves-view.ts";
import { ItemQuery } from "../protocol/console.ts";
import {
  type ApplicationFile,
  EventAsked,
  EventDeclare,
  type EventEffect,
  EventEnd,
  MAX_APPLICATION_BYTES,
  WaveApply,
  WaveApprove,
  WaveRefuse,
  type WavesView,
  WaveWithdraw,
} from "../protocol/console-waves.ts";
import { RequestError } from "../protocol/errors.ts";
import type { Asker, ConsoleParts } from "./routes.ts";
import { readApplication } from "./wave-file.ts";

const CHANGES = { points: 60, durationS: 60 } as const;

export class WaveRoutes {
  readonly #parts: ConsoleParts;
  readonly #asker: (request: Request) => Promise<Asker>;
  readonly #changes = new PersonThrottle(CHANGES);

  constructor(parts: ConsoleParts, asker: (request: Request) => Promise<Asker>) {
    this.#parts = parts;
    this.#asker = asker;
  }

  readonly view: RequestHandler = async (request, response) => {
    const asker = await this.#asker(request);
    const { auto } = parseBody(ItemQuery, queryOf(request));
    if (auto === undefined) await this.#touch(asker);
    await this.#show(asker, response);
  };

  /** Nobody's file is read before it is known who sends it. */
  readonly admit: RequestHandler = async (request, response, next) => {
    response.locals["asker"] = await this.#asker(request);
    next();
  };

  readonly body = express.raw({ type: "text/csv", limit: MAX_APPLICATION_BYTES });

  readonly read: RequestHandler = async (request, response) => {
    const asker = response.locals["asker"] as Asker;
    if (!Buffer.isBuffer(request.body)) throw new RequestError("BAD_REQUEST", "body: text/csv is wanted");
    await this.#touch(asker);
    const view = await asRequestErrors(() => wavesView(this.#desk(asker)));
    response.json(readApplication(request.body, view) satisfies ApplicationFile);
  };

  readonly apply = this.#does(WaveApply, (desk, wish) => applyForIds(desk, wish));
  readonly withdraw = this.#does(WaveWithdraw, (desk, { application }) => withdrawApplication(desk, application));
  readonly approve = this.#does(WaveApprove, (desk, { applications }) => approveWave(desk, applications));
  readonly refuse = this.#does(WaveRefuse, (desk, { application, word }) => refuseApplication(desk, application, word));
  readonly declare = this.#does(EventDeclare, (desk, wish) => declareEvent(desk, wish));

  readonly effect: RequestHandler = async (request, response) => {
    const asker = await this.#asker(request);
    const wish = parseBody(EventAsked, request.body);
    const effect = await asRequestErrors(() => endEffect(this.#desk(asker), wish));
    await this.#touch(asker);
    response.json(effect satisfies EventEffect);
  };

  readonly end: RequestHandler = async (request, response) => {
    const { bus, log, stepUp } = this.#parts;
    const asker = await this.#asker(request);
    const { code, reason, ...wish } = parseBody(EventEnd, request.body);
    await this.#changes.admit(asker.signedIn.person);
    const desk = { ...this.#desk(asker), reason };
    // before a code is used up for what would be refused
    await asRequestErrors(() => endEffect(desk, wish));
    await this.#touch(asker);
    await stepUp.prove(asker.signedIn, code, "event.end");
    const { endsAt } = await asRequestErrors(() => setEventEnd(desk, wish));
    await publishChanges(bus, [{ kind: "event", subject: String(wish.event) }]);
    log.info({ by: desk.principal.who, event: wish.event, endsAt }, "the end of an event set at the console");
    await this.#show(asker, response);
  };

  #does<T>(schema: z.ZodType<T>, work: (desk: Desk, body: T) => Promise<unknown>): RequestHandler {
    return async (request, response) => {
      const asker = await this.#asker(request);
      const body = parseBody(schema, request.body);
      await this.#changes.admit(asker.signedIn.person);
      await this.#touch(asker);
      const desk = this.#desk(asker);
      await asRequestErrors(() => work(desk, body));
      this.#parts.log.info({ by: desk.principal.who, path: request.path }, "done at the console");
      await this.#show(asker, response);
    };
  }

  async #show(asker: Asker, response: Response): Promise<void> {
    const view = await asRequestErrors(() => wavesView(this.#desk(asker)));
    response.json(view satisfies WavesView);
  }

  #desk({ principal }: Asker): Desk {
    return { ...this.#parts.desk, principal };
  }

  #touch({ signedIn }: Asker): Promise<unknown> {
    return this.#parts.records.touch(signedIn.signInId);
  }
}
