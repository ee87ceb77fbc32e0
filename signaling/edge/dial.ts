/** Connections of an edge of its own to signaling's proxied listener, each begun by its PROXY header. */
import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, createSecureContext } from "node:tls";

const CONNECT_TIMEOUT_MS = 5_000;

export interface DoorOptions {
  /** Signaling's proxied listener. */
  readonly to: { readonly host: string; readonly port: number };
  /** PEM of the CA that signed the listener's certificate, and the name in it where that is not the host. Without: plain, for loopback only. */
  readonly tls?: { readonly ca: string | Buffer; readonly servername?: string };
}

/**
 * The way to signaling. Its authorities are read once, and each connection resumes the TLS session of an earlier one (RFC 8446 § 2.2)
 * while signaling's process is the same: each of thousands of office PCs that come back has a connection of its own here.
 */
export class Door {
  readonly #to: DoorOptions["to"];
  readonly #tls: ConnectionOptions | undefined;
  #session: Buffer | undefined;

  constructor({ to, tls }: DoorOptions) {
    this.#to = to;
    if (tls === undefined) return;
    const { ca, ...name } = tls;
    const secureContext = createSecureContext({ ca, minVersion: "TLSv1.3" });
    this.#tls = { secureContext, host: to.host, ...name, ALPNProtocols: ["http/1.1"] };
  }

  /** What is beneath; its "close" is the end of it, whatever happened. `ready`: with the header sent, and within TLS where that is. */
  dial(header: () => Buffer, on: { ready: (inner: Socket) => void; failed: (error: Error) => void }): Socket {
    const beneath = connectTcp({ ...this.#to, noDelay: true });
    beneath.setTimeout(CONNECT_TIMEOUT_MS, () => beneath.destroy(new Error("signaling does not answer")));
    beneath.on("error", on.failed);
    const ready = (inner: Socket): void => {
      beneath.setTimeout(0);
      on.ready(inner);
    };
    beneath.once("connect", () => {
      beneath.write(header());
      if (this.#tls === undefined) return ready(beneath);
      const inner = connectTls({ ...this.#tls, socket: beneath, ...(this.#session && { session: this.#session }) });
      inner.on("error", (error) => {
        this.#session = undefined; // should it be that which is at fault
        on.failed(error);
      });
      inner.on("session", (session) => {
        this.#session = session;
      });
      inner.once("secureConnect", () => ready(inner));
    });
    return beneath;
  }
}
