/** The bus of a single process. It serialises like any other, so that nothing works here only. */
import { type Bus, BusEvent, MAX_EVENT_BYTES } from "./bus.ts";

/** Events that wait for delivery. Delivery happens in the same turn of the loop, so only a runaway publisher gets here; its newest are dropped. */
const MAX_WAITING = 10_000;

export interface LocalBusOptions {
  /** A listener threw: that is a bug of the listener. */
  readonly onListenerError: (error: unknown) => void;
}

export class LocalBus implements Bus {
  readonly #options: LocalBusOptions;
  readonly #listeners = new Set<(event: BusEvent) => void>();
  #waiting: Array<{ text: string; to: ReadonlyArray<(event: BusEvent) => void> }> = [];
  #closed = false;

  constructor(options: LocalBusOptions) {
    this.#options = options;
  }

  async publish(event: BusEvent): Promise<void> {
    const text = JSON.stringify(BusEvent.parse(event));
    if (Buffer.byteLength(text) > MAX_EVENT_BYTES) throw new Error("the event is too large for the bus");
    if (this.#closed || this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push({ text, to: [...this.#listeners] });
    if (this.#waiting.length === 1) queueMicrotask(() => this.#deliver());
  }

  subscribe(listener: (event: BusEvent) => void): () => void {
    const own = (event: BusEvent) => listener(event); // the same function may subscribe twice
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    this.#waiting = [];
  }

  #deliver(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    for (const { text, to } of batch) {
      for (const listener of to) {
        if (this.#listeners.has(listener)) this.#call(listener, text);
      }
    }
  }

  #call(listener: (event: BusEvent) => void, text: string): void {
    try {
      listener(BusEvent.parse(JSON.parse(text)));
    } catch (error) {
      this.#options.onListenerError(error);
    }
  }
}
