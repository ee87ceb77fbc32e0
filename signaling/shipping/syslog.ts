/**
 * Lines for a collector of records: RFC 5424, each behind its length (RFC 5425 §4.3), over TLS. The protocol has no answers: what
 * was written is taken for received once the connection has held for a while after it.
 */
import { once } from "node:events";
import { hostname } from "node:os";
import { connect, rootCertificates, type TLSSocket } from "node:tls";
import type { Collector } from "./settings.ts";

/** Facility 13, log audit; severity 5, notice (RFC 5424 §6.2.1). */
const PRIORITY = 13 * 8 + 5;
/** Of the connection and its handshake, and of a collector that takes nothing. */
const PATIENCE_MS = 15_000;

export interface Line {
  /** Epoch ms. */
  readonly at: number;
  /** At most 32 letters of ASCII. */
  readonly kind: string;
  /** By which a collector knows one that came twice. */
  readonly id: Readonly<Record<string, string | number>>;
  readonly message: object;
}

/** The message is JSON in ASCII letters, so that it is the same text to whoever reads it in whatever coding. */
export function syslogFrame({ at, kind, id, message }: Line, host: string): Buffer {
  const params = Object.entries(id).map(([name, value]) => `${name}="${String(value).replace(/[\\"\]]/g, "\\$&")}"`);
  const data = `[engawa@32473 ${params.join(" ")}]`; // 32473: the number that is nobody's (RFC 5612)
  const head = `<${PRIORITY}>1 ${new Date(at).toISOString()} ${host} engawa - ${kind.slice(0, 32)} ${data}`;
  const text = `${head} ${asciiJson(message)}`;
  return Buffer.from(`${text.length} ${text}`, "latin1");
}

const asciiJson = (value: object): string =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** RFC 5424 §6.2.4: at most 255 visible letters of ASCII. */
export const ownName = (): string =>
  hostname()
    .replace(/[^\x21-\x7e]/g, "?")
    .slice(0, 255) || "-";

export class SyslogConnection {
  readonly #socket: TLSSocket;

  private constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.on("error", () => {}); // whoever writes hears of it
    socket.resume();
  }

  /** Rejects when the collector is not there, or its certificate is of nobody that is trusted. */
  static async open({ host, port, ca }: Collector): Promise<SyslogConnection> {
    const trusted = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
    const socket = connect({ host, port, minVersion: "TLSv1.2", rejectUnauthorized: true, ...trusted });
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error("the collector does not answer")));
    await once(socket, "secureConnect").catch((error) => {
      socket.destroy();
      throw error;
    });
    socket.setTimeout(0);
    return new SyslogConnection(socket);
  }

  /** Fulfilled when all of it has been handed to the system, and the collector has not gone meanwhile. */
  async write(frames: readonly Buffer[]): Promise<void> {
    if (!this.isOpen) throw new Error("the collector has closed the connection");
    const socket = this.#socket;
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => socket.destroy(new Error("the collector takes nothing")), PATIENCE_MS);
      const done = (error?: Error | null) => {
        clearTimeout(late);
        socket.off("close", gone);
        if (error) reject(error);
        else resolve();
      };
      const gone = () => done(socket.errored ?? new Error("the collector has closed the connection"));
      socket.once("close", gone);
      socket.write(Buffer.concat(frames), done);
    });
  }

  get isOpen(): boolean {
    const { readable, writable, destroyed } = this.#socket;
    return readable && writable && !destroyed;
  }

  /** Waits until what was written has gone out and the collector has closed, too. False: it broke before. */
  async close(): Promise<boolean> {
    const socket = this.#socket;
    if (!socket.destroyed) {
      socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error("the collector does not close")));
      const closed = new Promise<void>((resolve) => void socket.once("close", () => resolve()));
      socket.end();
      await closed;
    }
    return socket.errored === null;
  }
}
