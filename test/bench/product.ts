/**
 * The whole product, each part where it stands in real life: signaling, an edge for each side and a real coturn between the
 * networks, the agent in the office, Chromium at home. Ports and addresses are those of a real installation.
 */

import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { COMPILE_CACHE, NODE, ROOT, SIGNALING_FLAGS } from "../../signaling/quickstart/build.ts";
import { behindPorts, type EdgesOptions, edgeProgram } from "../../signaling/quickstart/edges.ts";
import { Part, type Program } from "../../signaling/quickstart/part.ts";
import { codeOf, type DemoPerson, STEP_MS } from "../../signaling/quickstart/people.ts";
import { makePki, type Pki } from "../../signaling/quickstart/pki.ts";
import { row } from "../../signaling/quickstart/product.ts";
import { newSecret, turnserverConf, writePrivate } from "../../turn-config/generate.ts";
import { prepareUserDb } from "../../turn-config/user-db.ts";
import { giveUp } from "../support/clean-up.ts";
import type { Desk } from "./desk.ts";
import { ADDRESS, type Network, type Place } from "./network.ts";
import { type OfficeAgent, openOfficeAgent, type System } from "./office-agent.ts";
import type { Roots } from "./sampler.ts";

export const ORIGIN = `https://${ADDRESS.dmzOutside}`;

export interface Product {
  readonly caFile: string;
  readonly person: DemoPerson;
  readonly agent: OfficeAgent;
  /** Processes. */
  edges(): Roots["edges"];
  /** Its confirmation code, which IT gives to the person. */
  readonly agentCode: string;
  /** Lets a browser in that has given password and code: on the server, and on the office PC. */
  register(deviceCode: string): Promise<void>;
  /** It has given password and code, and the server knows that it waits to be registered. */
  isWaiting(deviceCode: string): Promise<boolean>;
  /** A one-time code that was not used before; waits for the next one if need be. */
  code(): Promise<string>;
  close(): Promise<void>;
}

/** How the agent reaches the relay: UDP first, as the product is set up, or TLS only. */
export const LEGS = ["udp", "tls"] as const;
export type Leg = (typeof LEGS)[number];

const LOGIN = "hanako";
const REALM = "engawa";
const run = promisify(execFile);
const env = { PATH: "/usr/bin:/bin", LANG: "C.UTF-8", NODE_ENV: "production", ...COMPILE_CACHE };

export interface ProductOptions {
  readonly network: Network;
  readonly desk: Desk;
  readonly folder: string;
  /** Of the office PC. */
  readonly system: System;
  /** Its agent collects its garbage on demand. */
  readonly collects: boolean;
  readonly leg: Leg;
}

export async function startProduct(options: ProductOptions): Promise<Product> {
  const product = new Installation(options);
  try {
    await product.open();
  } catch (error) {
    return giveUp(error, () => product.close());
  }
  return product;
}

class Installation implements Product {
  readonly #options: ProductOptions;
  readonly #network: Network;
  readonly #folder: string;
  readonly #parts: Part[] = [];
  readonly #edges: { outside?: Part; inside?: Part } = {};
  #settings: Record<string, string> = {};
  #pki: Pki | undefined;
  #person: DemoPerson | undefined;
  #agent: OfficeAgent | undefined;
  #agentCode = "";
  #lastStep = 0;

  constructor(options: ProductOptions) {
    this.#options = options;
    this.#network = options.network;
    this.#folder = options.folder;
  }

  get caFile(): string {
    return this.#pki?.caFile ?? "";
  }

  get person(): DemoPerson {
    if (!this.#person) throw new Error("nobody was added yet");
    return this.#person;
  }

  get agentCode(): string {
    return this.#agentCode;
  }

  get agent(): OfficeAgent {
    if (!this.#agent) throw new Error("there is no agent yet");
    return this.#agent;
  }

  edges(): Roots["edges"] {
    return { "edge-outside": this.#edges.outside?.pid, "edge-inside": this.#edges.inside?.pid };
  }

  async open(): Promise<void> {
    const addresses = [ADDRESS.dmzOutside, ADDRESS.dmzInside];
    this.#pki = await makePki({ folder: join(this.#folder, "pki"), addresses });
    const secret = newSecret();
    writePrivate(join(this.#folder, "turn.secret"), `${secret}\n`);
    await this.#startRelay(secret);
    await this.#startServer(this.#pki);
    const { terminal, code } = await this.#startAgent();
    this.#agentCode = code;
    const added = row(await this.#admin("person", "add", "--login", LOGIN, "--name", "見本 花子", "--no-change"));
    this.#person = { login: LOGIN, password: String(added["password"]), otpauth: String(added["otpauth"]) };
    await this.#admin("grant", "add", LOGIN, terminal);
  }

  async isWaiting(deviceCode: string): Promise<boolean> {
    return (await this.#list("device", "pending")).some((line) => row(line)["code"] === deviceCode);
  }

  async register(deviceCode: string): Promise<void> {
    await this.#admin("device", "approve", deviceCode, "--login", LOGIN);
    await this.agent.command("devices", "add", deviceCode, "--login", LOGIN);
  }

  async code(): Promise<string> {
    this.#lastStep = Math.max(this.#lastStep + 1, Math.floor(Date.now() / STEP_MS));
    const at = this.#lastStep * STEP_MS;
    await pause(Math.max(0, at - Date.now())); // the clock itself is the event
    return codeOf(this.person, at);
  }

  async close(): Promise<void> {
    await this.#agent?.close();
    for (const part of this.#parts.splice(0).reverse()) await part.close();
  }

  async #startRelay(secret: string): Promise<void> {
    const [file, userDb] = [join(this.#folder, "turnserver.conf"), join(this.#folder, "turndb")];
    const conf = turnserverConf({
      listenIps: ["127.0.0.1", ADDRESS.dmzInside],
      relayIp: ADDRESS.relay,
      realm: REALM,
      secret,
      userDb,
      pidFile: join(this.#folder, "turnserver.pid"),
    });
    writeFileSync(file, conf, { mode: 0o600 });
    prepareUserDb(userDb);
    const readyLine = (line: string) => line.includes("Total General servers");
    await this.#start("dmz", "coturn", "turnserver", ["-c", file], { readyLine });
  }

  async #startServer(pki: Pki): Promise<void> {
    const inside = `${ADDRESS.dmzInside}:443`;
    const turn = `${ADDRESS.dmzInside}:3478`;
    const behind = await behindPorts();
    const turnSecretFile = join(this.#folder, "turn.secret");
    this.#settings = {
      ...env,
      ENGAWA_STATE_DIR: join(this.#folder, "signaling"),
      ENGAWA_OUTSIDE_PROXIED_LISTEN: `127.0.0.1:${behind.outside}`,
      ENGAWA_OUTSIDE_PROXIED_FROM: "127.0.0.1",
      ENGAWA_OUTSIDE_ORIGINS: ORIGIN,
      ENGAWA_INSIDE_PROXIED_LISTEN: `127.0.0.1:${behind.inside}`,
      ENGAWA_INSIDE_PROXIED_FROM: "127.0.0.1",
      ENGAWA_INSIDE_URL: `https://${inside}`,
      ENGAWA_TLS_CERT: pki.certFile,
      ENGAWA_TLS_KEY: pki.keyFile,
      ENGAWA_TLS_CA: pki.caFile,
      ENGAWA_TURN_UDP: "127.0.0.1:3478",
      ENGAWA_TURN_SECRET_FILE: turnSecretFile,
      ENGAWA_TURN_REALM: REALM,
      ENGAWA_TURN_INSIDE_URLS: [
        ...(this.#options.leg === "udp" ? [`turn:${turn}?transport=udp`] : []),
        `turns:${inside}?transport=tcp`,
      ].join(),
    };
    const readyLine = (line: string) => line.includes('"msg":"ready"');
    const more = { env: this.#settings, readyLine };
    await this.#start("dmz", "signaling", NODE, [...SIGNALING_FLAGS, join(ROOT, "signaling/main.ts")], more);
    const at443 = (host: string) => ({ host, port: 443 });
    await this.#startEdges({
      ...{ folder: join(this.#folder, "edges"), logs: this.#folder, pki, behind, turnSecretFile },
      listen: { outside: at443(ADDRESS.dmzOutside), inside: at443(ADDRESS.dmzInside), local: at443("127.0.0.1") },
      turn: { host: "127.0.0.1", port: 3478 },
    });
  }

  /** The one for a browser on the same machine has nobody to serve here. */
  async #startEdges(options: EdgesOptions): Promise<void> {
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    for (const name of ["outside", "inside"] as const) {
      const edge = await Part.start(this.#network.at("dmz", { ...edgeProgram(name, options), keep: false }));
      this.#parts.push(edge);
      this.#edges[name] = edge;
    }
  }

  /** Enrols it, too. */
  async #startAgent(): ReturnType<OfficeAgent["start"]> {
    const agent = await openOfficeAgent(this.#options.system, this.#options);
    this.#agent = agent;
    await this.#admin("organisation", "add", "見本市");
    const issued = row(await this.#admin("terminal", "token", "--name", "総務課のパソコン"));
    return agent.start(String(issued["token"]));
  }

  async #admin(...args: readonly string[]): Promise<unknown> {
    return (await this.#list(...args))[0];
  }

  #list(...args: readonly string[]): Promise<unknown[]> {
    return this.#command("dmz", "signaling/cli/main.ts", args, this.#settings);
  }

  /** One of our own command lines, run to its end in its place. */
  async #command(place: Place, main: string, args: readonly string[], env: Record<string, string>): Promise<unknown[]> {
    const program = this.#program(main, NODE, [join(ROOT, main), ...args, "--json"], { env });
    const { command, args: all } = this.#network.at(place, program);
    const { stdout } = await run(command, all, { env, cwd: ROOT });
    return stdout
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => JSON.parse(line));
  }

  async #start(place: Place, name: string, command: string, args: readonly string[], more: Partial<Program>) {
    const part = await Part.start(this.#network.at(place, this.#program(name, command, args, more)));
    this.#parts.push(part);
    return part;
  }

  #program(name: string, command: string, args: readonly string[], more: Partial<Program>): Program {
    return { name, command, args, env, cwd: ROOT, logs: this.#folder, keep: false, ...more };
  }
}
