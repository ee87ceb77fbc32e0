import type { RequestHandler } from "express";
import type { Metrics } from "../metrics.ts";

/** GET /healthz: the process answers. */
export const healthRoute: RequestHandler = (_request, response) => {
  response.json({ ok: true });
};

/** What keeps the server from doing its work; nothing when it is ready. */
export type Readiness = () => Promise<readonly string[]>;

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
