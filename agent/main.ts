/** Puts the agent together: settings → identity → desktop → sessions → line to the server. */

import { type DesktopOptions, openDesktop } from "./desktop/child.ts";
import type { Desktop, OnReport } from "./desktop/desktop.ts";
import { type Log, type LogLevel, openLog } from "./log.ts";
import { Network } from "./network/network.ts";
import { RelayMemory } from "./peer/relay-choice.ts";
import { allowedRelayHosts } from "./peer/relay-url.ts";
import { peerOpener } from "./peer/werift-peer.ts";
import { wiredInterfaces } from "./server/interfaces.ts";
import { Link } from "./server/link.ts";
import { Outbox } from "./server/outbox.ts";
import { sendMagicPacket, Waker } from "./server/waker.ts";
import { Agent } from "./session/agent.ts";
import { type IdleLimits, loadConfig, type WakeSetting } from "./settings/config.ts";
import { ownRules } from "./settings/session-rules.ts";
import { Devices } from "./trust/devices.ts";
import { loadIdentity } from "./trust/identity.ts";
import { Locks } from "./trust/locks.ts";

export interface StartOptions {
  readonly stateDir: string;
  /** X display, e.g. `:0`. */
  readonly display?: string;
  readonly xauthority?: string;
  readonly logLevel: LogLevel;
  /** A folder for Node's compile cache, which saves 20 MB; shared with the desktop process. */
  readonly cacheFolder?: string;
  /** Another desktop than the real one. */
  readonly openDesktop?: (options: DesktopOptions) => Desktop;
  /** Where log lines go; standard output unless told. */
  readonly logTo?: { write(line: string): void };
  /** Others than those of the settings, which count in minutes. */
  readonly idle?: IdleLimits;
}

export interface RunningAgent {
  readonly agent: Agent;
  readonly link: Link;
  readonly log: Log;
  close(): Promise<void>;
}

/** On Windows this process may only read the list: setup writes them, and `agent devices`. */
async function openDevices(path: string, log: Log): Promise<Devices> {
  const devices = new Devices(path);
  try {
    const given = await devices.giveTerms();
    if (given > 0) log.info({ devices: given }, "devices without a term are good for a year from now on");
  } catch (error) {
    log.warn({ err: error }, "the list of devices could not be looked through for terms: run `agent devices list`");
  }
  return devices;
}

const now = () => performance.now();

const newWaker = (setting: WakeSetting, log: Log) =>
  new Waker({ setting, interfaces: wiredInterfaces, send: sendMagicPacket, now, log });

const desktopOpener =
  ({ display, xauthority, cacheFolder, openDesktop: open = openDesktop }: StartOptions, log: Log) =>
  (onReport: OnReport): Desktop =>
    open({
      display,
      xauthority,
      cacheFolder,
      onReport,
      log: { info: (message) => log.info(message), warn: (message) => log.warn(message) },
    });

export async function startAgent(options: StartOptions): Promise<RunningAgent> {
  const log = openLog(options.logLevel, options.logTo);
  const config = await loadConfig(options.stateDir);
  if (config.fromPolicy.length > 0)
    log.info({ settings: config.fromPolicy }, "these settings come from the group policy, whatever config.json says");
  const identity = await loadIdentity(config.paths.identity);
  const network = await Network.open(config);
  const relayMemory = new RelayMemory(config.paths.relay);
  await relayMemory.load();
  const devices = await openDevices(config.paths.devices, log);
  const agent = new Agent({
    identity,
    network,
    relayMemory,
    allowedRelayHosts: allowedRelayHosts(identity, config.relayHosts),
    devices,
    locks: new Locks(config.paths),
    auditHeads: config.paths.auditHeads,
    openPeer: peerOpener(),
    rules: ownRules({ ...config, ...(options.idle && { idle: options.idle }) }),
    mayShutDown: config.shutDown === "allow",
    coverText: config.coverText,
    log,
    now,
    waker: newWaker(config.wake, log),
    send: (message) => outbox.send(message),
    openDesktop: desktopOpener(options, log),
  });
  const link: Link = new Link({
    identity,
    network,
    log,
    handlers: {
      welcome: () => {
        outbox.connected();
        agent.connected();
      },
      message: (message) => agent.receive(message),
      heard: (mark) => outbox.heard(mark),
    },
    isAtWork: () => agent.sessions.size > 0,
  });
  const outbox = new Outbox({ send: (message) => link.send(message), ping: (mark) => link.ping(mark) });
  link.start();
  log.info({ terminal: identity.terminal, server: identity.url, proxy: network.describe() }, "agent started");
  let closing: Promise<void> | undefined;
  return {
    agent,
    link,
    log,
    close: () => {
      closing ??= (async () => {
        await agent.close();
        await link.close();
        await relayMemory.close();
      })();
      return closing;
    },
  };
}
