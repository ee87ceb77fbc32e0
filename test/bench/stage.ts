/** Everything a measurement needs, opened in order and closed in reverse: networks, screen, product, browser, sampler. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { giveUp } from "../support/clean-up.ts";
import { type Desk, openDesk } from "./desk.ts";
import { type Network, openNetwork } from "./network.ts";
import type { System } from "./office-agent.ts";
import { type Leg, type Product, startProduct } from "./product.ts";
import { type Roots, Sampler } from "./sampler.ts";
import { kbps } from "./stats.ts";
import { openViewer, type Viewer } from "./viewer.ts";

/** What can be measured of somebody else's program, too. */
export interface Scene {
  /** Documents, marks, logs; gone at the end unless it is to be kept. */
  readonly folder: string;
  readonly network: Network;
  readonly desk: Desk;
  readonly viewer: Viewer;
  readonly sampler: Sampler;
  readonly say: (what: string) => void;
  /** Waits until nothing but heartbeats is sent to the viewer, i.e. the picture is as good as it will get. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

export interface Stage extends Scene {
  readonly product: Product;
}

export interface SceneOptions {
  readonly net: string;
  /** Leaves the folder where it is, and says where. */
  readonly keep: boolean;
  readonly say: (what: string) => void;
}

export interface StageOptions extends SceneOptions {
  readonly leg: Leg;
  /** Of the office PC. */
  readonly system: System;
  /** Its agent collects its garbage on demand. */
  readonly collects: boolean;
}

/** Networks and a screen, on which the rest is opened. */
export interface Ground extends Pick<Scene, "folder" | "network" | "desk"> {
  /** Says what, waits for it, and closes it in its turn. */
  opened<T extends { close(): unknown }>(what: string, opening: Promise<T>): Promise<T>;
}

/** Heartbeats, RTCP and consent checks stay below; a refined picture does not. */
const QUIET_KBPS = 12;
const QUIET_MS = 2_000;
const QUIET_TIMEOUT_MS = 60_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function openStage(options: StageOptions): Promise<Stage> {
  return openScene(options, async ({ folder, network, desk, opened }) => {
    const product = await opened(
      "relay, signaling, edges, agent",
      startProduct({ network, desk, folder, system: options.system, leg: options.leg, collects: options.collects }),
    );
    const roots = () => ({ agent: product.agent.pid, edges: product.edges() });
    const viewer = () => openViewer(network, product, folder);
    return { product, roots, says: "browser, sign-in (waits for a fresh code)", viewer };
  });
}

/** What stands on the ground: processes to be counted, and who looks at the screen. */
interface Standing {
  roots(): Roots;
  /** It may never come to rest: what is waited for it at most. Ours must. */
  readonly restMs?: number;
  /** Of the viewer, as it is opened. */
  readonly says: string;
  viewer(): Promise<Viewer>;
}

export async function openScene<T extends Standing>(
  options: SceneOptions,
  build: (ground: Ground) => Promise<T>,
): Promise<Scene & Omit<T, keyof Standing>> {
  const { say, keep } = options;
  const folder = mkdtempSync(join(tmpdir(), "engawa-bench-"));
  const closers: (() => unknown)[] = [];
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  const closeAll = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
    if (keep) say(`logs and documents are in ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  // A Ctrl-C may come twice: from the terminal, and from whoever started us.
  const onSignal = () => void close().finally(() => process.exit(130));
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const opened = async <T extends { close(): unknown }>(what: string, opening: Promise<T>): Promise<T> => {
    say(what);
    const part = await opening;
    closers.push(() => part.close());
    return part;
  };
  try {
    const network = await opened("networks", openNetwork({ net: options.net, folder }));
    const desk = await opened("screen", openDesk(network, folder));
    const { roots, says, viewer: open, restMs, ...more } = await build({ folder, network, desk, opened });
    const sampler = new Sampler(network, roots);
    closers.push(() => sampler.close());
    const viewer = await opened(says, open());
    return { ...more, folder, network, desk, viewer, sampler, say, quiet: () => quiet(sampler, restMs), close };
  } catch (error) {
    return giveUp(error, close);
  }
}

async function quiet(sampler: Sampler, restMs?: number): Promise<void> {
  const begun = Date.now();
  for (;;) {
    await pause(QUIET_MS / 4);
    const now = Date.now();
    if (now - begun > QUIET_MS && kbps(sampler.series("sent"), now - QUIET_MS, now) < QUIET_KBPS) return;
    if (restMs !== undefined && now - begun > restMs) return;
    if (now - begun > QUIET_TIMEOUT_MS) throw new Error("the office does not stop sending although nothing changes");
  }
}
