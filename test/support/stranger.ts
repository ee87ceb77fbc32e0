/** Somebody else with a credential of the same relay, who may send to every port of it (RFC 8656 §9), and what they send. */
import { openProbe, type ProbeOptions, relayedAddress, type User } from "../../turn-config/probe.ts";
import type { Address } from "../../turn-config/stun.ts";

/** So many datagrams between two questions to the relay: few enough to fit into its socket's buffer, so none is lost on the way. */
const BATCH = 100;

export interface Stranger {
  /** Resolves when the relay has passed everything on: what the viewer says afterwards comes after it. */
  send(to: Address, ...datagrams: readonly Buffer[]): Promise<void>;
  /** The same to many ports of one host, for which one permission is enough. */
  spray(host: string, what: readonly { readonly port: number; readonly datagram: Buffer }[]): Promise<void>;
  close(): Promise<void>;
}

export async function openStranger(relay: ProbeOptions, user: User): Promise<Stranger> {
  const probe = await openProbe(relay);
  if (!relayedAddress(await probe.allocate(user))) throw new Error("the relay gave the stranger no allocation");
  const spray: Stranger["spray"] = async (host, what) => {
    const permit = () => probe.permit(user, { host, port: what[0]?.port ?? 0 });
    await permit();
    for (let at = 0; at < what.length; at += BATCH) {
      for (const { port, datagram } of what.slice(at, at + BATCH)) probe.sendTo({ host, port }, datagram);
      await permit();
    }
  };
  return {
    spray,
    send: ({ host, port }, ...datagrams) =>
      spray(
        host,
        datagrams.map((datagram) => ({ port, datagram })),
      ),
    close: async () => {
      await probe.release(user);
      await probe.close();
    },
  };
}

/** The relayed address of an offer. */
export function relayedAddressIn(sdp: string): Address {
  const [, host = "", port = ""] = /candidate:\S+ \d \S+ \d+ (\S+) (\d+) typ relay/.exec(sdp) ?? [];
  return { host, port: Number(port) };
}

/** DTLS 1.2, epoch 0: in clear (RFC 6347 §4.1). */
export function clearRecord(type: number, body: Buffer): Buffer {
  const header = Buffer.from([type, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0]);
  header.writeUInt16BE(body.length, 11);
  return Buffer.concat([header, body]);
}

export interface HandshakePiece {
  readonly type: number;
  /** Of the whole message, as announced. */
  readonly length: number;
  readonly offset: number;
  readonly fragment: Buffer;
}

export function handshakeRecord(o: HandshakePiece): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt8(o.type, 0);
  header.writeUIntBE(o.length, 1, 3);
  header.writeUInt16BE(1, 4);
  header.writeUIntBE(o.offset, 6, 3);
  header.writeUIntBE(o.fragment.length, 9, 3);
  return clearRecord(22, Buffer.concat([header, o.fragment]));
}

const ALERT = Buffer.from([1, 0]);
const CERTIFICATE = 11;

/** What ended a session, kept one from beginning or filled the memory, by name. */
export const ATTACKS = {
  alert: clearRecord(21, ALERT),
  unknownRecord: clearRecord(0x3f, ALERT),
  fragment: handshakeRecord({ type: CERTIFICATE, length: 4_000, offset: 0, fragment: Buffer.alloc(1_000) }),
  hugeFragment: handshakeRecord({
    type: CERTIFICATE,
    length: 0xffffff,
    offset: 0xffffff - 40,
    fragment: Buffer.alloc(40),
  }),
  certificate: handshakeRecord({ type: CERTIFICATE, length: 6, offset: 0, fragment: Buffer.from([0, 0, 3, 0, 0, 0]) }),
} as const;
