/**
 * The HTTP applications. Outside: the page and signing in. Inside: enrolment. A third one for monitoring, so that not every
 * office PC reads the figures. (The fourth is the console's: console/app.ts.) None knows another's routes, so none can serve them by accident.
 *
 * A true source address is the socket's. No header is believed ("trust proxy" stays off): the edge hands over the sockets
 * themselves.
 */
import express, { type Express, type RequestHandler } from "express";
import type { PasswordChanges } from "../auth/password-change.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Enrolment } from "../organisations/enrolment.ts";
import type { RelayChecks } from "../organisations/relay-checks.ts";
import { answerErrors, notFound } from "./routes/answer.ts";
import { ApprovalRoutes, staffApprover } from "./routes/approvals.ts";
import { enrolRoute } from "./routes/enrol.ts";
import { refuseBrowsers, requireOrigin } from "./routes/guard.ts";
import { securityHeaders } from "./routes/headers.ts";
import { mailCodeRoute, waysRoute } from "./routes/mail-code.ts";
import { meRoute } from "./routes/me.ts";
import { healthRoute, metricsRoute, type Readiness, readyRoute } from "./routes/monitoring.ts";
import { type OwnParts, OwnRoutes } from "./routes/own.ts";
import { type Page, servePage } from "./routes/page.ts";
import { passwordRoute } from "./routes/password.ts";
import { relayCheckRoute } from "./routes/relay-check.ts";
import { RequestRoutes } from "./routes/requests.ts";
import { challengeRoute, signInRoute } from "./routes/sign-in.ts";
import { signOutRoute } from "./routes/sign-out.ts";

/** The largest body is a sign-in: some 900 bytes. */
export const MAX_BODY_BYTES = 8 * 1024;

export interface OutsideOptions extends OwnParts {
  /** Exact origins by which this listener's page is opened, e.g. `https://telework.example.lg.jp`. */
  readonly origins: readonly string[];
  /** Whether this listener speaks TLS; false for the plain one on loopback. */
  readonly tls: boolean;
  readonly page: Page;
  readonly passwordChanges: PasswordChanges;
  readonly metrics: Metrics;
  readonly log: Log;
}

export function createOutsideApp(options: OutsideOptions): Express {
  const app = bareApp();
  app.use(count(options.metrics, "outside"));
  app.use(securityHeaders(options));
  app.use(requireOrigin(options.origins));
  app.use(servePage(options.page));
  app.use("/api", personal, express.json({ limit: MAX_BODY_BYTES }));
  app.post("/api/sign-in/challenge", challengeRoute(options.signIns));
  app.post("/api/sign-in", signInRoute(options));
  app.get("/api/sign-in/ways", waysRoute(options.mailCodes));
  app.post("/api/sign-in/mail-code", mailCodeRoute(options.mailCodes, options.metrics));
  app.post("/api/sign-out", signOutRoute(options));
  app.get("/api/me", meRoute(options));
  app.post("/api/password", passwordRoute(options));
  const own = new OwnRoutes(options);
  app.get("/api/own", own.own);
  app.post("/api/own/sign-in-end", own.endSignIn);
  app.post("/api/own/session-end", own.endSession);
  app.post("/api/own/device-remove", own.removeDevice);
  const requests = new RequestRoutes(options);
  app.get("/api/requests", requests.own);
  app.post("/api/requests", requests.ask);
  app.post("/api/requests/withdraw", requests.withdraw);
  const approvals = new ApprovalRoutes(options, staffApprover(options));
  app.get("/api/approvals", approvals.view);
  app.post("/api/approvals", approvals.decide);
  app.post("/api/approvals/take-back", approvals.takeBack);
  app.use(notFound);
  app.use(answerErrors(options.log));
  return app;
}

export interface InsideOptions {
  readonly enrolment: Enrolment;
  readonly relayChecks: RelayChecks;
  readonly metrics: Metrics;
  readonly log: Log;
}

export function createInsideApp(options: InsideOptions): Express {
  const app = bareApp();
  app.use(count(options.metrics, "inside"));
  app.use(personal, refuseBrowsers);
  app.use("/api", express.json({ limit: MAX_BODY_BYTES }));
  app.post("/api/enrol", enrolRoute(options.enrolment));
  app.post("/api/relay-check", relayCheckRoute(options.relayChecks));
  app.get("/healthz", healthRoute);
  app.use(notFound);
  app.use(answerErrors(options.log));
  return app;
}

export interface MonitoringOptions {
  readonly ready: Readiness;
  readonly metrics: Metrics;
  readonly log: Log;
}

export function createMonitoringApp(options: MonitoringOptions): Express {
  const app = bareApp();
  app.use(count(options.metrics, "monitoring"));
  app.use(personal, refuseBrowsers);
  app.get("/healthz", healthRoute);
  app.get("/readyz", readyRoute(options.ready));
  app.get("/metrics", metricsRoute(options.metrics));
  app.use(notFound);
  app.use(answerErrors(options.log));
  return app;
}

/** Paths are taken literally: no other case, no slash more or less. */
export function bareApp(): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("trust proxy", false);
  app.set("query parser", false);
  app.enable("case sensitive routing");
  app.enable("strict routing");
  return app;
}

export const personal: RequestHandler = (_request, response, next) => {
  response.set({ "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" });
  next();
};

export function count(metrics: Metrics, listener: Parameters<Metrics["request"]>[0]): RequestHandler {
  return (_request, response, next) => {
    response.on("finish", () => metrics.request(listener, response.statusCode));
    next();
  };
}
