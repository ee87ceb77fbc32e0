/**
 * Asks a relay whether it is there: an Allocate without credentials (RFC 8656 §7.2), which every TURN server answers with 401 and a
 * realm. Proves the path, the transport and, over TLS, the certificate; takes up nothing.
 */
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect } from "node:tls";

const MAGIC_COOKIE = 0x2112a442;
const ALLOCATE_REQUEST = 0x0003;
const ALLOCATE_ERROR = 0x0113;
const REQUESTED_TRANSPORT_UDP = Buffer.from([0x00, 0x19, 0x00, 0x04, 17, 0, 0, 0]);
const RESEND_MS = 500;

/** Resolves with the time it took, ms. Rejects with words. */
export async function askRelay(url: string, ca: string, timeoutMs: number): Promise<number> {
  const parsed = /^(turns?):([^:?]+):(\d+)(?:\?transport=(udp|tcp))?$/.exec(url);
  if (!parsed) throw new Error(`${url} cannot be read`);
  const [, scheme, host = "", port = ""] = parsed;
  const request = allocate();
  const started = performance.now();
  const answer = await (scheme === "turns" ? overTls : overUdp)({ host, port: Number(port), request, ca, timeoutMs });
  const isOurs = answer.length >= 20 && answer.subarray(4, 20).equals(request.subarray(4, 20));
  if (!isOurs || answer.readUInt16BE(0) !== ALLOCATE_ERROR) throw new Error("what answers there is not a relay");
  return performance.now() - started;
}

interface Ask {
  host: string;
  port: number;
  request: Buffer;
  ca: string;
  timeoutMs: number;
}

function allocate(): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(ALLOCATE_REQUEST, 0);
  header.writeUInt16BE(REQUESTED_TRANSPORT_UDP.length, 2);
  header.writeUInt32BE(MAGIC_COOKIE, 4);
  randomBytes(12).copy(header, 8);
  return Buffer.concat([header, REQUESTED_TRANSPORT_UDP]);
}

function overUdp({ host, port, request, timeoutMs }: Ask): Promise<Buffer> {
  const socket = createSocket("udp4");
  const send = (): void => socket.send(request, port, host, () => {});
  const resend = setInterval(send, RESEND_MS);
  return new Promise<Buffer>((resolve, reject) => {
    setTimeout(() => reject(new Error("no answer")), timeoutMs).unref();
    socket.once("message", resolve);
    socket.once("error", reject);
    send();
  }).finally(() => {
    clearInterval(resend);
    socket.close();
  });
}

function overTls({ host, port, request, ca, timeoutMs }: Ask): Promise<Buffer> {
  const socket = connect({ host, port, ca, minVersion: "TLSv1.3" });
  return new Promise<Buffer>((resolve, reject) => {
    setTimeout(() => reject(new Error("no answer")), timeoutMs).unref();
    socket.once("secureConnect", () => socket.write(request));
    socket.once("data", resolve);
    socket.once("error", reject);
  }).finally(() => socket.destroy());
}
