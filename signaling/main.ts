/** The signaling server: settings → store, sign-ins, hub → its entrances behind edges → signals. */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { join } from "node:path";
import { AuditHeads } from "./audit/heads.ts";
import { SummedRefusals } from "./audit/summed-refusals.ts";
import { Challenges } from "./auth/device-key.ts";
import { GuessChecks } from "./auth/guess-checks.ts";
import { MailCodeRequests } from "./auth/mail-code-requests.ts";
import { MailedCodes } from "./auth/mailed-codes.ts";
import { Passwords } from "./auth/password.ts";
import { PasswordChanges } from "./auth/password-change.ts";
import { PhoneClocks } from "./auth/phone-clocks.ts";
import { SignIns } from "./auth/sign-in.ts";
import { SignInThrottle } from "./auth/throttle.ts";
import { authenticateUpgrade } from "./auth/upgrade.ts";
import { publishChanges } from "./bus/bus.ts";
import { openBus } from "./bus/open.ts";
import { watchClock } from "./clock-watch.ts";
import { type Config, ConfigError, loadConfig } from "./config.ts";
import type { Whereabouts } from "./console/acts.ts";
import { Notices } from "./console/notices.ts";
import { openConsole } from "./console/open.ts";
import { presenceOf } from "./console/presence.ts";
import { createInsideApp, createMonitoringApp, createOutsideApp } from "./doors/http.ts";
import { openMonitoring } from "./doors/monitoring-listener.ts";
import { readiness } from "./doors/routes/monitoring.ts";
import { loadPage } from "./doors/routes/page.ts";
import { openAgentDoor, openViewerDoor } from "./doors/websocket.ts";
import { Draining, toldToEnd } from "./draining.ts";
import { CONSOLE_LIMITS, insideLimits, outsideLimits, sessionLimits } from "./edge/capacity.ts";
import { openEdge } from "./edge/edge.ts";
import { type Entrance, openEntrance } from "./edge/entrance.ts";
import { IceServers, parseSecrets } from "./edge/ice-servers.ts";
import { Refusals } from "./edge/refusals.ts";
import { RelayPeers } from "./edge/relay-peers.ts";
import { REQUEST_TIMEOUTS } from "./edge/request-timeouts.ts";
import { Housekeeping } from "./housekeeping.ts";
import { Hub } from "./hub/hub.ts";
import { lastResort } from "./last-resort.ts";
import { LineUse } from "./line-use.ts";
import { createLog, type Log } from "./log.ts";
import { Mails } from "./mail/mails.ts";
import { createMetrics } from "./metrics.ts";
import { openNodes } from "./nodes/open.ts";
import { AuditWitnesses } from "./organisations/audit-witnesses.ts";
import { Enrolment } from "./organisations/enrolment.ts";
import { EventEnds } from "./organisations/event-ends.ts";
import { signInPolicy } from "./organisations/policy-answers.ts";
import { StoreRecords } from "./organisations/records.ts";
import { RelayChecks } from "./organisations/relay-checks.ts";
import { lapseRequests } from "./organisations/requests.ts";
import { retention } from "./organisations/retention.ts";
import { otherRelayHosts } from "./organisations/terminals.ts";
import { Nonce } from "./protocol/ids.ts";
import { AuditShipping } from "./shipping/audit-shipping.ts";
import { openStore } from "./store/open.ts";
import { Sealer } from "./store/sealer.ts";
import { StoreTooNew, StoreUnusable } from "./store/store.ts";

const PAGE = join(import.meta.dirname, "../viewer/dist");
const CONSOLE_PAGE = join(import.meta.dirname, "console/page/dist");

/** What is kept, and who is told of it. */
async function openGround(config: Config, log: Log) {
  const now = Date.now;
  const store = await openStore({
    stateDir: config.stateDir,
    database: config.database,
    auditKey: config.auditKey,
    isBesideServer: config.database !== undefined,
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
  const onListenerError = (err: unknown) => log.error({ err }, "the bus, or a listener of it, failed");
  const bus = await openBus({ database: config.database, onListenerError });
  const limits = config.signInLimits;
  const refusals = new SummedRefusals({ store, log, now });
  await refusals.start();
  const draining = new Draining({ totalMs: config.drainMs, log });
  return { config, log, now, store, auditHeads, bus, limits, refusals, draining, metrics: createMetrics() };
}

type Ground = Awaited<ReturnType<typeof openGround>>;

/** Who may come in. */
function openSignIns({ config, log, now, store, bus, limits, refusals, metrics, throttle }: Met) {
  const secrets = { passwords: new Passwords(), sealer: new Sealer(config.storeKey), throttle };
  const challenges = new Challenges(config.storeKey);
  const phones = new PhoneClocks();
  const mailedCodes = new MailedCodes(config.storeKey);
  const common = { store, ...secrets, challenges, refusals, policy: signInPolicy, mailedCodes, log, now };
  const signInParts = { ...common, bus, phones, limits };
  const signIns = new SignIns(signInParts);
  const guesses = new GuessChecks();
  const passwordChanges = new PasswordChanges({ store, bus, ...secrets, guesses, limits, signIns, log, now });
  const mails = config.mail && new Mails({ server: config.mail, counted: metrics.mail, log, now });
  void mails?.look();
  const mailCodes = mails && new MailCodeRequests({ ...common, outbox: mails });
  return { phones, signIns, signInParts, guesses, passwordChanges, mails, mailCodes };
}

/** Where pages and office PCs meet, and the relay that carries their pictures. */
async function openHub({ config, log, now, limits, bus, store }: Ground) {
  const [secret = "", ...previous] = parseSecrets(config.turn.secret);
  const iceServers = new IceServers({ secret, previous });
  const relayPeers = new RelayPeers();
  const ofSessions = sessionLimits(config.capacity);
  const throttle: SignInThrottle = new SignInThrottle({
    newcomersPerMinute: config.newcomersPerMinute,
    tell: (step) => nodes?.tellCounted(step),
  });
  const nodes = openNodes({
    ...{ database: config.database, store, bus, relayPeers, throttle, log, now, perPerson: ofSessions.perPerson },
    ...{ records: () => records, hub: () => hub },
  });
  const records = new StoreRecords({ store, limits, log, now, fence: nodes?.fence });
  const hub: Hub = new Hub({
    relayPeers,
    records,
    nodes,
    witnesses: new AuditWitnesses({ store, log, now }),
    iceServers,
    agentTurnUrls: config.turn.insideUrls,
    sessionLimits: ofSessions,
    log,
    now,
    monotonic: () => performance.now(),
    nonce: () => Nonce.parse(randomBytes(16).toString("base64url")),
  });
  await hub.start();
  bus.subscribe((event) => {
    if (event.type === "sign-in-ended") hub.signInEnded(event.signIn, event.reason);
    else if (event.type === "records-changed") void hub.recheck(event.changes);
  });
  const unwatch = store.onForeignChange((changes) => void publishChanges(bus, changes));
  return { hub, nodes, throttle, records, iceServers, relayPeers, unwatch };
}

/** What is done from time to time. */
function openClocks({ config, store, bus, log, now, nodes }: Parts) {
  const isOurs = nodes && (() => nodes.offices.holds("clocks"));
  const housekeeping = new Housekeeping({ store, retention, lapse: lapseRequests, isOurs, log, now });
  housekeeping.start();
  const eventEnds = new EventEnds({ store, bus, isOurs, log, now });
  eventEnds.start();
  const shipping = config.collector && new AuditShipping({ collector: config.collector, store, isOurs, log });
  shipping?.start();
  const { clock, stopLooking } = watchClock(log, now);
  const close = async () => {
    stopLooking();
    await eventEnds.close();
    await housekeeping.close();
    await shipping?.close();
  };
  return { clock, shipping, close };
}

type Met = Ground & Awaited<ReturnType<typeof openHub>>;
type Parts = Met & ReturnType<typeof openSignIns>;

/** What speaks HTTP behind the edges. */
function openServers(parts: Parts) {
  const { config, log, now, store, bus, records, refusals, metrics, signIns, signInParts, passwordChanges } = parts;
  const { mailCodes, hub, nodes, iceServers, relayPeers, draining } = parts;
  const isClosing = () => draining.isLettingGo;
  const page = loadPage(PAGE);
  const { cookieName, turn, capacity } = config;
  const own = { cookieName, signIns, desk: signInParts, records, bus, sessionLimits: sessionLimits(capacity) };
  const outside = (origins: readonly string[], tls: boolean): Server => {
    const server = createServer(
      REQUEST_TIMEOUTS,
      createOutsideApp({ origins, tls, page, passwordChanges, mailCodes, metrics, log, ...own }),
    );
    draining.watch(server);
    openViewerDoor({
      server,
      hub,
      log,
      isClosing,
      authenticate: (request) => authenticateUpgrade(request, { origins, cookieName, signIns }),
      turnUrls: (request) => turn.outsideUrls ?? [turnUrlOf(request)],
    });
    return server;
  };
  const enrolment = new Enrolment({ store, bus, refusals, log, now });
  const useOnce = nodes && ((name: string, forMs: number) => nodes.useOnce(name, forMs));
  const relayChecks = new RelayChecks({ records, iceServers, relayPeers, useOnce, urls: turn.insideUrls, log, now });
  const inside = createServer(REQUEST_TIMEOUTS, createInsideApp({ enrolment, relayChecks, metrics, log }));
  const agentRefusals = new Refusals("agents", log);
  let refusedAgents = 0;
  const refused = (what: string, address: string) => {
    refusedAgents += 1;
    agentRefusals.note(what, address);
  };
  openAgentDoor({ server: inside, hub, log, capacity, refused, isClosing });
  const alone = () => (parts.nodes && parts.nodes.id === undefined ? "not one of the nodes" : undefined);
  const ready = readiness({ page, store, others: [() => draining.problem, alone] });
  const monitoring = createMonitoringApp({ ready, metrics, log });
  const line = new LineUse(now);
  const administration = openAdministration(parts, line);
  const notices = openNotices(parts, line);
  return {
    line,
    outside,
    inside,
    monitoring,
    administration,
    notices,
    agentRefusals,
    refusedAgents: () => refusedAgents,
  };
}

/** The console, where one is wished for. */
function openAdministration(parts: Parts, line: LineUse) {
  const { config, log, bus, records, metrics, signInParts, guesses, hub } = parts;
  return (
    config.console &&
    openConsole({
      ...{ origins: config.console.origins, tls: true, cookieName: `${config.cookieName}-console` },
      ...{ page: loadPage(CONSOLE_PAGE), secrets: { ...signInParts, guesses } },
      ...{ twoPersons: new Set(config.twoPersons), needsAllotment: config.needsAllotment },
      ...{ records, presence: presenceOf(hub, line), bus, metrics, log, whereabouts: whereAgentsGo(config) },
      ...{ staffPage: config.outside.origins[0] ?? "", hasMail: config.mail !== undefined, settings: config },
    })
  );
}

/** Mails to who looks after something, where mails go out and there is a console to look at. */
function openNotices({ config, store, hub, nodes, mails, log, now }: Parts, line: LineUse): Notices | undefined {
  const url = config.console?.origins[0];
  if (!mails || url === undefined) return undefined;
  const isOurs = nodes && (() => nodes.offices.holds("notices"));
  const notices = new Notices({ store, outbox: mails, presence: presenceOf(hub, line), isOurs, url, log, now });
  notices.start();
  return notices;
}

/** What listens. */
async function openListeners(parts: Parts, servers: ReturnType<typeof openServers>) {
  const { config, log, iceServers, relayPeers } = parts;
  const edge = { turn: config.turn.udp, peers: relayPeers, iceServers, log };
  const tls = { key: config.tls.key, cert: config.tls.cert };
  const { outside, inside, local } = config;
  const outsideEdge = { ...edge, side: "outside", limits: outsideLimits(config.capacity) } as const;
  const insideEdge = { ...edge, side: "inside", limits: insideLimits(config.capacity) } as const;
  const page = { tls, web: servers.outside(outside.origins, true) };
  const entrances: Entrance[] = [
    await openEntrance({ ...outsideEdge, ...outside, ...page, name: "outside" }),
    await openEntrance({ ...insideEdge, ...inside, tls, name: "inside", web: servers.inside }),
  ];
  if (local) {
    const web = servers.outside([local.origin], false);
    entrances.push(await openEntrance({ ...outsideEdge, ...local, name: "local", web }));
  }
  if (config.console && servers.administration) {
    const web = createServer(REQUEST_TIMEOUTS, servers.administration.app);
    parts.draining.watch(web);
    const isIssued = () => false; // no relay here
    const name = "console";
    const door = await openEdge({ ...edge, ...config.console, tls, name, web, isIssued, limits: CONSOLE_LIMITS });
    entrances.push({
      addresses: { [name]: door.address },
      figures: { [name]: () => door.stats() },
      joined: {},
      close: () => door.close(),
    });
  }
  const monitoring = config.monitoring && (await openMonitoring({ ...config.monitoring, app: servers.monitoring }));
  return { entrances, monitoring };
}

/** Pages come through these, whatever way their office PCs take. */
const OF_PAGES: ReadonlySet<string> = new Set(["outside", "outside-proxied", "local", "local-proxied"]);

type Counted = Pick<Parts, "metrics" | "hub" | "throttle" | "phones" | "mails"> &
  Pick<ReturnType<typeof openClocks>, "clock" | "shipping"> &
  Pick<ReturnType<typeof openServers>, "refusedAgents" | "line"> &
  Pick<Awaited<ReturnType<typeof openListeners>>, "entrances">;

/** Figures that are read when somebody asks. */
function publishFigures(counted: Counted): void {
  const { metrics, hub, throttle, phones, mails, clock, shipping, refusedAgents, line, entrances } = counted;
  const figures: readonly [name: string, help: string, read: () => number][] = [
    ["engawa_viewers", "Pages that are connected", () => hub.viewers.size],
    ["engawa_agents", "Office PCs that are connected", () => hub.agents.size],
    ["engawa_sessions", "Sessions that have not ended", () => hub.sessions.size],
    ["engawa_hub_entries", "Entries kept in memory of who is here and what they do", () => hub.size],
    [
      "engawa_sign_in_counters_forgotten",
      "Counters of attempts that were forgotten for want of room, since the start",
      () => throttle.evicted,
    ],
    [
      "engawa_phones_ahead_seconds",
      "By how much most phones that made codes are ahead of this server",
      () => phones.aheadMs / 1_000,
    ],
    ["engawa_clock_jumps", "How often the clock of this server jumped since it started", () => clock.jumps],
    ["engawa_agents_refused", "Office PCs not let in for want of room, since the start", refusedAgents],
    ["engawa_mails_waiting", "Mails that have not been given to the mail server yet", () => mails?.size ?? 0],
    ["engawa_audit_unshipped", "Records that have not gone to their collector yet", () => shipping?.behind ?? 0],
  ];
  for (const figure of figures) metrics.gauge(...figure);
  for (const { figures, joined } of entrances) {
    for (const [listener, read] of Object.entries(figures)) {
      metrics.edge(listener, read);
      if (OF_PAGES.has(listener)) line.count(read);
    }
    for (const [listener, read] of Object.entries(joined)) metrics.edgesJoined(listener, read);
  }
}

/** Returns what closes all of it, those who come in first, and what lets go of them before that. */
async function start(config: Config, log: Log) {
  const ground = await openGround(config, log);
  const met = { ...ground, ...(await openHub(ground)) };
  const parts = { ...met, ...openSignIns(met) };
  const clocks = openClocks(parts);
  const servers = openServers(parts);
  const { entrances, monitoring } = await openListeners(parts, servers);
  publishFigures({ ...parts, ...clocks, ...servers, entrances });
  const stopCounting = servers.line.start();
  const addresses = Object.assign({}, ...entrances.map((each) => each.addresses), {
    monitoring: monitoring?.address,
  });
  log.info(addresses, "ready");

  const close = async () => {
    parts.unwatch();
    stopCounting();
    await clocks.close();
    await servers.notices?.close();
    servers.agentRefusals.close();
    await parts.hub.close();
    for (const each of entrances) await each.close();
    await monitoring?.close();
    await parts.guesses.close();
    await parts.refusals.close();
    await parts.signIns.close();
    await parts.mails?.close();
    await parts.mailCodes?.close();
    await servers.administration?.close();
    await parts.records.close();
    await parts.auditHeads.close();
    await parts.bus.close();
    await parts.store.close();
  };
  const { draining, hub } = parts;
  return { close, drain: () => draining.run(hub), hurry: () => draining.hurry() };
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
  const server = await start(config, log);
  close = server.close;
  const signal = await toldToEnd(server.hurry);
  await server.drain();
  await close();
  log.info({ signal }, "stopped");
} catch (error) {
  const isSaid = [ConfigError, StoreTooNew, StoreUnusable].some((kind) => error instanceof kind);
  if (!isSaid) throw error;
  console.error((error as Error).message);
  process.exitCode = 1;
}
