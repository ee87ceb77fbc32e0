/**
 * What is tried: signaling as `npm start` runs it, its store on a small disk, in namespaces of the run (ground.ts), with a clock
 * that can be set wrong. Its edges are in its process.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { PartEvent } from "../../../signaling/quickstart/part.ts";
import { makePki, type Pki } from "../../../signaling/quickstart/pki.ts";
import { type Signaling, startSignaling } from "../../../signaling/quickstart/signaling.ts";
import { openStore } from "../../../signaling/store/open.ts";
import type { Store } from "../../../signaling/store/store.ts";
import { newSecret, writePrivate } from "../../../turn-config/generate.ts";
import { giveUp } from "../../support/clean-up.ts";
import { mountSmallDisk, type SmallDisk } from "../../support/small-disk.ts";
import { fill, type Rows } from "../crowd/rows.ts";
import { type Database, openDatabase } from "./database.ts";
import { openFront } from "./front.ts";
import { ADDRESSES, type Ground } from "./ground.ts";

const OUTSIDE = 8443;
const INSIDE = 8444;
const CONSOLE = 8445;
const LOCAL = 8080;
const TURN = 3478;
const MONITORING = 9464;
/** A short run's records are some MB. */
const DISK_MB = 192;
/** RestartSec of its unit, and longer than the longest fault. */
const START_AGAIN_MS = 2_000;
const STARTS = 60;
const FAKE_TIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

export interface ServerOptions {
  readonly ground: Ground;
  readonly folder: string;
  readonly nodes: number;
  readonly store: "sqlite" | "postgres";
  readonly agents: number;
  readonly people: number;
  readonly onCrash: (what: string) => void;
}

export interface Server {
  readonly rows: Rows;
  readonly nodes: number;
  readonly ca: string;
  /** As pages know it. */
  readonly origin: string;
  /** As office PCs do. */
  readonly insideUrl: string;
  /** Its settings: what the command line needs. */
  readonly environment: Readonly<Record<string, string>>;
  readonly disk: SmallDisk;
  /** The database server, where there is one. */
  readonly database: Database | undefined;
  /** Reads the store, in the namespace of those who can reach it. */
  look<T>(work: (store: Store) => Promise<T>): Promise<T>;
  /** SIGKILL, and not there again until `start`. */
  kill(node: number): Promise<void>;
  start(node: number): Promise<void>;
  /** In order, and there again. */
  restart(node: number): Promise<void>;
  stop(node: number, isStopped: boolean): void;
  /** By so many seconds from now on; 0: right. */
  setClock(node: number, seconds: number): void;
  close(): Promise<void>;
}

export async function openServer(options: ServerOptions): Promise<Server> {
  const { folder, nodes } = options;
  const addresses = Array.from({ length: nodes }, (_, i) => ADDRESSES.node(i));
  const others = [ADDRESSES.front, ADDRESSES.database];
  const pki = await makePki({ folder: join(folder, "pki"), addresses: [...addresses, ...others] });
  mkdirSync(join(folder, "logs"), { recursive: true });
  const storeKey = randomBytes(32);
  writeFileSync(join(folder, "store.key"), storeKey, { mode: 0o600 });
  writeFileSync(join(folder, "audit.key"), randomBytes(32), { mode: 0o600 });
  writePrivate(join(folder, "turn.secret"), newSecret());
  const database = options.store === "postgres" ? await openDatabase({ ...options, pki }) : undefined;
  const stateDir = join(folder, "state-0");
  const disk = database?.disk ?? mountSmallDisk(stateDir, DISK_MB);
  const server = new Nodes(options, { pki, disk, database });
  try {
    const crowd = { agents: options.agents, people: options.people };
    const rows = await options.ground.at("clients", () =>
      fill({ stateDir, storeKey, database: database?.server }, crowd),
    );
    await server.look((store) => shareInPairs(store, rows));
    await server.open(rows);
    return server;
  } catch (error) {
    return giveUp(error, () => server.close());
  }
}

/** Each may use the PC of one other person, too. */
function shareInPairs(store: Store, { organisation, terminals, people }: Rows): Promise<void> {
  return store.write(async (q) => {
    for (const [i, { login }] of people.entries()) {
      const person = await q.people.byLogin(organisation, login);
      const terminalId = terminals[i ^ 1];
      const at = { organisationId: organisation, createdAt: Date.now(), until: null };
      if (person && terminalId) await q.terminals.putGrant({ ...at, personId: person.id, terminalId });
    }
  });
}

class Nodes implements Server {
  readonly disk: SmallDisk;
  readonly database: Database | undefined;
  readonly ca: string;
  readonly #options: ServerOptions;
  readonly #pki: Pki;
  readonly #nodes: Signaling[] = [];
  #rows: Rows | undefined;
  #front: { close(): Promise<void> } | undefined;

  constructor(options: ServerOptions, o: { pki: Pki; disk: SmallDisk; database: Database | undefined }) {
    const { pki } = o;
    this.#options = options;
    this.#pki = pki;
    this.disk = o.disk;
    this.database = o.database;
    this.ca = readFileSync(pki.caFile, "utf8");
  }

  get nodes(): number {
    return this.#options.nodes;
  }

  get rows(): Rows {
    if (!this.#rows) throw new Error("not open yet");
    return this.#rows;
  }

  get #host(): string {
    return this.nodes > 1 ? ADDRESSES.front : ADDRESSES.node(0);
  }

  get origin(): string {
    return `https://${this.#host}:${OUTSIDE}`;
  }

  get insideUrl(): string {
    return `https://${this.#host}:${INSIDE}`;
  }

  get environment(): Readonly<Record<string, string>> {
    return this.#node(0).environment;
  }

  async open(rows: Rows): Promise<void> {
    this.#rows = rows;
    for (let i = 0; i < this.nodes; i += 1) this.#nodes.push(await this.#start(i));
    if (this.nodes === 1) return;
    const sides = { outside: OUTSIDE, inside: INSIDE };
    const { ground, folder, nodes } = this.#options;
    this.#front = await openFront({ ground, folder, nodes, sides, monitoringPort: MONITORING });
  }

  look<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const { folder, ground } = this.#options;
    const auditKey = readFileSync(join(folder, "audit.key"));
    const stateDir = join(folder, "state-0");
    return ground.at("clients", async () => {
      const store = await openStore({ stateDir, auditKey, isBesideServer: true, database: this.database?.server });
      try {
        return await work(store);
      } finally {
        await store.close();
      }
    });
  }

  async kill(node: number): Promise<void> {
    await this.#node(node).takeAway();
  }

  /** As a service manager does: one that cannot begin (the database is away) is begun again. */
  async start(node: number): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#options.ground.at({ node }, () => this.#node(node).restart());
      } catch (error) {
        if (tries === STARTS) throw error;
        await pause(START_AGAIN_MS);
      }
    }
  }

  restart(node: number): Promise<void> {
    return this.start(node);
  }

  stop(node: number, isStopped: boolean): void {
    this.#node(node).kill(isStopped ? "SIGSTOP" : "SIGCONT");
  }

  setClock(node: number, seconds: number): void {
    const sign = seconds < 0 ? "-" : "+";
    writeFileSync(this.#clockFile(node), `${sign}${Math.abs(seconds)}s\n`);
  }

  async close(): Promise<void> {
    await this.#front?.close();
    for (const [i, node] of this.#nodes.entries()) {
      this.stop(i, false);
      await node.close();
    }
    if (this.database) await this.database.close();
    else await this.disk.close();
  }

  #start(i: number): Promise<Signaling> {
    const { ground, folder, onCrash } = this.#options;
    const host = ADDRESSES.node(i);
    const logs = join(folder, "logs", `node-${i}`);
    mkdirSync(logs, { recursive: true });
    this.setClock(i, 0);
    return ground.at({ node: i }, () =>
      startSignaling({
        folder: join(folder, `state-${i}`),
        ...{ logs, pki: this.#pki, names: [this.#host], realm: "engawa", localPort: LOCAL },
        outside: { host, port: OUTSIDE },
        inside: { host, port: INSIDE },
        console: { host, port: CONSOLE },
        turn: { host, port: TURN },
        turnSecretFile: join(folder, "turn.secret"),
        settings: this.#settings(i),
        onEvent: (event: PartEvent) => {
          if (event.kind === "crashed") onCrash(`node ${i}: ${event.why}\n${event.lastLines}`);
        },
      }),
    );
  }

  #settings(i: number): Record<string, string> {
    const { folder } = this.#options;
    return {
      ENGAWA_STORE_KEY_FILE: join(folder, "store.key"),
      ENGAWA_AUDIT_KEY_FILE: join(folder, "audit.key"),
      ENGAWA_INSIDE_URL: this.insideUrl,
      ENGAWA_MONITORING_LISTEN: `${ADDRESSES.node(i)}:${MONITORING}`,
      ...(this.nodes > 1 && {
        ENGAWA_OUTSIDE_BALANCERS: ADDRESSES.front,
        ENGAWA_INSIDE_BALANCERS: ADDRESSES.front,
      }),
      ...this.database?.settings,
      LD_PRELOAD: FAKE_TIME,
      FAKETIME_TIMESTAMP_FILE: this.#clockFile(i),
      // read again once a second; what measures a span is not touched
      FAKETIME_CACHE_DURATION: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
  }

  #clockFile(i: number): string {
    return join(this.#options.folder, `clock-${i}`);
  }

  #node(i: number): Signaling {
    const node = this.#nodes[i];
    if (!node) throw new Error(`no node ${i}`);
    return node;
  }
}
