/** What one node does for all, and what is good once, whichever node it is shown to. */
import type { NodeId } from "../protocol/ids.ts";
import type { Store } from "../store/store.ts";

export interface OfficesOptions {
  readonly store: Pick<Store, "read" | "write">;
  readonly node: () => NodeId | undefined;
  /** Epoch ms. */
  readonly now: () => number;
}

export class Offices {
  readonly #options: OfficesOptions;

  constructor(options: OfficesOptions) {
    this.#options = options;
  }

  /** It is this node's to do, for as long as it lives. */
  async holds(name: string): Promise<boolean> {
    const { store, node } = this.#options;
    const id = node();
    if (id === undefined) return false;
    const holder = await store.read((q) => q.nodes.holderOf(name));
    return holder === undefined ? store.write((q) => q.nodes.takeOffice(name, id)) : holder === id;
  }

  /** False: somebody did so within this time. */
  useOnce(name: string, forMs: number): Promise<boolean> {
    const { store, now } = this.#options;
    const at = now();
    return store.write((q) => q.nodes.useOnce(name, at + forMs, at));
  }
}
