/** The library's own SCTP association with our corrections around it (agent/peer/sctp-sending.ts), on a line that loses. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RTCPeerConnection } from "werift";
import { mendSending, type Sending } from "../../agent/peer/sctp-sending.ts";
import { CONTROL_CHANNEL } from "../../signaling/protocol/channels.ts";

const [ESTABLISHED, DATA, INIT] = [4, 0, 1];
const MESSAGE = "x".repeat(100);

interface Chunk {
  readonly type: number;
  readonly tsn: number;
}

interface Association extends Sending {
  associationState: number;
  readonly localTsn: number;
  init(): Promise<void>;
  setRemotePort(port: number): void;
  send(stream: number, protocol: number, data: Buffer): Promise<void>;
  sendChunk(chunk: Chunk): Promise<void>;
  receiveSackChunk(chunk: { cumulativeTsn: number; gaps: [number, number][]; advertisedRwnd: number }): Promise<void>;
}

let pc: RTCPeerConnection;
let sctp: Association;
let sent: Chunk[];
let sentAt: number[];

beforeEach(async () => {
  vi.useFakeTimers({ now: 0 });
  pc = new RTCPeerConnection({});
  pc.createDataChannel("control", { ...CONTROL_CHANNEL, negotiated: true });
  const offer = pc.createOffer();
  await vi.runAllTimersAsync();
  await pc.setLocalDescription(await offer);
  mendSending(pc);
  sctp = pc.sctpTransport?.sctp as unknown as Association;
  [sent, sentAt] = [[], []];
  vi.setSystemTime(0);
  // nobody is at the other end: what is acknowledged is said by the test
  sctp.sendChunk = async (chunk) => {
    sent.push(chunk);
    sentAt.push(Date.now());
  };
});
afterEach(async () => {
  await pc.close();
  vi.useRealTimers();
});

function establish(): number {
  sctp.setRemotePort(5000);
  sctp.associationState = ESTABLISHED;
  return sctp.localTsn;
}

const say = () => sctp.send(CONTROL_CHANNEL.id, 51, Buffer.from(MESSAGE));
const data = () => sent.filter(({ type }) => type === DATA).map(({ tsn }) => tsn);

test("goes on after a time-out of which most had been acknowledged", async () => {
  const first = establish();
  for (let n = 0; n < 30; n++) await say();
  const [upTo, all] = [first - 1, 30];
  // the first one was lost
  await sctp.receiveSackChunk({ cumulativeTsn: upTo, gaps: [[2, all]], advertisedRwnd: 1_000_000 });
  expect(data()).toHaveLength(all);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(data().slice(all)[0]).toBe(first);
  await sctp.receiveSackChunk({ cumulativeTsn: upTo + all, gaps: [], advertisedRwnd: 1_000_000 });
  const before = data().length;
  for (let n = 0; n < 3; n++) await say();
  expect(data().slice(before)).toEqual([first + all, first + all + 1, first + all + 2]);
});

test("asks again for an association after half a second, and then less often", async () => {
  sctp.setRemotePort(5000);
  await sctp.init();
  await vi.advanceTimersByTimeAsync(8_000);
  // the library sends in the turn after the time-out
  expect(sentAt).toEqual([0, 501, 1_501, 3_501, 5_501, 7_501]);
  expect(new Set(sent.map(({ type }) => type))).toEqual(new Set([INIT]));
});

test("waits for an acknowledgement by the round trip, and longer each time nothing comes", async () => {
  const first = establish();
  await say();
  await vi.advanceTimersByTimeAsync(20);
  await sctp.receiveSackChunk({ cumulativeTsn: first, gaps: [], advertisedRwnd: 1_000_000 });
  expect(sctp.rto).toBeCloseTo(0.4);
  const before = data().length;
  void say();
  await vi.advanceTimersByTimeAsync(390);
  expect(data()).toHaveLength(before + 1);
  await vi.advanceTimersByTimeAsync(20);
  expect(data()).toHaveLength(before + 2);
  await vi.advanceTimersByTimeAsync(780);
  expect(data()).toHaveLength(before + 2);
  await vi.advanceTimersByTimeAsync(20);
  expect(data()).toHaveLength(before + 3);
});
