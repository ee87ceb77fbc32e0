/**
 * What is tried: signaling as `npm start` runs it, its store on a small disk, in namespaces of the run (ground.ts), with a clock
 * that can be set wrong. Its edges are in its process.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PartEvent } from "../../../signaling/quickstart/part.ts";
import { makePki, type Pki } from "../../../signaling/quickstart/pki.ts";
import { type Signaling, startSignaling } from "../../../signaling/quickstart/signaling.ts";
import { openStore } from "../../../signaling/store/open.ts";
import { newSecret, writePrivate } from "../../../turn-config/generate.ts";
import { giveUp } from "../../support/clean-up.ts";
import { mountSmallDisk, type SmallDisk } from "../../support/small-disk.ts";
import { fill, type Rows } from "../crowd/rows.ts";
import { ADDRESSES, type Ground } from "./ground.ts";

const OUTSIDE = 8443;
const INSIDE = 8444;
const CONSOLE = 8445;
const LOCAL = 8080;
const TURN = 3478;
/** A short run's records are some MB. */
const DISK_MB = 192;
const FAKE_TIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

export interface ServerOptions {
  readonly ground: Ground;
  readonly folder: string;
  readonly nodes: number;
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
  /** SIGKILL, and not there again until `start`. */
  kill(node: number): Promise<void>;
  start(node: number): Promise<void>;
  /** In order, and there again. */
  restart(node: number): Promise<void>;
  stop(node: number, isStopped: boolean): void;
  /** By so many seconds from now on; 0: right. */
  setClock(node: number, seconds: number): void;
  /** One command of `npm run admin`. */
  admin(...args: readonly string[]): Promise<unknown>;
  close(): Promise<void>;
}

export async function openServer(options: ServerOptions): Promise<Server> {
  const { folder, nodes } = options;
  const addresses = Array.from({ length: nodes }, (_, i) => ADDRESSES.node(i));
  const pki = await makePki({ folder: join(folder, "pki"), addresses: [...addresses, ADDRESSES.front] });
  mkdirSync(join(folder, "logs"), { recursive: true });
  const storeKey = randomBytes(32);
  writeFileSync(join(folder, "store.key"), storeKey, { mode: 0o600 });
  writeFileSync(join(folder, "audit.key"), randomBytes(32), { mode: 0o600 });
  writePrivate(join(folder, "turn.secret"), newSecret());
  const stateDir = join(folder, "state");
  const disk = mountSmallDisk(stateDir, DISK_MB);
  const server = new Nodes(options, pki, disk);
  try {
    const rows = await fill({ stateDir, storeKey }, { agents: options.agents, people: options.people });
    await shareInPairs(stateDir, rows);
    await server.open(rows);
    return server;
  } catch (error) {
    return giveUp(error, () => server.close());
  }
}

/** Each may use the PC of one other person, too. */
async function shareInPairs(stateDir: string, { organisation, terminals, people }: Rows): Promise<void> {
  const store = await openStore({ stateDir });
  try {
    await store.write(async (q) => {
      for (const [i, { login }] of people.entries()) {
        const person = await q.people.byLogin(organisation, login);
        const terminalId = terminals[i ^ 1];
        const at = { organisationId: organisation, createdAt: Date.now(), until: null };
        if (person && terminalId) await q.terminals.putGrant({ ...at, personId: person.id, terminalId });
      }
    });
  } finally {
    await store.close();
  }
}

class Nodes implements Server {
  readonly disk: SmallDisk;
  readonly ca: string;
  readonly #options: ServerOptions;
  readonly #pki: Pki;
  readonly #nodes: Signaling[] = [];
  #rows: Rows | undefined;

  constructor(options: ServerOptions, pki: Pki, disk: SmallDisk) {
    this.#options = options;
    this.#pki = pki;
    this.disk = disk;
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
  }

  async kill(node: number): Promise<void> {
    await this.#node(node).takeAway();
  }

  async start(node: number): Promise<void> {
    await this.#options.ground.at({ node }, () => this.#node(node).restart());
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

  admin(...args: readonly string[]): Promise<unknown> {
    return this.#node(0).admin(...args);
  }

  async close(): Promise<void> {
    for (const node of this.#nodes.splice(0)) await node.close();
    await this.disk.close();
  }

  #start(i: number): Promise<Signaling> {
    const { ground, folder, onCrash } = this.#options;
    const host = ADDRESSES.node(i);
    const logs = join(folder, "logs", `node-${i}`);
    mkdirSync(logs, { recursive: true });
    this.setClock(i, 0);
    return ground.at({ node: i }, () =>
      startSignaling({
        folder: join(folder, "state"),
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
