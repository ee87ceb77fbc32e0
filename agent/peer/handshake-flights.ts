/**
 * The DTLS handshake on a line that loses (RFC 6347 §4.2). The library takes fragments of different messages, or with a hole between
 * them, for a whole one, and ends the handshake over what it then reads; a message that comes again, or before the one that was
 * lost, changes its keys. A browser's ClientHello with a post-quantum key is two datagrams, so one loss is enough. So it is given
 * whole messages only, in their order and once, and what it sends at once goes as one datagram instead of five.
 *
 * Nor is a ClientHello answered by asking for a cookie, which RFC 6347 §4.2.1 lets a server leave out where nobody can have it answer
 * somebody else: only datagrams from the viewer's relayed addresses are heard (hear-viewer.ts). That is a round trip less.
 */
import type { RTCDtlsTransport } from "werift";
import { HANDSHAKE } from "./dtls-proof.ts";

type DtlsSocket = NonNullable<RTCDtlsTransport["dtls"]>;

/** RFC 6347 §4.2.2, by the library's names. */
export interface Fragment {
  readonly msg_type: number;
  /** Of the whole message, as announced. */
  readonly length: number;
  readonly message_seq: number;
  readonly fragment_offset: number;
  readonly fragment_length: number;
}

/** A browser's largest handshake message is its ClientHello, below 2 kB. */
const MAX_MESSAGE_BYTES = 16_384;
const MAX_FRAGMENTS = 64;
/** A client's last flight is four messages. */
const MAX_AHEAD = 4;
/** As large as a browser's own. */
const MAX_DATAGRAM_BYTES = 1_200;

export class HandshakeMessages<F extends Fragment> {
  #next = 0;
  readonly #parts = new Map<number, F[]>();

  /** The parts of the messages that are whole now and whose turn it is, in order. */
  take(part: F): F[] {
    if (!isSound(part) || !this.#isAwaited(part)) return [];
    this.#keep(part);
    if (part.message_seq < this.#next) return this.#takeWhole(part.message_seq) ?? [];
    const ready: F[] = [];
    for (let parts = this.#takeWhole(this.#next); parts; parts = this.#takeWhole(++this.#next)) ready.push(...parts);
    return ready;
  }

  /** What has been taken comes again when its answer was lost: only those that begin an answer are handed on again. */
  #isAwaited({ message_seq: seq, msg_type }: F): boolean {
    if (seq >= this.#next) return seq < this.#next + MAX_AHEAD;
    return seq === this.#next - 1 && (msg_type === HANDSHAKE.clientHello || msg_type === HANDSHAKE.finished);
  }

  #keep(part: F): void {
    const known = this.#parts.get(part.message_seq) ?? [];
    const isSame = known.every(({ length, msg_type }) => length === part.length && msg_type === part.msg_type);
    if (!isSame || known.length >= MAX_FRAGMENTS) this.#parts.set(part.message_seq, [part]);
    else if (!known.some((other) => covers(other, part))) this.#parts.set(part.message_seq, [...known, part]);
  }

  #takeWhole(seq: number): F[] | undefined {
    const parts = this.#parts.get(seq);
    if (!parts || !isWhole(parts)) return undefined;
    this.#parts.delete(seq);
    return parts;
  }
}

const end = ({ fragment_offset, fragment_length }: Fragment): number => fragment_offset + fragment_length;

const isSound = (part: Fragment): boolean => part.length <= MAX_MESSAGE_BYTES && end(part) <= part.length;

const covers = (a: Fragment, b: Fragment): boolean => a.fragment_offset <= b.fragment_offset && end(a) >= end(b);

function isWhole(parts: readonly Fragment[]): boolean {
  let reached = 0;
  for (const part of [...parts].sort((a, b) => a.fragment_offset - b.fragment_offset)) {
    if (part.fragment_offset > reached) return false;
    reached = Math.max(reached, end(part));
  }
  return reached === parts[0]?.length;
}

interface Message extends Fragment {
  /** The message's body. */
  fragment: Buffer;
}

interface Inner {
  handleFragmentHandshake(parts: Fragment[]): Fragment[];
  onHandleHandshakes(whole: Message[]): Promise<void>;
  readonly dtls: { readonly cookie?: Buffer; sequenceNumber: number };
  readonly transport: { send(record: Buffer): Promise<void> };
}

/** To be called when the socket is made, before anything has arrived. */
export function takeWholeMessages(socket: DtlsSocket): void {
  const inner = socket as unknown as Inner;
  const messages = new HandshakeMessages();
  inner.handleFragmentHandshake = (parts) => parts.flatMap((part) => messages.take(part));
  const handle = inner.onHandleHandshakes;
  inner.onHandleHandshakes = async (whole) => {
    // the library puts what became whole at once in the order of its types
    const inOrder = whole.sort((a, b) => a.message_seq - b.message_seq);
    const isHello = ({ msg_type }: Message) => msg_type === HANDSHAKE.clientHello;
    await Promise.all(inOrder.map((one) => (isHello(one) ? answerHello(inner, one, handle) : handle([one]))));
  };
}

/**
 * The library reads a hello before it asks for a cookie, and answers one that has the cookie: it is told that this one has. In one turn:
 * the next hello, which may have waited beside it, is one that was answered.
 */
async function answerHello(inner: Inner, hello: Message, handle: Inner["onHandleHandshakes"]): Promise<void> {
  const { dtls } = inner;
  const isFirst = dtls.cookie === undefined;
  const read = isFirst ? unanswered(inner, () => handle([hello])) : undefined;
  if (!dtls.cookie) return read;
  const asSent = hello.fragment;
  hello.fragment = withCookie(asSent, dtls.cookie);
  if (isFirst) numberFromZero(dtls);
  const answered = handle([hello]);
  hello.fragment = asSent; // of which the transcript is made
  await Promise.all([read, answered]);
}

/** What it sends at once is for nobody. */
function unanswered({ transport }: Inner, run: () => Promise<void>): Promise<void> {
  const { send } = transport;
  transport.send = async () => {};
  try {
    return run();
  } finally {
    transport.send = send;
  }
}

/** The library begins its answer to a hello with number 1, as if there had been a request for a cookie; without one that is 0. */
function numberFromZero(dtls: Inner["dtls"]): void {
  Object.defineProperty(dtls, "sequenceNumber", {
    configurable: true,
    enumerable: true,
    get: () => 0,
    set: () => Object.defineProperty(dtls, "sequenceNumber", { value: 0, writable: true }),
  });
}

/** RFC 6347 §4.2.1: version 2, random 32, the session's id and the cookie each behind a byte with its length. */
export function withCookie(body: Buffer, cookie: Buffer): Buffer {
  const at = 35 + body.readUInt8(34);
  const behind = at + 1 + body.readUInt8(at);
  return Buffer.concat([body.subarray(0, at), Buffer.of(cookie.length), cookie, body.subarray(behind)]);
}

/** Returns what ends it: records of data are to go out each by itself. */
export function sendFlightsWhole(socket: DtlsSocket): () => void {
  const { transport } = socket as unknown as Pick<Inner, "transport">;
  const send = transport.send;
  let waiting: Buffer[] = [];
  const flush = async () => {
    const datagram = Buffer.concat(waiting);
    waiting = [];
    if (datagram.length > 0) await send(datagram);
  };
  transport.send = async (record) => {
    const bytes = waiting.reduce((sum, { length }) => sum + length, record.length);
    const before = bytes > MAX_DATAGRAM_BYTES ? flush() : undefined;
    waiting.push(record);
    await before;
    await Promise.resolve().then(flush);
  };
  return () => {
    flush().catch(() => {}); // it is repeated when it is missed
    transport.send = send;
  };
}
