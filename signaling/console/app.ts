/** The console's HTTP application: a page, an origin and a cookie of its own, on the closed network only. */
import express, { type Express, type Request } from "express";
import type { PasswordChanges } from "../auth/password-change.ts";
import { bareApp, count, MAX_BODY_BYTES, personal } from "../doors/http.ts";
import { answerErrors, notFound } from "../doors/routes/answer.ts";
import { ApprovalRoutes } from "../doors/routes/approvals.ts";
import { requireOrigin, requireSameOrigin } from "../doors/routes/guard.ts";
import { securityHeaders } from "../doors/routes/headers.ts";
import { meRoute } from "../doors/routes/me.ts";
import { type Page, servePage } from "../doors/routes/page.ts";
import { passwordRoute } from "../doors/routes/password.ts";
import { challengeRoute, signInRoute } from "../doors/routes/sign-in.ts";
import { signOutRoute } from "../doors/routes/sign-out.ts";
import type { Metrics } from "../metrics.ts";
import { MAX_APPLICATION_BYTES } from "../protocol/console-waves.ts";
import { AuditRoutes } from "./audit-routes.ts";
import { DocumentRoutes } from "./document-routes.ts";
import { ImportRoutes } from "./import-routes.ts";
import { labourRoute } from "./labour-routes.ts";
import { NoticeRoutes } from "./notice-routes.ts";
import { PolicyRoutes } from "./policy-routes.ts";
import { type ConsoleParts, ConsoleRoutes } from "./routes.ts";
import { WaveRoutes } from "./wave-routes.ts";

const APPLY = "/api/console/waves/apply";

export interface ConsoleOptions extends ConsoleParts {
  /** Exact origins by which the console's page is opened. */
  readonly origins: readonly string[];
  /** Whether its listener speaks TLS; false in tests. */
  readonly tls: boolean;
  readonly page: Page;
  readonly passwordChanges: PasswordChanges;
  readonly metrics: Metrics;
}

export function createConsoleApp(options: ConsoleOptions): Express {
  const app = bareApp();
  const routes = new ConsoleRoutes(options);
  const asker = (request: Request) => routes.asker(request);
  const approvals = new ApprovalRoutes(options, asker);
  const documents = new DocumentRoutes(options, asker);
  const policy = new PolicyRoutes(options, asker);
  const notices = new NoticeRoutes(options, asker);
  const audit = new AuditRoutes(options, asker);
  const waves = new WaveRoutes(options, asker);
  const imports = new ImportRoutes(options, asker);
  app.use(count(options.metrics, "console"));
  app.use(securityHeaders(options));
  app.use(requireOrigin(options.origins));
  app.use(servePage(options.page));
  // a prefecture's lines, of some 70 bytes each; what is read here is not read again below
  app.use(APPLY, personal, requireSameOrigin, express.json({ limit: MAX_APPLICATION_BYTES }));
  app.use("/api", personal, requireSameOrigin, express.json({ limit: MAX_BODY_BYTES }));
  app.post("/api/sign-in/challenge", challengeRoute(options.signIns));
  app.post("/api/sign-in", signInRoute(options));
  app.post("/api/sign-out", signOutRoute(options));
  app.get("/api/me", meRoute(options));
  app.post("/api/password", passwordRoute(options));
  app.get("/api/console/self", routes.self);
  app.get("/api/console/today", routes.today);
  app.get("/api/console/documents/:name", documents.document);
  app.get("/api/console/lists/:list", routes.list);
  app.get("/api/console/items/:list/:id", routes.item);
  app.post("/api/console/effect", routes.effect);
  app.post("/api/console/acts", routes.act);
  app.post("/api/console/imports/:kind", imports.admit, imports.body, imports.preview);
  app.post("/api/console/imports/:kind/apply", imports.apply);
  app.get("/api/console/imports/:kind/last", imports.last);
  app.post("/api/console/imports/:kind/undo", imports.undo);
  app.post("/api/console/bulk", routes.bulk);
  app.get("/api/console/audit/export", audit.export);
  app.get("/api/console/notices", notices.view);
  app.post("/api/console/notices", notices.set);
  app.get("/api/console/policy/places", policy.places);
  app.get("/api/console/policy/:level/:id", policy.view);
  app.post("/api/console/policy/effect", policy.effect);
  app.post("/api/console/policy", policy.set);
  app.get("/api/console/approvals", approvals.view);
  app.post("/api/console/approvals", approvals.decide);
  app.post("/api/console/approvals/take-back", approvals.takeBack);
  app.get("/api/console/labour", labourRoute(options, asker));
  app.get("/api/console/waves", waves.view);
  app.post("/api/console/waves/read", waves.admit, waves.body, waves.read);
  app.post(APPLY, waves.apply);
  app.post("/api/console/waves/withdraw", waves.withdraw);
  app.post("/api/console/waves/approve", waves.approve);
  app.post("/api/console/waves/refuse", waves.refuse);
  app.post("/api/console/waves/declare", waves.declare);
  app.post("/api/console/waves/effect", waves.effect);
  app.post("/api/console/waves/end", waves.end);
  app.use(notFound);
  app.use(answerErrors(options.log));
  return app;
}
