/**
 * Which door asks the table (auth/permissions.ts) for which action. A route or message that is not here is not served
 * (test/integration/access.test.ts holds the routers to it).
 *
 *   open       before anybody is known: it is what makes them known, or says nothing about anybody
 *   duty       whoever has one, at the console, which asks for each thing that it shows or does (console/); outside for answering requests
 *   office-pc  an office PC, which proved its key, about itself and its own sessions
 */
import type { Action } from "../../auth/permissions.ts";
import type { AgentMessage, ViewerMessage } from "../../protocol/signal.ts";

export type Access = Action | "open" | "duty" | "office-pc";

export const ROUTES = {
  outside: {
    "POST /api/sign-in/challenge": "open",
    "POST /api/sign-in": "open",
    "GET /api/sign-in/ways": "open",
    "POST /api/sign-in/mail-code": "open",
    /** Whoever asks is signed out afterwards. */
    "POST /api/sign-out": "sign-in.end",
    "GET /api/me": "sign-in.read",
    "POST /api/password": "password.change",
    "GET /api/own": "sign-in.read",
    "POST /api/own/sign-in-end": "sign-in.end",
    "POST /api/own/session-end": "session.end",
    "POST /api/own/device-remove": "device.give-up",
    "GET /api/requests": "request.ask",
    "POST /api/requests": "request.ask",
    "POST /api/requests/withdraw": "request.ask",
    "GET /api/approvals": "duty",
    "POST /api/approvals": "duty",
    "POST /api/approvals/take-back": "duty",
  },
  console: {
    "POST /api/sign-in/challenge": "open",
    "POST /api/sign-in": "open",
    "POST /api/sign-out": "sign-in.end",
    "GET /api/me": "sign-in.read",
    "POST /api/password": "password.change",
    "GET /api/console/self": "duty",
    "GET /api/console/today": "duty",
    "GET /api/console/documents/:name": "duty",
    "GET /api/console/lists/:list": "duty",
    "GET /api/console/items/:list/:id": "duty",
    "POST /api/console/effect": "duty",
    "POST /api/console/acts": "duty",
    "POST /api/console/imports/:kind": "duty",
    "POST /api/console/imports/:kind/apply": "duty",
    "GET /api/console/imports/:kind/last": "duty",
    "POST /api/console/imports/:kind/undo": "duty",
    "POST /api/console/bulk": "duty",
    "GET /api/console/audit/export": "duty",
    "GET /api/console/notices": "duty",
    "POST /api/console/notices": "duty",
    "GET /api/console/policy/places": "duty",
    "GET /api/console/policy/:level/:id": "duty",
    "POST /api/console/policy/effect": "duty",
    "POST /api/console/policy": "duty",
    "GET /api/console/approvals": "duty",
    "POST /api/console/approvals": "duty",
    "POST /api/console/approvals/take-back": "duty",
    "GET /api/console/labour": "duty",
    "GET /api/console/waves": "duty",
    "POST /api/console/waves/read": "duty",
    "POST /api/console/waves/apply": "duty",
    "POST /api/console/waves/withdraw": "duty",
    "POST /api/console/waves/approve": "duty",
    "POST /api/console/waves/refuse": "duty",
    "POST /api/console/waves/declare": "duty",
    "POST /api/console/waves/effect": "duty",
    "POST /api/console/waves/end": "duty",
  },
  inside: {
    "POST /api/enrol": "open",
    "POST /api/relay-check": "office-pc",
    "GET /healthz": "open",
  },
  monitoring: {
    "GET /healthz": "open",
    "GET /readyz": "open",
    "GET /metrics": "open",
  },
} as const satisfies Record<string, Record<string, Access>>;

export const VIEWER_MESSAGES: { readonly [T in ViewerMessage["type"]]: Action } = {
  "session-request": "session.open",
  answer: "session.signal",
  candidate: "session.signal",
  "session-end": "session.end",
  wake: "terminal.wake",
  "wake-cancel": "terminal.wake",
  ping: "sign-in.read",
};

export const AGENT_MESSAGES: { readonly [T in AgentMessage["type"]]: "office-pc" | "open" } = {
  authenticate: "open",
  sessions: "office-pc",
  offer: "office-pc",
  "session-live": "office-pc",
  "session-active": "office-pc",
  "session-interrupted": "office-pc",
  "session-end": "office-pc",
  interfaces: "office-pc",
  "wake-sent": "office-pc",
  "wake-refused": "office-pc",
  protection: "office-pc",
  "lock-kept": "office-pc",
  "devices-forgotten": "office-pc",
  "policies-kept": "office-pc",
  "session-receipt": "office-pc",
  "audit-witness": "office-pc",
  "audit-cosigned": "office-pc",
  "audit-contradiction": "office-pc",
};
