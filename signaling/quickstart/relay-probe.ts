/** Is a relay there? Any answer to an Allocate without credentials says so (RFC 8656 §7: 401 with realm and nonce). */
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { ATTRIBUTE, CLASS, MAGIC_COOKIE, METHOD, typeOf } from "../protocol/stun.ts";

const ANSWER_WITHIN_MS = 200;
/** REQUESTED-TRANSPORT: UDP. */
const TRANSPORT = Buffer.from([0, ATTRIBUTE.requestedTransport, 0, 4, 17, 0, 0, 0]);
const ALLOCATE = Buffer.alloc(8);
ALLOCATE.writeUInt16BE(typeOf(METHOD.allocate, CLASS.request));
ALLOCATE.writeUInt16BE(TRANSPORT.length, 2);
ALLOCATE.writeUInt32BE(MAGIC_COOKIE, 4);

export function relayAnswers({ host, port }: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    const timer = setTimeout(() => done(false), ANSWER_WITHIN_MS);
    const done = (answered: boolean) => {
      clearTimeout(timer);
      socket.removeAllListeners().on("error", () => {});
      socket.close();
      resolve(answered);
    };
    socket.once("message", () => done(true));
    socket.once("error", () => done(false)); // connection refused: not yet
    socket.connect(port, host, () => socket.send(Buffer.concat([ALLOCATE, randomBytes(12), TRANSPORT])));
  });
}
