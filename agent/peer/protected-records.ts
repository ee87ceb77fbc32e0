/**
 * What the library's DTLS takes from the network. It reads alerts in clear and takes unknown record types for alerts; both
 * anybody on the way could write.
 */
import type { RTCDtlsTransport } from "werift";

type DtlsSocket = NonNullable<RTCDtlsTransport["dtls"]>;

/** RFC 6347 §4.1: type 1, version 2, epoch 2, sequence number 6, length 2. */
const HEADER_BYTES = 13;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;

export interface DtlsRecord {
  readonly type: number;
  readonly epoch: number;
  /** With its header. */
  readonly whole: Buffer;
}

/** The whole records of one datagram; what is cut off at its end is none. */
export function records(datagram: Buffer): DtlsRecord[] {
  const found: DtlsRecord[] = [];
  for (let at = 0; at + HEADER_BYTES <= datagram.length; ) {
    const end = at + HEADER_BYTES + datagram.readUInt16BE(at + 11);
    if (end > datagram.length) break;
    found.push({
      type: datagram.readUInt8(at),
      epoch: datagram.readUInt16BE(at + 3),
      whole: datagram.subarray(at, end),
    });
    at = end;
  }
  return found;
}

/** Those that count once the keys are proven. The library decrypts handshakes and data itself, or throws; alerts it does not. */
export function protectedRecords(datagram: Buffer, decrypts: (record: DtlsRecord) => boolean): Buffer[] {
  return records(datagram)
    .filter((record) => {
      if (record.epoch === 0) return false; // in clear
      if (record.type === ALERT) return decrypts(record);
      return record.type === HANDSHAKE || record.type === APPLICATION_DATA;
    })
    .map(({ whole }) => whole);
}

export function acceptProtectedOnly(socket: DtlsSocket): void {
  const transport = socket.transport.socket as unknown as { onData: (data: Buffer) => void };
  const feed = transport.onData;
  transport.onData = (datagram) => {
    for (const record of protectedRecords(datagram, (alert) => decrypts(socket, alert))) feed(record);
  };
}

function decrypts(socket: DtlsSocket, { type, epoch, whole }: DtlsRecord): boolean {
  const recordLayerHeader = {
    contentType: type,
    protocolVersion: { major: whole.readUInt8(1), minor: whole.readUInt8(2) },
    epoch,
    sequenceNumber: whole.readUIntBE(5, 6),
    contentLen: whole.length - HEADER_BYTES,
  };
  try {
    socket.cipher.decryptPacket({ recordLayerHeader, fragment: whole.subarray(HEADER_BYTES) } as never);
    return true;
  } catch {
    return false;
  }
}

/**
 * The library numbers what follows its Finished from 1 again, in the same epoch: the record with the number that the Finished had
 * is taken for a repetition and dropped (RFC 6347 §4.1.2.6), and a Finished that is repeated after it is dropped, too. It has to
 * go on from there. To be called when DTLS is connected.
 */
export function numberOnwards(socket: DtlsSocket): void {
  const { dtls } = socket as unknown as { dtls: { lastMessage?: Buffer[]; recordSequenceNumber: number } };
  const finished = dtls.lastMessage?.at(-1);
  const [record] = finished ? records(finished) : [];
  if (record?.type !== HANDSHAKE || record.epoch !== 1)
    throw new Error("the WebRTC library is another version than the agent was written for");
  dtls.recordSequenceNumber = Math.max(dtls.recordSequenceNumber, record.whole.readUIntBE(5, 6));
}
