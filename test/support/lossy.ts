/** A UDP line between an agent and its relay that loses packets: a port that passes each client's datagrams on, but not all. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { records } from "../../agent/peer/protected-records.ts";
import { type Seeded, seeded } from "./random.ts";

const HOST = "127.0.0.1";
/** RFC 8656 §12.4 and RFC 6347 §4.1: the header of ChannelData, and the first and the last type of a DTLS record. */
const [CHANNEL_DATA_BYTES, CHANGE_CIPHER_SPEC, APPLICATION_DATA] = [4, 20, 23];
const [RECORD_HEADER_BYTES, HANDSHAKE, CLIENT_HELLO] = [13, 22, 1];

export class LossyUdp {
  readonly port: number;
  /** Percent of all datagrams, each way. */
  loss = 0;
  /** The relay; nothing is passed on before it is known. */
  relayPort: number | undefined;
  lost = 0;
  /** DTLS records of the agent with a number that another record had: the other end drops them (RFC 6347 §4.1.2.6). */
  readonly numberedTwice: string[] = [];
  readonly #numbers = new Map<string, Buffer>();
  /** The agent's RTP numbers went beyond their border of 16 bits. */
  crossedBorder = false;
  readonly #sequences = new Map<number, number>();
  readonly #near: Socket;
  readonly #far = new Map<string, Socket>();
  readonly #random: Seeded;
  #doomed: (() => void) | undefined;

  static async open(seed = 1): Promise<LossyUdp> {
    const near = createSocket("udp4");
    near.bind(0, HOST);
    await once(near, "listening");
    return new LossyUdp(near, seed);
  }

  private constructor(near: Socket, seed: number) {
    this.#near = near;
    this.port = near.address().port;
    this.#random = seeded(seed);
    near.on("message", (data, from) => {
      this.#watchNumbers(data);
      if (this.relayPort === undefined || this.#loses()) return;
      this.#towardsRelay(from.port).send(data, this.relayPort, HOST);
    });
  }

  get url(): string {
    return `turn:${HOST}:${this.port}?transport=udp`;
  }

  /** The next datagram with data of a data channel on its way to the agent does not arrive. Resolves when it was there. */
  loseNextMessage(): Promise<void> {
    return new Promise((resolve) => {
      this.#doomed = resolve;
    });
  }

  /** So often the first of the parts in which a browser says hello does not arrive at the agent. */
  hellosToLose = 0;

  close(): void {
    for (const socket of [this.#near, ...this.#far.values()]) socket.close();
  }

  #towardsRelay(clientPort: number): Socket {
    const key = String(clientPort);
    const known = this.#far.get(key);
    if (known) return known;
    const far = createSocket("udp4");
    far.on("message", (data) => {
      const doomed = isMessage(data) ? this.#doomed : undefined;
      if (doomed) {
        this.#doomed = undefined;
        this.lost += 1;
        doomed();
      } else if (this.hellosToLose > 0 && isFirstPartOfHello(data)) {
        this.hellosToLose -= 1;
        this.lost += 1;
      } else if (!this.#loses()) this.#near.send(data, clientPort, HOST);
    });
    this.#far.set(key, far);
    return far;
  }

  #watchNumbers(data: Buffer): void {
    if (!isChannelData(data)) return;
    this.#watchSequence(data.subarray(CHANNEL_DATA_BYTES));
    for (const { type, epoch, whole } of records(data.subarray(CHANNEL_DATA_BYTES))) {
      if (type < CHANGE_CIPHER_SPEC || type > APPLICATION_DATA) continue; // SRTP, seen below
      const number = `${epoch}/${whole.readUIntBE(5, 6)}`;
      const before = this.#numbers.get(number);
      if (before && !before.equals(whole)) this.numberedTwice.push(number);
      this.#numbers.set(number, whole);
    }
  }

  /** RFC 3550 §5.1 and RFC 5761 §4: version 2, and not RTCP. */
  #watchSequence(packet: Buffer): void {
    if (packet.length < 12 || packet.readUInt8(0) >> 6 !== 2 || isRtcp(packet)) return;
    const [ssrc, sequence] = [packet.readUInt32BE(8), packet.readUInt16BE(2)];
    const before = this.#sequences.get(ssrc) ?? sequence;
    if (before > 0xf000 && sequence < 0x1000) this.crossedBorder = true;
    this.#sequences.set(ssrc, sequence);
  }

  #loses(): boolean {
    const loses = this.#random.below(100) < this.loss;
    if (loses) this.lost += 1;
    return loses;
  }
}

const isChannelData = (data: Buffer): boolean =>
  data.length > CHANNEL_DATA_BYTES && (data.readUInt8(0) & 0xc0) === 0x40;

const isRtcp = (packet: Buffer): boolean => packet.readUInt8(1) >= 192 && packet.readUInt8(1) <= 223;

const isMessage = (data: Buffer): boolean =>
  isChannelData(data) && data.readUInt8(CHANNEL_DATA_BYTES) === APPLICATION_DATA;

/** RFC 6347 §4.2.2: the beginning of a ClientHello, but not all of it. */
function isFirstPartOfHello(data: Buffer): boolean {
  const [record] = isChannelData(data) ? records(data.subarray(CHANNEL_DATA_BYTES)) : [];
  if (record?.type !== HANDSHAKE || record.epoch !== 0) return false;
  const message = record.whole.subarray(RECORD_HEADER_BYTES);
  const [length, partLength] = [message.readUIntBE(1, 3), message.readUIntBE(9, 3)];
  return message.readUInt8(0) === CLIENT_HELLO && message.readUIntBE(6, 3) === 0 && partLength < length;
}
