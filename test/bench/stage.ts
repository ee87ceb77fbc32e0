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
import { Sampler } from "./sampler.ts";
import { kbps } from "./stats.ts";
import { openViewer, type Viewer } from "./viewer.ts";

export interface Stage {
  /** Documents, marks, logs; gone at the end unless it is to be kept. */
  readonly folder: string;
  readonly network: Network;
  readonly desk: Desk;
  readonly product: Product;
  readonly viewer: Viewer;
  readonly sampler: Sampler;
  readonly say: (what: string) => void;
  /** Waits until nothing but heartbeats is sent to the viewer, i.e. the picture is as good as it will get. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly net: string;
  readonly leg: Leg;
  /** Of the office PC. */
  readonly system: System;
  /** Its agent collects its garbage on demand. */
  readonly collects: boolean;
  /** Leaves the folder where it is, and says where. */
  readonly keep: boolean;
  readonly say: (what: string) => void;
}

/** Heartbeats, RTCP and consent checks stay below; a refined picture does not. */
const QUIET_KBPS = 12;
const QUIET_MS = 2_000;
const QUIET_TIMEOUT_MS = 60_000;

export async function openStage(options: StageOptions): Promise<Stage> {
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
  };
  // A Ctrl-C may come twice: from the terminal, and from whoever started us.
  const onSignal = () => void close().finally(() => process.exit(130));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  const opened = async <T extends { close(): unknown }>(what: string, opening: Promise<T>): Promise<T> => {
    say(what);
    const part = await opening;
    closers.push(() => part.close());
    return part;
  };
  try {
    const network = await opened("networks", openNetwork({ net: options.net, folder }));
    const desk = await opened("screen", openDesk(network, folder));
    const product = await opened(
      "relay, signaling, edges, agent",
      startProduct({ network, desk, folder, system: options.system, leg: options.leg, collects: options.collects }),
    );
    const sampler = new Sampler(network, () => ({ agent: product.agent.pid, edges: product.edges() }));
    closers.push(() => sampler.close());
    const viewer = await opened("browser, sign-in (waits for a fresh code)", openViewer(network, product, folder));
    return { folder, network, desk, product, viewer, sampler, say, quiet: () => quiet(sampler), close };
  } catch (error) {
    return giveUp(error, close);
  }
}

async function quiet(sampler: Sampler): Promise<void> {
  const begun = Date.now();
  for (;;) {
    await pause(QUIET_MS / 4);
    const now = Date.now();
    if (now - begun > QUIET_MS && kbps(sampler.series("sent"), now - QUIET_MS, now) < QUIET_KBPS) return;
    if (now - begun > QUIET_TIMEOUT_MS) throw new Error("the agent does not stop sending although nothing changes");
  }
}
