/**
 * One connection that listens for what others notify, and by which is known whether the server is there at all.
 *
 *   connecting ──▶ hearing ──ends, or says nothing for PING_DEADLINE_MS──▶ (a pause that grows) ──▶ connecting
 *
 * What is notified while it does not hear is lost: `onHearing` is told each time it begins, and whoever must not miss anything looks
 * then.
 */
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { clientConfig } from "./connections.ts";
import type { DatabaseServer } from "./settings.ts";

const PING_EVERY_MS = 1_000;
/** A line that was cut says nothing; TCP itself would wait for a quarter of an hour. */
const PING_DEADLINE_MS = 4_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_000;

export interface EarOptions {
  readonly server: DatabaseServer;
  readonly name: string;
  readonly channels: readonly string[];
  /** `by`: the process of the server that notified for somebody; it is that one's connection. */
  readonly onNotice: (channel: string, payload: string, by: number) => void;
  readonly onHearing: () => void;
  /** It heard, and does no longer. */
  readonly onDeaf?: () => void;
}

export class Ear {
  readonly #options: EarOptions;
  #client: pg.Client | undefined;
  #closed = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: EarOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.#closed.abort();
    breakOff(this.#client);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed;
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      const heard = await this.#hear().catch(() => false);
      if (signal.aborted) return;
      if (heard) this.#options.onDeaf?.();
      pauseMs = heard ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      // with jitter, so that all nodes do not come at once when the server is back
      await pause(pauseMs * (0.5 + Math.random()), undefined, { signal, ref: false }).catch(() => {});
    }
  }

  /** Until the connection ends. True when it had heard. */
  async #hear(): Promise<boolean> {
    const { server, name, channels, onNotice, onHearing } = this.#options;
    const client = new pg.Client(clientConfig(server, name));
    this.#client = client;
    const ended = new Promise<void>((resolve) => client.once("end", resolve));
    client.on("error", () => {}); // "end" follows
    client.on("notification", ({ channel, payload = "", processId }) => onNotice(channel, payload, processId));
    try {
      await client.connect();
      for (const channel of channels) await client.query(`listen ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      breakOff(client);
      throw error;
    }
    onHearing();
    const timer = setInterval(() => void ping(client), PING_EVERY_MS).unref();
    await ended;
    clearInterval(timer);
    return true;
  }
}

async function ping(client: pg.Client): Promise<void> {
  const deadline = setTimeout(() => breakOff(client), PING_DEADLINE_MS).unref();
  await client.query("").catch(() => {});
  clearTimeout(deadline);
}

function breakOff(client: pg.Client | undefined): void {
  (client as unknown as { connection: { stream: { destroy(): void } } } | undefined)?.connection.stream.destroy();
}
