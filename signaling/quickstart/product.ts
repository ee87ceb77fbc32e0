/**
 * The whole product on one machine, as `npm start` and the end-to-end tests run it:
 *
 *   certificates ─▶ signaling (page, hub, its own store) ─▶ edges ──┐
 *   relay (real coturn) ────────────────────────────────────────────┼─▶ agent, enrolled by a token
 *   screen ─────────────────────────────────────────────────────────┘
 */
import { randomInt } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { prepareSecrets } from "../../turn-config/generate.ts";
import { type AgentProcess, startAgentProcess } from "./agent.ts";
import { startRelay } from "./coturn.ts";
import { behindPorts, type Edges, startEdges } from "./edges.ts";
import type { Handle, PartEvent } from "./part.ts";
import { passablePlace } from "./passable.ts";
import { makePki, type Pki } from "./pki.ts";
import { startPostgres } from "./postgres.ts";
import { type Signaling, startSignaling } from "./signaling.ts";

export interface Ports {
  /** Plain HTTP on loopback. */
  readonly local: number;
  readonly outside: number;
  readonly inside: number;
  /** TLS, where the agents are: on loopback. Left out: there is no console. */
  readonly console?: number | undefined;
  /** UDP. */
  readonly turn: number;
}

/** A file, or a PostgreSQL of its own. */
export const STORES = ["sqlite", "postgres"] as const;
export type StoreKind = (typeof STORES)[number];

/** What the agent shows: a virtual office, or a screen that is there anyway. */
export interface Screen {
  readonly display: string;
  readonly authority: string | undefined;
  close(): Promise<void>;
}

/** What an agent needs to begin. */
export interface AgentPlace<S extends Screen> {
  readonly screen: S;
  /** Folder for its log. */
  readonly logs: string;
  readonly enrolmentToken: () => Promise<string>;
}

export interface ProductOptions<S extends Screen> {
  /** All state. */
  readonly folder: string;
  readonly ports: Ports;
  /** In 127/8. */
  readonly relayIp: string;
  /** Addresses under which other machines reach us; none: nobody but this machine may connect. */
  readonly addresses: readonly string[];
  /** Where the parts find each other, unless it is 127.0.0.1; one of `addresses`. */
  readonly inside?: string;
  /** Where the agent looks for the relay over UDP, when that is not where the relay is. */
  readonly agentTurn?: { readonly host: string; readonly port: number };
  readonly openScreen: (logs: string) => Promise<S>;
  /** The edges are within signaling's process, as a small server has them. */
  readonly edgesWithin?: boolean;
  /** Where signaling keeps what it knows; a file, unless said. */
  readonly store?: StoreKind | undefined;
  /** Settings of signaling, beside ours. */
  readonly signalingSettings?: Readonly<Record<string, string>>;
  /** The agent's config.json, unless it has one. */
  readonly agentSettings?: Readonly<Record<string, unknown>>;
  /** Of the agent's process. */
  readonly agentEnvironment?: Readonly<Record<string, string>>;
  /** Further flags of Node for it. */
  readonly agentFlags?: readonly string[];
  /** Another agent than the one of this machine, on that screen. */
  openAgent?(place: AgentPlace<S>): Promise<AgentProcess>;
  /** Organisation and terminal are made by these names when the agent has no identity yet. */
  readonly organisation: string;
  readonly terminal: string;
  readonly onEvent?: (event: PartEvent) => void;
  readonly onSignalingLog?: (line: string) => void;
  readonly onAgentLog?: (line: string) => void;
}

export interface Product<S extends Screen = Screen> {
  readonly pki: Pki;
  readonly relay: Handle;
  readonly screen: S;
  readonly signaling: Signaling;
  /** Undefined when they are within signaling. */
  readonly edges: Edges | undefined;
  readonly agent: AgentProcess;
  close(): Promise<void>;
}

/** A relay address that another demo on this machine hardly uses. */
export const newRelayIp = (): string => `127.77.${randomInt(0, 256)}.${randomInt(1, 255)}`;

export async function startProduct<S extends Screen>(options: ProductOptions<S>): Promise<Product<S>> {
  const { folder, onEvent } = options;
  const logs = join(folder, "logs");
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const events = onEvent === undefined ? {} : { onEvent };
  const opened: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(part: T): T => {
    opened.push(part);
    return part;
  };
  const close = async () => {
    for (const part of opened.splice(0).reverse()) await part.close();
  };
  try {
    prepareSecrets(turnSecretFile(folder), false); // relay and signaling both read it
    const begun = [
      startServer(options, logs, keep),
      startRelay({ ...relayOptions(options), logs, ...events }).then(keep),
      options.openScreen(logs).then(keep),
    ] as const;
    await Promise.allSettled(begun); // when one fails, what the slower ones open must be closed all the same
    const [{ pki, signaling, edges }, relay, screen] = await Promise.all(begun);
    const openAgent = options.openAgent ?? ((place) => startAgentHere(place, options));
    const agent = keep(await openAgent({ screen, logs, enrolmentToken: () => newToken(signaling, options) }));
    return { pki, relay, screen, signaling, edges, agent, close };
  } catch (error) {
    await close().catch(() => undefined); // why it could not start is what counts
    throw error;
  }
}

const REALM = "engawa";
const turnSecretFile = (folder: string): string => join(folder, "turn.secret");

async function startServer(
  options: ProductOptions<Screen>,
  logs: string,
  keep: <T extends Handle>(part: T) => T,
): Promise<Pick<Product, "pki" | "signaling" | "edges">> {
  const { folder, addresses, ports, inside = LOOPBACK, edgesWithin, onEvent } = options;
  const pki = await makePki({ folder: join(folder, "pki"), addresses });
  const events = onEvent === undefined ? {} : { onEvent };
  const behind = edgesWithin ? undefined : await behindPorts();
  const database = options.store === "postgres" ? await startDatabase(folder, logs, events, keep) : {};
  const { settings, ...usual } = signalingOptions(options, pki);
  const own = { ...usual, settings: { ...database, ...settings }, logs, ...events };
  const signaling = keep(await startSignaling({ ...own, ...(behind && { behind }) }));
  const listen = { outside: own.outside, inside: own.inside, local: { host: LOOPBACK, port: ports.local } };
  const turn = { host: inside, port: ports.turn };
  const edges = behind && { ...own, folder: join(folder, "edges"), listen, behind, turn };
  return { pki, signaling, edges: edges && (await startEdges(edges, keep)) };
}

/** Returns the settings by which signaling, and the command line, find it. */
async function startDatabase(
  folder: string,
  logs: string,
  events: Pick<ProductOptions<Screen>, "onEvent">,
  keep: <T extends Handle>(part: T) => T,
): Promise<Record<string, string>> {
  const place = process.getuid?.() === 0 ? passablePlace(folder, "postgres") : join(folder, "postgres");
  const { url, passwordFile } = keep(await startPostgres({ folder: place, logs, ...events }));
  return { ENGAWA_DATABASE_URL: url(), ENGAWA_DATABASE_PASSWORD_FILE: passwordFile };
}

const LOOPBACK = "127.0.0.1";

function relayOptions({ folder, ports, relayIp, inside = LOOPBACK }: ProductOptions<Screen>) {
  return {
    listen: { host: inside, port: ports.turn },
    relayIp,
    realm: REALM,
    secretFile: turnSecretFile(folder),
  };
}

function signalingOptions(options: ProductOptions<Screen>, pki: Pki) {
  const { folder, ports, addresses, inside = LOOPBACK, agentTurn, signalingSettings, onSignalingLog } = options;
  const everywhere = addresses.some((address) => address.includes(":")) ? "::" : "0.0.0.0";
  return {
    folder: join(folder, "signaling"),
    pki,
    outside: { host: addresses.length === 0 ? LOOPBACK : everywhere, port: ports.outside },
    inside: { host: inside, port: ports.inside },
    localPort: ports.local,
    ...(ports.console === undefined ? {} : { console: { host: inside, port: ports.console } }),
    names: [...addresses, "localhost", LOOPBACK],
    turn: { host: inside, port: ports.turn },
    ...(agentTurn === undefined ? {} : { agentTurn }),
    turnSecretFile: turnSecretFile(folder),
    realm: REALM,
    ...(signalingSettings === undefined ? {} : { settings: signalingSettings }),
    ...(onSignalingLog === undefined ? {} : { onLog: onSignalingLog }),
  };
}

function startAgentHere(
  { screen, ...place }: AgentPlace<Screen>,
  { folder, agentSettings, agentEnvironment, agentFlags, onEvent, onAgentLog }: ProductOptions<Screen>,
): Promise<AgentProcess> {
  return startAgentProcess({
    ...place,
    folder: join(folder, "agent"),
    display: screen.display,
    authority: screen.authority,
    ...(agentSettings === undefined ? {} : { settings: agentSettings }),
    ...(agentEnvironment === undefined ? {} : { environment: agentEnvironment }),
    ...(agentFlags === undefined ? {} : { flags: agentFlags }),
    ...(onEvent === undefined ? {} : { onEvent }),
    ...(onAgentLog === undefined ? {} : { onLog: onAgentLog }),
  });
}

async function newToken(signaling: Signaling, options: ProductOptions<Screen>): Promise<string> {
  const organisations = await signaling.list("organisation", "list", "--limit", "1");
  if (organisations.length === 0) await signaling.admin("organisation", "add", options.organisation);
  const issued = row(await signaling.admin("terminal", "token", "--name", options.terminal));
  return String(issued["token"]);
}

/** What our own command lines print with --json. */
export type Row = Readonly<Record<string, unknown>>;
export const row = (value: unknown): Row => (typeof value === "object" && value !== null ? (value as Row) : {});
