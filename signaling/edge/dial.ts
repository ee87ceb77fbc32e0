/** A connection of an edge of its own to signaling's proxied listener, begun by its PROXY header. */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

const CONNECT_TIMEOUT_MS = 5_000;

export interface Door {
  /** Signaling's proxied listener. */
  readonly to: { host: string; port: number };
  /** PEM of the CA that signed the listener's certificate, and the name in it where that is not the host. Without: plain, for loopback only. */
  readonly tls?: { ca: string | Buffer; servername?: string };
}

/** What is beneath; its "close" is the end of it, whatever happened. `ready`: with the header sent, and within TLS where that is. */
export function dial(
  { to, tls }: Door,
  header: () => Buffer,
  on: { ready: (inner: Socket) => void; failed: (error: Error) => void },
): Socket {
  const beneath = connectTcp({ ...to, noDelay: true });
  beneath.setTimeout(CONNECT_TIMEOUT_MS, () => beneath.destroy(new Error("signaling does not answer")));
  beneath.on("error", on.failed);
  beneath.once("connect", () => {
    beneath.write(header());
    const inner = tls
      ? connectTls({ socket: beneath, host: to.host, ...tls, minVersion: "TLSv1.3", ALPNProtocols: ["http/1.1"] })
      : beneath;
    if (tls) inner.on("error", on.failed);
    const ready = () => {
      beneath.setTimeout(0);
      on.ready(inner);
    };
    if (tls) inner.once("secureConnect", ready);
    else ready();
  });
  return beneath;
}
