import type { RequestHandler } from "express";
import type { Metrics } from "../../metrics.ts";
import type { Store } from "../../store/store.ts";
import type { Page } from "./page.ts";

/** GET /healthz: the process answers. */
export const healthRoute: RequestHandler = (_request, response) => {
  response.json({ ok: true });
};

/** What keeps the server from doing its work; nothing when it is ready. */
export type Readiness = () => Promise<readonly string[]>;

export interface ReadinessParts {
  readonly page: Page;
  readonly store: Pick<Store, "problem">;
  /** What else would keep it, each in words: it is about to end, it holds no lease. */
  readonly others?: readonly (() => string | undefined)[];
}

/** Ready is who has a page to give and can keep what it is told. */
export function readiness({ page, store, others = [] }: ReadinessParts): Readiness {
  return async () => {
    const problems = [await store.problem(), ...others.map((problem) => problem())];
    const said = problems.filter((problem) => problem !== undefined);
    return page.size === 0 ? ["the page has not been built", ...said] : said;
  };
}

/** GET /readyz: the process can do its work. 503 with the reasons otherwise. */
export function readyRoute(ready: Readiness): RequestHandler {
  return async (_request, response) => {
    const problems = await ready();
    response.status(problems.length === 0 ? 200 : 503).json({ ok: problems.length === 0, problems });
  };
}

/** GET /metrics */
export function metricsRoute(metrics: Metrics): RequestHandler {
  return async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.text());
  };
}
