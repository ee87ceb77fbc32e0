/** The bus of a single process. It serialises like any other, so that nothing works here only. */
import type { NodeId } from "../protocol/ids.ts";
import { type Bus, BusEvent, eventText, MAX_LETTER_BYTES } from "./bus.ts";
import { Letter } from "./letters.ts";

/** What waits for delivery. Delivery happens in the same turn of the loop, so only a runaway publisher gets here; its newest are dropped. */
const MAX_WAITING = 10_000;

export interface LocalBusOptions {
  /** A listener threw: that is a bug of the listener. */
  readonly onListenerError: (error: unknown) => void;
}

export class LocalBus implements Bus {
  readonly #options: LocalBusOptions;
  readonly #listeners = new Set<(event: BusEvent) => void>();
  readonly #receivers = new Map<NodeId, Set<(letter: Letter) => void>>();
  #waiting: Array<() => void> = [];
  #closed = false;

  constructor(options: LocalBusOptions) {
    this.#options = options;
  }

  async publish(event: BusEvent): Promise<void> {
    const text = eventText(event);
    const to = [...this.#listeners];
    this.#enqueue(() => {
      for (const listener of to)
        if (this.#listeners.has(listener)) this.#call(() => listener(BusEvent.parse(JSON.parse(text))));
    });
  }

  subscribe(listener: (event: BusEvent) => void): () => void {
    const own = (event: BusEvent) => listener(event); // the same function may subscribe twice
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  async send(to: NodeId, letter: Letter): Promise<void> {
    const text = JSON.stringify(Letter.parse(letter));
    if (Buffer.byteLength(text) > MAX_LETTER_BYTES) throw new Error("the letter is too large for the bus");
    this.#enqueue(() => {
      for (const receiver of this.#receivers.get(to) ?? []) this.#call(() => receiver(Letter.parse(JSON.parse(text))));
    });
  }

  receive(node: NodeId, listener: (letter: Letter) => void): () => void {
    const own = (letter: Letter) => listener(letter);
    const receivers = this.#receivers.get(node) ?? new Set();
    this.#receivers.set(node, receivers.add(own));
    return () => {
      receivers.delete(own);
      if (receivers.size === 0 && this.#receivers.get(node) === receivers) this.#receivers.delete(node);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    this.#receivers.clear();
    this.#waiting = [];
  }

  #enqueue(deliver: () => void): void {
    if (this.#closed || this.#waiting.length >= MAX_WAITING) return;
    this.#waiting.push(deliver);
    if (this.#waiting.length === 1) queueMicrotask(() => this.#deliver());
  }

  #deliver(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    for (const deliver of batch) deliver();
  }

  #call(listen: () => void): void {
    try {
      listen();
    } catch (error) {
      this.#options.onListenerError(error);
    }
  }
}
