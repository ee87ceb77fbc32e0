/** The HTTP applications on real sockets, and a browser-like client for those with a page. */
import { createServer, type IncomingHttpHeaders, request, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { SummedRefusals } from "../../signaling/audit/summed-refusals.ts";
import { Challenges } from "../../signaling/auth/device-key.ts";
import { GuessChecks } from "../../signaling/auth/guess-checks.ts";
import { MailCodeRequests } from "../../signaling/auth/mail-code-requests.ts";
import { MailedCodes } from "../../signaling/auth/mailed-codes.ts";
import { Passwords } from "../../signaling/auth/password.ts";
import { PasswordChanges } from "../../signaling/auth/password-change.ts";
import type { Action } from "../../signaling/auth/permissions.ts";
import { PhoneClocks } from "../../signaling/auth/phone-clocks.ts";
import { SignIns } from "../../signaling/auth/sign-in.ts";
import { SignInThrottle } from "../../signaling/auth/throttle.ts";
import { DEFAULT_SIGN_IN_LIMITS, type SignInLimits } from "../../signaling/auth/token.ts";
import type { Bus, BusEvent } from "../../signaling/bus/bus.ts";
import { openBus } from "../../signaling/bus/open.ts";
import type { Presence } from "../../signaling/console/asking.ts";
import { openConsole } from "../../signaling/console/open.ts";
import { createInsideApp, createMonitoringApp, createOutsideApp } from "../../signaling/doors/http.ts";
import { openMonitoring } from "../../signaling/doors/monitoring-listener.ts";
import { readiness } from "../../signaling/doors/routes/monitoring.ts";
import { loadPage } from "../../signaling/doors/routes/page.ts";
import { DEFAULT_CAPACITY, sessionLimits } from "../../signaling/edge/capacity.ts";
import { IceServers } from "../../signaling/edge/ice-servers.ts";
import { Sessions } from "../../signaling/hub/sessions.ts";
import { createLog, type Log } from "../../signaling/log.ts";
import { Mails } from "../../signaling/mail/mails.ts";
import type { MailServer } from "../../signaling/mail/settings.ts";
import { createMetrics } from "../../signaling/metrics.ts";
import { Enrolment } from "../../signaling/organisations/enrolment.ts";
import { signInPolicy } from "../../signaling/organisations/policy-answers.ts";
import { StoreRecords } from "../../signaling/organisations/records.ts";
import { RelayChecks } from "../../signaling/organisations/relay-checks.ts";
import { ChallengeResponse } from "../../signaling/protocol/api.ts";
import type { Login, OrganisationCode } from "../../signaling/protocol/ids.ts";
import { signInText } from "../../signaling/protocol/signed.ts";
import { newSecret } from "../../turn-config/generate.ts";
import type { TestDevice, TestStore } from "./store.ts";
import { toldSettings } from "./told-settings.ts";

export const COOKIE = "__Host-engawa";
export const CONSOLE_COOKIE = "__Host-engawa-console";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
}

export interface HttpServer {
  readonly outsidePort: number;
  readonly insidePort: number;
  readonly monitoringPort: number;
  readonly consolePort: number;
  /** The one allowed origin of the console. */
  readonly consoleOrigin: string;
  /** The one allowed origin outside. */
  readonly origin: string;
  readonly signIns: SignIns;
  readonly passwords: Passwords;
  readonly refusals: SummedRefusals;
  readonly bus: Bus;
  readonly events: BusEvent[];
  /** Each connection outside, from now on. */
  onConnection(listener: (socket: Socket) => void): void;
  /** Everything that was logged. */
  logged(): string;
  readonly apps: {
    readonly outside: ReturnType<typeof createOutsideApp>;
    readonly inside: ReturnType<typeof createInsideApp>;
    readonly monitoring: ReturnType<typeof createMonitoringApp>;
    readonly console: ReturnType<typeof createMonitoringApp>;
  };
  close(): Promise<void>;
}

export interface HttpServerOptions {
  readonly now?: () => number;
  readonly limits?: SignInLimits;
  readonly tls?: boolean;
  readonly pageFolder?: string;
  readonly origin?: string;
  /** Who is here, as the console shows it; nobody. */
  readonly presence?: Presence;
  readonly twoPersons?: ReadonlySet<Action>;
  readonly needsAllotment?: boolean;
  /** Where codes by mail go out; nowhere. */
  readonly mail?: MailServer;
  /** The relay that agents are told of. */
  readonly turn?: { readonly secret: string; readonly urls: readonly string[] };
}

export async function startHttpServer(place: TestStore, options: HttpServerOptions = {}): Promise<HttpServer> {
  const lines: string[] = [];
  const log: Log = createLog({ level: "debug", destination: { write: (line) => lines.push(line) } });
  const now = options.now ?? Date.now;
  const { store, desk, storeKey } = place;
  const bus = await openBus({ onListenerError: (error) => log.error({ error }, "listener") });
  const events: BusEvent[] = [];
  bus.subscribe((event) => events.push(event));
  const passwords = new Passwords();
  const refusals = new SummedRefusals({ store, log, now });
  const secrets = { passwords, sealer: desk.sealer, throttle: new SignInThrottle() };
  const challenges = new Challenges(storeKey);
  const limits = options.limits ?? DEFAULT_SIGN_IN_LIMITS;
  const clocks = { phones: new PhoneClocks(), now };
  const mailedCodes = new MailedCodes(storeKey);
  const common = { store, ...secrets, challenges, refusals, policy: signInPolicy, mailedCodes, log };
  const signInParts = { ...common, bus, ...clocks, limits };
  const signIns = new SignIns(signInParts);
  const guesses = new GuessChecks();
  const passwordChanges = new PasswordChanges({ store, bus, ...secrets, guesses, limits, signIns, log, now });
  const metrics = createMetrics();
  const mails = options.mail && new Mails({ server: options.mail, counted: metrics.mail, log, now });
  const mailCodes = mails && new MailCodeRequests({ ...common, outbox: mails, now });
  const outsideServer = createServer();
  const insideServer = createServer();
  const consoleServer = createServer();
  const consolePort = await listen(consoleServer);
  const consoleOrigin = `http://localhost:${consolePort}`;
  const outsidePort = await listen(outsideServer);
  const insidePort = await listen(insideServer);
  const origin = options.origin ?? `http://localhost:${outsidePort}`;
  const page = loadPage(options.pageFolder ?? "/nonexistent");
  const tls = options.tls ?? false;
  const records = new StoreRecords({ store, limits, log, now });
  const outside = createOutsideApp({
    ...{ origins: [origin], tls, cookieName: COOKIE, page, signIns, passwordChanges, metrics, log },
    ...{ desk: signInParts, records, bus, sessionLimits: sessionLimits(DEFAULT_CAPACITY), mailCodes },
  });
  const enrolment = new Enrolment({ store, bus, refusals, log, now });
  const iceServers = new IceServers({ secret: options.turn?.secret ?? newSecret(), now });
  const relayChecks = new RelayChecks({
    records,
    iceServers,
    urls: options.turn?.urls ?? ["turn:127.0.0.1:9"],
    log,
    now,
  });
  const inside = createInsideApp({ enrolment, relayChecks, metrics, log });
  const monitoring = createMonitoringApp({ ready: readiness({ page, store }), metrics, log });
  const monitoringListener = await openMonitoring({ listen: { host: "127.0.0.1", port: 0 }, app: monitoring });
  const administration = openConsole({
    ...{ origins: [consoleOrigin], tls, cookieName: CONSOLE_COOKIE, page, metrics, log, bus, records },
    ...{ secrets: { ...signInParts, guesses }, twoPersons: options.twoPersons, needsAllotment: options.needsAllotment },
    presence: options.presence ?? {
      ...{ agents: new Map(), sessions: new Sessions(), lockOrders: { keepers: () => 0 } },
      policies: { online: [], has: () => false },
    },
    ...{ staffPage: origin, hasMail: mailCodes !== undefined, settings: toldSettings() },
    whereabouts: { url: "https://inside.example:8444", ca: "0".repeat(64) },
  });
  consoleServer.on("request", administration.app);
  outsideServer.on("request", outside);
  insideServer.on("request", inside);
  return {
    outsidePort,
    insidePort,
    monitoringPort: monitoringListener.address.port,
    consolePort,
    consoleOrigin,
    origin,
    signIns,
    passwords,
    refusals,
    bus,
    events,
    onConnection: (listener) => outsideServer.on("connection", listener),
    logged: () => lines.join(""),
    apps: { outside, inside, monitoring, console: administration.app },
    async close() {
      await Promise.all([outsideServer, insideServer, consoleServer].map(stop));
      await monitoringListener.close();
      await guesses.close();
      await refusals.close();
      await signIns.close();
      await mails?.close();
      await mailCodes?.close();
      await administration.close();
      await records.close();
      await bus.close();
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** One request, exactly as given: no header is added besides Host and lengths, the path is sent raw. */
export function send(
  port: number,
  method: string,
  path: string,
  o: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answer> {
  const isRaw = o.body === undefined || typeof o.body === "string" || Buffer.isBuffer(o.body);
  const body = isRaw ? (o.body as string | Buffer | undefined) : JSON.stringify(o.body);
  const headers = { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...o.headers };
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface SignInAttempt {
  /** The organisation's code, where there are several. */
  readonly organisation?: string | undefined;
  readonly login: Login | string;
  readonly password: string;
  readonly code: string;
  readonly device: TestDevice;
  /** At the console; on the page of staff otherwise. */
  readonly console?: boolean;
  /** What the device signs in place of the true origin. */
  readonly signedOrigin?: string;
  /** User-Agent. */
  readonly agent?: string | undefined;
}

/** Asks for a challenge, signs it and tries to sign in. `between`: before it is sent. */
export async function trySignIn(server: HttpServer, attempt: SignInAttempt, between?: () => void): Promise<Answer> {
  const [port, own] = attempt.console
    ? [server.consolePort, server.consoleOrigin]
    : [server.outsidePort, server.origin];
  const headers = { Origin: own, "Sec-Fetch-Site": "same-origin" };
  const asked = await send(port, "POST", "/api/sign-in/challenge", { headers });
  const { challenge } = ChallengeResponse.parse(asked.json);
  const { organisation, login, password, code, device } = attempt;
  const origin = attempt.signedOrigin ?? own;
  const signed = { challenge, origin, login: login as Login, organisation: organisation as OrganisationCode };
  const text = signInText(signed);
  const signature = await device.sign(text);
  const body = { organisation, login, password, code, deviceKey: device.publicKey, challenge, signature };
  between?.();
  const named = attempt.agent === undefined ? headers : { ...headers, "User-Agent": attempt.agent };
  return send(port, "POST", "/api/sign-in", { headers: named, body });
}

/** Asks for a code by mail, as trySignIn signs in. */
export async function askMailCode(server: HttpServer, attempt: Omit<SignInAttempt, "code">): Promise<Answer> {
  const headers = { Origin: server.origin, ...(attempt.agent !== undefined && { "User-Agent": attempt.agent }) };
  const asked = await send(server.outsidePort, "POST", "/api/sign-in/challenge", { headers });
  const { challenge } = ChallengeResponse.parse(asked.json);
  const { organisation, login, password, device } = attempt;
  const origin = attempt.signedOrigin ?? server.origin;
  const signed = { challenge, origin, login: login as Login, organisation: organisation as OrganisationCode };
  const signature = await device.sign(signInText(signed));
  const body = { organisation, login, password, deviceKey: device.publicKey, challenge, signature };
  return send(server.outsidePort, "POST", "/api/sign-in/mail-code", { headers, body });
}

/** One request of the console's page. `path`: below /api. */
export function askConsole(
  server: HttpServer,
  cookie: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const headers = { Origin: server.consoleOrigin, "Sec-Fetch-Site": "same-origin", Cookie: cookie };
  return send(server.consolePort, method, `/api${path}`, { headers, ...(body === undefined ? {} : { body }) });
}

/** The cookie an answer sets, as the browser would send it back. */
export function cookieOf(answer: Answer): string {
  return answer.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
}
