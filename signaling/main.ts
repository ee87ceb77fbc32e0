/** The signaling server: settings → store, sign-ins, hub → three listeners behind the edge → signals. */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { join } from "node:path";
import { AuditHeads } from "./audit/heads.ts";
import { SummedRefusals } from "./audit/summed-refusals.ts";
import { Challenges } from "./auth/device-key.ts";
import { GuessChecks } from "./auth/guess-checks.ts";
import { Passwords } from "./auth/password.ts";
import { PasswordChanges } from "./auth/password-change.ts";
import { PhoneClocks } from "./auth/phone-clocks.ts";
import { SignIns } from "./auth/sign-in.ts";
import { SignInThrottle } from "./auth/throttle.ts";
import { authenticateUpgrade } from "./auth/upgrade.ts";
import { publishChanges } from "./bus/bus.ts";
import { openBus } from "./bus/open.ts";
import { ClockWatch } from "./clock-watch.ts";
import { type Config, ConfigError, loadConfig } from "./config.ts";
import type { Whereabouts } from "./console/acts.ts";
import { openConsole } from "./console/open.ts";
import { createInsideApp, createMonitoringApp, createOutsideApp } from "./doors/http.ts";
import { openMonitoring } from "./doors/monitoring-listener.ts";
import { readiness } from "./doors/routes/monitoring.ts";
import { loadPage } from "./doors/routes/page.ts";
import { openAgentDoor, openViewerDoor } from "./doors/websocket.ts";
import { admissionLimits, CONSOLE_LIMITS, insideLimits, outsideLimits } from "./edge/capacity.ts";
import { EdgeControl } from "./edge/control-server.ts";
import { openEdge } from "./edge/edge.ts";
import { IceServers, parseSecrets, tagKey } from "./edge/ice-servers.ts";
import { openProxied } from "./edge/proxied-listener.ts";
import { Refusals } from "./edge/refusals.ts";
import { RelayPeers } from "./edge/relay-peers.ts";
import { REQUEST_TIMEOUTS } from "./edge/request-timeouts.ts";
import { Housekeeping } from "./housekeeping.ts";
import { Hub } from "./hub/hub.ts";
import { lastResort } from "./last-resort.ts";
import { createLog, type Log } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { Enrolment } from "./organisations/enrolment.ts";
import { StoreRecords } from "./organisations/records.ts";
import { RelayChecks } from "./organisations/relay-checks.ts";
import { otherRelayHosts } from "./organisations/terminals.ts";
import { Nonce } from "./protocol/ids.ts";
import { openStore } from "./store/open.ts";
import { Sealer } from "./store/sealer.ts";
import { StoreTooNew } from "./store/store.ts";

const CLOCK_LOOK_MS = 1_000;
const PAGE = join(import.meta.dirname, "../viewer/dist");
const CONSOLE_PAGE = join(import.meta.dirname, "console/page/dist");

async function start(config: Config, log: Log): Promise<() => Promise<void>> {
  const now = Date.now;
  const store = await openStore({
    stateDir: config.stateDir,
    auditKey: config.auditKey,
    onTrouble: (err) => log.error({ err }, "nothing can be kept: the store cannot be written"),
    onRecovered: () => log.info("the store can be written again"),
  });
  if (config.keysBesideDatabase.length > 0)
    log.warn(
      { settings: config.keysBesideDatabase, folder: config.stateDir },
      "keys lie beside the database: a copy of this folder opens what they protect; keep them elsewhere (README)",
    );
  const auditHeads = new AuditHeads({ store, log, now });
  await auditHeads.start();
  const bus = await openBus({ onListenerError: (err) => log.error({ err }, "a listener of the bus failed") });
  const metrics = createMetrics();
  const limits = config.signInLimits;
  const records = new StoreRecords({ store, limits, log, now });
  const refusals = new SummedRefusals({ store, log, now });
  await refusals.start();
  const throttle = new SignInThrottle({ newcomersPerMinute: config.newcomersPerMinute });
  const secrets = { passwords: new Passwords(), sealer: new Sealer(config.storeKey), throttle };
  const challenges = new Challenges(config.storeKey);
  const phones = new PhoneClocks();
  const signInParts = { store, bus, ...secrets, challenges, phones, refusals, limits, log, now };
  const signIns = new SignIns(signInParts);
  const guesses = new GuessChecks();
  const passwordChanges = new PasswordChanges({ store, bus, ...secrets, guesses, limits, log, now });
  const [secret = "", ...previous] = parseSecrets(config.turn.secret);
  const iceServers = new IceServers({ secret, previous });
  const relayPeers = new RelayPeers();
  const hub = new Hub({
    relayPeers,
    records,
    iceServers,
    agentTurnUrls: config.turn.insideUrls,
    admission: admissionLimits(config.capacity),
    log,
    now,
    nonce: () => Nonce.parse(randomBytes(16).toString("base64url")),
  });
  await hub.start();
  bus.subscribe((event) => {
    if (event.type === "sign-in-ended") hub.signInEnded(event.signIn, event.reason);
    else void hub.recheck(event.changes);
  });
  const unwatch = store.onForeignChange((changes) => void publishChanges(bus, changes));
  const housekeeping = new Housekeeping({ store, log, now });
  housekeeping.start();
  const clock = new ClockWatch({ wall: now, monotonic: () => performance.now() });
  const clockTimer = setInterval(() => {
    const jumpMs = clock.look();
    if (jumpMs !== undefined) log.warn({ jumpMs: Math.round(jumpMs) }, "the clock of this server jumped");
  }, CLOCK_LOOK_MS);

  const page = loadPage(PAGE);
  const { cookieName, turn } = config;
  const outsideServer = (origins: readonly string[], tls: boolean): Server => {
    const server = createServer(
      REQUEST_TIMEOUTS,
      createOutsideApp({ origins, tls, cookieName, page, signIns, passwordChanges, metrics, log }),
    );
    openViewerDoor({
      server,
      hub,
      log,
      authenticate: (request) => authenticateUpgrade(request, { origins, cookieName, signIns }),
      turnUrls: (request) => turn.outsideUrls ?? [turnUrlOf(request)],
    });
    return server;
  };
  const administration =
    config.console &&
    openConsole({
      ...{ origins: config.console.origins, tls: true, cookieName: `${cookieName}-console` },
      ...{ page: loadPage(CONSOLE_PAGE), secrets: { ...signInParts, guesses }, twoPersons: new Set(config.twoPersons) },
      ...{ records, presence: hub, bus, metrics, log, whereabouts: whereAgentsGo(config) },
    });
  const ready = readiness({ page, store });
  const enrolment = new Enrolment({ store, bus, refusals, log, now });
  const relayChecks = new RelayChecks({ records, iceServers, relayPeers, urls: turn.insideUrls, log, now });
  const insideServer = createServer(REQUEST_TIMEOUTS, createInsideApp({ enrolment, relayChecks, metrics, log }));
  const { capacity } = config;
  const agentRefusals = new Refusals("agents", log);
  const refused = (what: string, address: string) => {
    refusedAgents += 1;
    agentRefusals.note(what, address);
  };
  let refusedAgents = 0;
  openAgentDoor({ server: insideServer, hub, log, capacity, refused });

  const edge = {
    turn: turn.udp,
    peers: relayPeers,
    isIssued: (username: string) => iceServers.isIssued(username),
    log,
  };
  const tls = { key: config.tls.key, cert: config.tls.cert };
  const { listen, origins, proxied } = config.outside;
  const doorLimits = outsideLimits(capacity);
  const control = proxied && new EdgeControl({ peers: relayPeers, keys: [secret, ...previous].map(tagKey), log });
  const edges = {
    outside: await openEdge({
      ...edge,
      name: "outside",
      limits: doorLimits,
      tls,
      listen,
      web: outsideServer(origins, true),
    }),
    ...(proxied &&
      control && {
        proxied: await openProxied({
          ...proxied,
          tls,
          log,
          web: outsideServer(origins, true),
          control: (socket) => control.take(socket),
        }),
      }),
    inside: await openEdge({
      ...edge,
      name: "inside",
      limits: insideLimits(capacity),
      tls,
      listen: config.inside.listen,
      web: insideServer,
    }),
    ...(config.console &&
      administration && {
        console: await openEdge({
          ...edge,
          name: "console",
          limits: CONSOLE_LIMITS,
          tls,
          listen: config.console.listen,
          isIssued: () => false, // no relay here
          web: createServer(REQUEST_TIMEOUTS, administration.app),
        }),
      }),
    ...(config.local && {
      local: await openEdge({
        ...edge,
        name: "local",
        limits: doorLimits,
        listen: config.local.listen,
        web: outsideServer([`http://localhost:${config.local.listen.port}`], false),
      }),
    }),
  };
  const monitoring =
    config.monitoring &&
    (await openMonitoring({ ...config.monitoring, app: createMonitoringApp({ ready, metrics, log }) }));
  metrics.gauge("engawa_viewers", "Pages that are connected", () => hub.viewers.size);
  metrics.gauge("engawa_agents", "Office PCs that are connected", () => hub.agents.size);
  metrics.gauge("engawa_sessions", "Sessions that have not ended", () => hub.sessions.size);
  metrics.gauge("engawa_hub_entries", "Entries kept in memory of who is here and what they do", () => hub.size);
  metrics.gauge(
    "engawa_sign_in_counters_forgotten",
    "Counters of attempts that were forgotten for want of room, since the start",
    () => throttle.evicted,
  );
  metrics.gauge(
    "engawa_phones_ahead_seconds",
    "By how much most phones that made codes are ahead of this server",
    () => phones.aheadMs / 1_000,
  );
  metrics.gauge("engawa_clock_jumps", "How often the clock of this server jumped since it started", () => clock.jumps);
  metrics.gauge(
    "engawa_agents_refused",
    "Office PCs not let in for want of room, since the start",
    () => refusedAgents,
  );
  for (const name of ["outside", "inside", "console", "local"] as const) {
    const each = edges[name];
    if (each) metrics.edge(name, () => each.stats());
  }
  if (control) {
    metrics.edge("proxied", () => control.figures());
    metrics.gauge("engawa_edges_joined", "Edges of their own that are told of sessions", () => control.joined);
  }
  const addresses = {
    outside: edges.outside.address,
    inside: edges.inside.address,
    local: edges.local?.address,
    console: edges.console?.address,
    monitoring: monitoring?.address,
  };
  log.info(addresses, "ready");

  return async () => {
    unwatch();
    clearInterval(clockTimer);
    await housekeeping.close();
    agentRefusals.close();
    await hub.close();
    control?.close();
    for (const each of Object.values(edges)) await each.close();
    await monitoring?.close();
    await guesses.close();
    await refusals.close();
    await signIns.close();
    await administration?.close();
    await records.close();
    await auditHeads.close();
    await bus.close();
    await store.close();
  };
}

function whereAgentsGo({ inside, tls, turn }: Config): Whereabouts {
  const relayHosts = otherRelayHosts(inside.url, turn.insideUrls);
  return { url: inside.url, ca: tls.caSha256, ...(relayHosts && { relayHosts }) };
}

/** The relay as this viewer reaches it: through the very port that served the page. Its Origin was checked before. */
function turnUrlOf(request: IncomingMessage): string {
  const { protocol, hostname, port } = new URL(request.headers.origin ?? "");
  if (protocol === "https:") return `turns:${hostname}:${port || "443"}?transport=tcp`;
  return `turn:127.0.0.1:${port || "80"}?transport=tcp`;
}

try {
  const config = loadConfig();
  const log = createLog({ level: config.logLevel });
  let close = async () => {};
  lastResort({ log, close: () => close() });
  close = await start(config, log);
  const stop = Promise.withResolvers<string>();
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, stop.resolve);
  const signal = await stop.promise;
  await close();
  log.info({ signal }, "stopped");
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof StoreTooNew)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
