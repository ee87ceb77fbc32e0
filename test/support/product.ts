/** The whole product for one end-to-end test file: the pieces of `npm start` on free ports, with all state in a folder of its own. */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { buildViewer } from "../../signaling/quickstart/build.ts";
import { OFFICE_AGENT_SETTINGS } from "../../signaling/quickstart/office.ts";
import type { PartEvent } from "../../signaling/quickstart/part.ts";
import { addPerson, codeOf, type DemoPerson, registerDevice, STEP_MS } from "../../signaling/quickstart/people.ts";
import { freePort } from "../../signaling/quickstart/ports.ts";
import {
  newRelayIp,
  type Ports,
  type Product,
  type ProductOptions,
  type Row,
  row,
  type Screen,
  startProduct,
} from "../../signaling/quickstart/product.ts";
import { closesOnce, giveUp } from "./clean-up.ts";
import type { Place } from "./line.ts";
import { openTestOffice, type Picture, type TestOffice, type TestOfficeOptions } from "./office.ts";
import { openProducts } from "./open-products.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";
import { until } from "./until.ts";

export interface TestPerson {
  readonly login: string;
  readonly password: string;
  readonly name: string;
  /** A code that was not used before: the current one, else the next one when its time has come. */
  code(): Promise<string>;
}

/** The process that reads the screen: the agent's only child. */
export function desktopPid({ agent }: Pick<TestProduct, "agent">): number {
  const pid = agent.pid();
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  if (!child) throw new Error("the agent has no desktop process");
  return Number(child);
}

/** What a member of staff would look at if they were in the office. */
export interface TestScreen extends Screen {
  logs(): string;
  /** What is saved in the editor. */
  readFile(): string;
  screenshot(): Promise<Picture>;
}

export interface TestProduct<S extends TestScreen = TestOffice> extends Product<S> {
  readonly folder: string;
  /** The one that was asked for. */
  readonly disk: SmallDisk | undefined;
  /** `https://localhost:PORT`: TLS 1.3, TURN over TLS. */
  readonly url: string;
  /** The page at one of its addresses. */
  urlAt(address: string): string;
  /** `http://localhost:PORT`: the plain listener of the demo. */
  readonly localUrl: string;
  /** Crashes and returns of the parts, as they happened: `coturn crashed`, `coturn back`. */
  readonly events: readonly string[];
  /** One more person of the organisation, who may use the terminal. */
  addPerson(options?: {
    readonly login?: string;
    readonly name?: string;
    readonly granted?: boolean;
    /** Has to choose their own password at the first sign-in. */
    readonly mustChange?: boolean;
  }): Promise<TestPerson>;
  /** Registers a browser that has tried to sign in, on the server and on the office PC. */
  register(device: { readonly code: string; readonly login: string }): Promise<void>;
  /** Browsers that gave password and code, and wait. Resolves when there is one of this person. */
  waitingDevice(login: string): Promise<string>;
  /** Newest first, as `session list` has them. */
  sessions(): Promise<Row[]>;
  /** Everything that any part has logged. */
  logs(): string;
}

export interface TestProductOptions {
  readonly office?: TestOfficeOptions;
  /** The servers stand there, besides on this machine. */
  readonly place?: Place;
  /** Of the agent's process. */
  readonly agentEnvironment?: Readonly<Record<string, string>>;
  /** Of Node, for the agent. */
  readonly agentFlags?: readonly string[];
  /** The parts find each other there, instead of on 127.0.0.1. */
  readonly inside?: string;
  /** Where the agent looks for the relay over UDP, when that is not where the relay is. */
  readonly agentTurn?: { readonly host: string; readonly port: number };
  /** The server's state is on a disk of its own, this small. */
  readonly diskMegabytes?: number;
  /** As a small server has them, within signaling's process. */
  readonly edgesWithin?: boolean;
  /** Those that somebody has to know beforehand: a load balancer is there before the servers are. */
  readonly ports?: Partial<Ports>;
  /** Where signaling keeps what it knows; a file, unless said. */
  readonly store?: ProductOptions<Screen>["store"];
  /** Settings of signaling, beside those of `npm start`. */
  readonly signalingSettings?: Readonly<Record<string, string>>;
}

export const ORGANISATION = "見本市";
export const TERMINAL = "総務課のパソコン";

export async function openTestProduct(options: TestProductOptions = {}): Promise<TestProduct> {
  // X servers of two network namespaces would fight for one display number: screens stay in ours
  return openProductOn(await openTestOffice(options.office), options);
}

/** The same on a screen that is there, which it takes over; with another agent than this machine's, if told. */
export async function openProductOn<S extends TestScreen>(
  screen: S,
  options: Omit<TestProductOptions, "office"> & Pick<ProductOptions<S>, "openAgent"> = {},
): Promise<TestProduct<S>> {
  const folder = mkdtempSync(join(tmpdir(), "engawa-product-"));
  chmodSync(folder, 0o700);
  const events: string[] = [];
  const { diskMegabytes } = options;
  const disk = diskMegabytes === undefined ? undefined : mountSmallDisk(join(folder, "signaling"), diskMegabytes);
  const remove = async () => {
    await disk?.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const {
    place,
    inside,
    agentTurn,
    agentEnvironment,
    agentFlags,
    edgesWithin = false,
    ports,
    store,
    signalingSettings,
    openAgent,
  } = options;
  const start = async () => {
    if (!(await buildViewer())) throw new Error("the page does not build"); // a file may run alone, on a machine with nothing prepared
    return startProduct({
      folder,
      ports: {
        ...{ local: await freePort(), outside: await freePort(), inside: await freePort(), turn: await freePort() },
        ...ports,
      },
      relayIp: newRelayIp(),
      addresses: place === undefined ? [] : [place.address],
      openScreen: async () => screen,
      agentSettings: OFFICE_AGENT_SETTINGS,
      organisation: ORGANISATION,
      terminal: TERMINAL,
      edgesWithin,
      store,
      onEvent: (event: PartEvent) => events.push(`${event.name} ${event.kind}`),
      ...(agentFlags === undefined ? {} : { agentFlags }),
      ...(inside === undefined ? {} : { inside }),
      ...(agentTurn === undefined ? {} : { agentTurn }),
      ...(agentEnvironment === undefined ? {} : { agentEnvironment }),
      ...(signalingSettings === undefined ? {} : { signalingSettings }),
      ...(openAgent === undefined ? {} : { openAgent }),
    });
  };
  try {
    return testProduct(await (place === undefined ? start() : place.atServers(start)), {
      folder,
      disk,
      events,
      remove,
    });
  } catch (error) {
    return giveUp(error, () => screen.close(), remove);
  }
}

function testProduct<S extends TestScreen>(
  product: Product<S>,
  own: Pick<TestProduct, "folder" | "disk" | "events"> & { readonly remove: () => Promise<void> },
): TestProduct<S> {
  const { signaling, edges, agent, relay, screen } = product;
  const parts = [signaling, ...Object.values(edges ?? {}), agent, relay, screen];
  let people = 0;
  /** Each part's own end: of one log after the other only the last part would be seen. */
  const ends = () => parts.map((part) => lastLines(part.logs())).join("\n");
  openProducts.add(ends);
  return {
    ...product,
    folder: own.folder,
    disk: own.disk,
    events: own.events,
    url: signaling.outsideUrls.find((url) => url.includes("localhost")) ?? "",
    urlAt: (address) => signaling.outsideUrls.find((url) => url.includes(address)) ?? "",
    localUrl: signaling.localUrl,
    addPerson: async ({
      login = `tester${++people}`,
      name = `見本 ${people}`,
      granted = true,
      mustChange = false,
    } = {}) => {
      const person = await addPerson(signaling, login, name, { mustChange });
      if (granted) await signaling.admin("grant", "add", login, agent.terminal);
      return { login, name, password: person.password, code: freshCodes(person) };
    },
    register: (device) => registerDevice(product, device),
    waitingDevice: async (login) => {
      let code: string | undefined;
      await until(`a browser of ${login} waits`, async () => {
        const waiting = (await signaling.list("device", "pending")).map(row);
        code = waiting.find((device) => device["login"] === login)?.["code"] as string | undefined;
        return code !== undefined;
      });
      return code ?? "";
    },
    sessions: async () => (await signaling.list("session", "list")).map(row),
    logs: () => parts.map((part) => part.logs()).join("\n"),
    close: closesOnce(async () => {
      openProducts.delete(ends);
      await product.close();
      await own.remove();
    }),
  };
}

const LAST_LINES = 40;
const lastLines = (logs: string): string => logs.trimEnd().split("\n").slice(-LAST_LINES).join("\n");

/** Less than this before a step ends, its code might arrive too late. */
const MARGIN_MS = 3_000;

function freshCodes(person: DemoPerson): () => Promise<string> {
  let lastStep = -1;
  return async () => {
    const now = Date.now();
    const usable = now % STEP_MS > STEP_MS - MARGIN_MS ? Math.floor(now / STEP_MS) + 1 : Math.floor(now / STEP_MS);
    const step = Math.max(usable, lastStep + 1);
    lastStep = step;
    const waitMs = step * STEP_MS - Date.now();
    if (waitMs > 0) await pause(waitMs + 50); // the clock itself is the event
    return codeOf(person, step * STEP_MS);
  };
}
