/**
 * The bus of several nodes: PostgreSQL's LISTEN and NOTIFY, on the database that they share. Notices go by one channel, letters by one
 * for each node; a letter beyond what NOTIFY takes lies in a table, and what is notified is where.
 *
 * What the database cannot carry at the moment reaches the listeners here at least. What is notified while nobody hears is lost: as soon
 * as it hears again it says `gap`, and that anybody's rights may have changed.
 */
import { randomUUID } from "node:crypto";
import { Connections } from "../postgres/connections.ts";
import { Ear } from "../postgres/ear.ts";
import type { DatabaseServer } from "../postgres/settings.ts";
import type { NodeId } from "../protocol/ids.ts";
import { type Bus, BusEvent, eventText, MAX_EVENT_BYTES, MAX_LETTER_BYTES } from "./bus.ts";
import { Letter } from "./letters.ts";
import type { LocalBusOptions } from "./local.ts";

const NOTICES = "engawa_bus";
/** Nobody fetches it any more: the node it was for is gone. */
const LETTERS_KEPT_MS = 10 * 60_000;
/** The name has it prepared. */
const NOTIFY = { name: "notify", text: "select pg_notify($1, $2)" } as const;
/** The first letter of what is notified says what it is. */
const ENCLOSED = "=";
const LYING = "@";

export interface PostgresBusOptions extends LocalBusOptions {
  readonly server: DatabaseServer;
}

export class PostgresBus implements Bus {
  readonly #options: PostgresBusOptions;
  /** One, so that what is published stays in order. */
  readonly #connections: Connections;
  readonly #ear: Ear;
  readonly #listeners = new Set<(event: BusEvent) => void>();
  readonly #ears = new Set<Ear>();
  #hears = false;
  #isClosed = false;

  private constructor(options: PostgresBusOptions, onHearing: () => void) {
    this.#options = options;
    const { server } = options;
    this.#connections = new Connections(server, { name: "engawa bus", max: 1 });
    this.#ear = new Ear({
      server,
      name: "engawa bus's ear",
      channels: [NOTICES],
      onNotice: (_, payload) => this.#deliver(payload),
      onHearing: () => {
        if (this.#hears) this.#missed();
        this.#hears = true;
        onHearing();
      },
      onDeaf: () => this.#connections.breakAll(),
    });
  }

  /** Hears by then. Waits for as long as the database is away. */
  static async open(options: PostgresBusOptions): Promise<PostgresBus> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const bus = new PostgresBus(options, resolve);
    await promise;
    return bus;
  }

  async publish(event: BusEvent): Promise<void> {
    const text = eventText(event);
    if (this.#isClosed) return;
    try {
      await this.#connections.pool.query({ ...NOTIFY, values: [NOTICES, text] });
    } catch (error) {
      this.#options.onListenerError(error);
      this.#deliver(text);
    }
  }

  subscribe(listener: (event: BusEvent) => void): () => void {
    const own = (event: BusEvent) => listener(event); // the same function may subscribe twice
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  async send(to: NodeId, letter: Letter): Promise<void> {
    const text = JSON.stringify(Letter.parse(letter));
    const bytes = Buffer.byteLength(text);
    if (bytes > MAX_LETTER_BYTES) throw new Error("the letter is too large for the bus");
    if (this.#isClosed) return;
    const { pool } = this.#connections;
    if (bytes < MAX_EVENT_BYTES) {
      await pool.query({ ...NOTIFY, values: [channelOf(to), ENCLOSED + text] });
      return;
    }
    const [id, now] = [randomUUID(), Date.now()];
    await pool.query(
      `with gone as (delete from letters where at < $4),
            kept as (insert into letters (id, at, body) values ($1, $3, $2))
       select pg_notify($5, $6)`,
      [id, text, now, now - LETTERS_KEPT_MS, channelOf(to), LYING + id],
    );
  }

  receive(node: NodeId, listener: (letter: Letter) => void): () => void {
    let isOver = false;
    // one that lies in the table is fetched before those behind it are handed over
    let last = Promise.resolve();
    const ear = new Ear({
      server: this.#options.server,
      name: "engawa node's ear",
      channels: [channelOf(node)],
      onNotice: (_, payload) => {
        last = last
          .then(async () => {
            const text = await this.#bodyOf(payload);
            if (text !== undefined && !isOver && !this.#isClosed) listener(Letter.parse(JSON.parse(text)));
          })
          .catch(this.#options.onListenerError);
      },
      onHearing: () => this.#tell({ type: "gap" }),
    });
    this.#ears.add(ear);
    return () => {
      isOver = true;
      this.#ears.delete(ear);
      void ear.close();
    };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listeners.clear();
    await Promise.all([this.#ear, ...this.#ears].map((ear) => ear.close()));
    await this.#connections.pool.end();
  }

  async #bodyOf(payload: string): Promise<string | undefined> {
    if (payload.startsWith(ENCLOSED)) return payload.slice(ENCLOSED.length);
    const { rows } = await this.#connections.pool.query<{ body: string }>(
      "delete from letters where id = $1 returning body",
      [payload.slice(LYING.length)],
    );
    return rows[0]?.body;
  }

  #missed(): void {
    this.#tell({ type: "gap" });
    this.#tell({ type: "records-changed" });
  }

  #tell(event: BusEvent): void {
    this.#deliver(JSON.stringify(event));
  }

  #deliver(text: string): void {
    for (const listener of [...this.#listeners]) {
      if (!this.#listeners.has(listener)) continue;
      try {
        listener(BusEvent.parse(JSON.parse(text)));
      } catch (error) {
        this.#options.onListenerError(error);
      }
    }
  }
}

const channelOf = (node: NodeId): string => `engawa_node_${node}`;
