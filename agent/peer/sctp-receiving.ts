/**
 * What the library's SCTP does wrongly with what it receives (werift 0.24.4), put right around it:
 *
 * - A complete ordered message stays in the buffer until the next one comes, when a lost packet before it was sent again and a
 *   message of the unordered stream stands between the two (werift-webrtc #706): a key-up would wait for the next heartbeat.
 *   And a FORWARD-TSN throws away what was left there, after which the ordered stream says nothing any more.
 * - A FORWARD-TSN (RFC 3758 §3.6: the other end gives up lost pointer messages) throws away all that has arrived and is not
 *   whole, keys among it, and not only what it names. Browsers cut small messages, too, where a packet is full.
 * - Sequence numbers (TSN) are put in order as texts. Where they get one more digit, or begin again at 0, a lost packet makes
 *   the acknowledged number stand still for ever, or no SACK can be written.
 *
 * Fails loudly when the library is made differently from what is written for here; `npm test` looks at its version.
 */
import type { RTCPeerConnection } from "werift";

type Message = readonly [streamId: number, protocol: number, data: Buffer];

interface InboundStream {
  popMessages(): Generator<Message>;
  /** Throws away what has a number up to this one. */
  pruneChunks(tsn: number): number;
}

interface Chunk {
  readonly type: number;
  /** Of a SACK: offsets to the acknowledged number, first and last of each block (RFC 9260 §3.3.4). */
  gaps?: [number, number][];
  /** Of a FORWARD-TSN. */
  readonly cumulativeTsn?: number;
}

/** The part of the library's association that is put right. */
export interface Receiving {
  lastReceivedTsn: number | undefined;
  /** Those above `lastReceivedTsn`. */
  sackMisOrdered: Set<number>;
  getInboundStream(id: number): InboundStream;
  markReceived(tsn: number): boolean;
  receiveForwardTsnChunk(chunk: Chunk): void;
  sendChunk(chunk: Chunk): Promise<void>;
}

const TSN_MODULO = 2 ** 32;
const SACK = 3;

/** To be called when DTLS is connected: by then the association is there, and nothing has arrived for it. */
export function mendReceiving(pc: RTCPeerConnection): void {
  const sctp = pc.sctpTransport?.sctp as unknown as Receiving | undefined;
  if (!sctp) throw new Error("the WebRTC library has made no SCTP association");
  mendAssociation(sctp);
}

export function mendAssociation(sctp: Receiving): void {
  const { getInboundStream, markReceived, receiveForwardTsnChunk, sendChunk } = sctp;
  const isKnown = [getInboundStream, markReceived, receiveForwardTsnChunk, sendChunk].every(
    (method) => typeof method === "function",
  );
  if (!isKnown || !(sctp.sackMisOrdered instanceof Set))
    throw new Error("the WebRTC library is another version than the agent was written for");
  const mended = new WeakSet<InboundStream>();
  let forwardedTo: number | undefined;
  sctp.getInboundStream = (id) => {
    const stream = getInboundStream.call(sctp, id);
    if (mended.has(stream)) return stream;
    mended.add(stream);
    drain(stream);
    const pruneChunks = stream.pruneChunks.bind(stream);
    stream.pruneChunks = (tsn) => pruneChunks(forwardedTo ?? tsn);
    return stream;
  };
  sctp.markReceived = (tsn) => {
    const isDuplicate = markReceived.call(sctp, tsn);
    advance(sctp);
    return isDuplicate;
  };
  sctp.receiveForwardTsnChunk = (chunk) => {
    forwardedTo = chunk.cumulativeTsn;
    receiveForwardTsnChunk.call(sctp, chunk);
    advance(sctp);
  };
  sctp.sendChunk = (chunk) => {
    if (chunk.type === SACK) chunk.gaps = gapBlocks(sctp);
    return sendChunk.call(sctp, chunk);
  };
}

/** Asks until nothing comes: each time it gives up at the first message that does not follow the one before it. */
function drain(stream: InboundStream): void {
  const popMessages = stream.popMessages.bind(stream);
  stream.popMessages = function* () {
    for (let found = true; found; ) {
      found = false;
      for (const message of popMessages()) {
        found = true;
        yield message;
      }
    }
  };
}

/** RFC 9260 §6.2: the acknowledged number moves up over all that follows it without a gap. */
function advance(sctp: Receiving): void {
  for (;;) {
    const next = ((sctp.lastReceivedTsn ?? 0) + 1) % TSN_MODULO;
    if (!sctp.sackMisOrdered.delete(next)) return;
    sctp.lastReceivedTsn = next;
  }
}

/** RFC 9260 §3.3.4: in ascending order. Offsets have 16 bits; what lies beyond is sent again. */
function gapBlocks({ lastReceivedTsn = 0, sackMisOrdered }: Receiving): [number, number][] {
  const offsets = [...sackMisOrdered]
    .map((tsn) => (tsn - lastReceivedTsn + TSN_MODULO) % TSN_MODULO)
    .filter((offset) => offset > 1 && offset <= 0xffff)
    .sort((a, b) => a - b);
  const blocks: [number, number][] = [];
  for (const offset of offsets) {
    const last = blocks.at(-1);
    if (last && last[1] === offset - 1) last[1] = offset;
    else blocks.push([offset, offset]);
  }
  return blocks;
}
