/**
 * Browsers that gave the right password and code, but are not registered: shown one at a time, registered by Enter.
 * Nothing is registered that was not on the screen when the key was pressed.
 */
import { z } from "zod";
import { registerDevice } from "./people.ts";
import type { Product } from "./product.ts";

const Waiting = z.array(z.object({ code: z.string(), login: z.string(), seenAt: z.number() }));
export type Waiting = z.infer<typeof Waiting>[number];

export interface Announcements {
  waits(device: Waiting): void;
  registered(device: Waiting): void;
  failed(device: Waiting, error: unknown): void;
}

/** What signaling logs when a device begins to wait. */
export const isAboutWaiting = (line: string): boolean => line.includes('"msg":"a device waits for approval"');

export interface Whose {
  /** Of these nobody is asked about. */
  readonly ignored: ReadonlySet<string>;
  /** These use the console and no office PC. */
  readonly administrators: ReadonlySet<string>;
}

export class Registrations {
  readonly #product: Pick<Product, "signaling" | "agent">;
  readonly #whose: Whose;
  readonly #announce: Announcements;
  #shown: Waiting | undefined;
  #busy: Promise<void> = Promise.resolve();

  constructor(product: Pick<Product, "signaling" | "agent">, whose: Whose, announce: Announcements) {
    this.#product = product;
    this.#whose = whose;
    this.#announce = announce;
  }

  /** Shows the next one that waits, if none is shown. */
  look(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#shown !== undefined) return;
      const waiting = Waiting.parse(await this.#product.signaling.list("device", "pending"));
      const asked = waiting.filter(({ login }) => !this.#whose.ignored.has(login));
      const [oldest] = asked.sort((a, b) => a.seenAt - b.seenAt);
      this.#shown = oldest;
      if (oldest !== undefined) this.#announce.waits(oldest);
    });
  }

  async enter(): Promise<void> {
    const device = this.#shown;
    if (device === undefined) return;
    this.#shown = undefined;
    await this.#inTurn(() =>
      registerDevice(this.#product, device, { atConsole: this.#whose.administrators.has(device.login) }).then(
        () => this.#announce.registered(device),
        (error) => this.#announce.failed(device, error),
      ),
    );
    await this.look();
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    this.#busy = this.#busy.then(act).catch(() => {});
    return this.#busy;
  }
}
