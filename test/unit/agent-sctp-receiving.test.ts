/**
 * The library's own SCTP association with our corrections around it (agent/peer/sctp-receiving.ts), fed with chunks as a
 * network that loses and reorders delivers them.
 */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { RTCPeerConnection } from "werift";
import { mendReceiving, type Receiving } from "../../agent/peer/sctp-receiving.ts";
import { CONTROL_CHANNEL, POINTER_CHANNEL } from "../../signaling/protocol/channels.ts";

const MODULO = 2 ** 32;
/** Flags of a DATA chunk: first and last fragment, unordered. */
const [WHOLE, UNORDERED] = [0x03, 0x04];
const [FIRST, LAST] = [0x02, 0x01];
const FORWARD_TSN = 192;

interface Sack {
  readonly type: number;
  readonly cumulativeTsn: number;
  readonly gaps: [number, number][];
}

interface Association extends Receiving {
  onReceive: { subscribe(listener: (stream: number, protocol: number, data: Buffer) => void): void };
  receiveDataChunk(chunk: object): void;
  sendSack(): Promise<void>;
}

let pc: RTCPeerConnection | undefined;
afterEach(() => pc?.close());

/** `before`: the number before the first chunk's. */
async function open(before: number) {
  pc = new RTCPeerConnection({});
  pc.createDataChannel("control", { ...CONTROL_CHANNEL, negotiated: true });
  pc.createDataChannel("pointer", { ...POINTER_CHANNEL, negotiated: true });
  await pc.setLocalDescription(await pc.createOffer());
  mendReceiving(pc);
  const sctp = pc.sctpTransport?.sctp as unknown as Association;
  sctp.lastReceivedTsn = before;
  const sent: Sack[] = [];
  // what it would send: there is nobody at the other end
  const { sendChunk } = sctp;
  (pc.sctpTransport?.sctp as unknown as { transport: object }).transport = { send: async () => {} };
  sctp.sendChunk = async (chunk) => {
    await sendChunk(chunk).catch(() => {}); // no port is agreed on
    sent.push(chunk as unknown as Sack);
  };
  const heard: string[] = [];
  sctp.onReceive.subscribe((_stream, _protocol, data) => heard.push(String(data)));
  const part = (nth: number, ssn: number, flags: number, text: string) =>
    sctp.receiveDataChunk({
      tsn: (before + nth) % MODULO,
      streamId: CONTROL_CHANNEL.id,
      streamSeqNum: ssn,
      flags,
      protocol: 51,
      userData: Buffer.from(text),
    });
  const chunk = (nth: number, stream: number, ssn: number, flags: number, text: string) =>
    sctp.receiveDataChunk({
      tsn: (before + nth) % MODULO,
      streamId: stream,
      streamSeqNum: ssn & 0xffff,
      flags: WHOLE | flags,
      protocol: 51,
      userData: Buffer.from(text),
    });
  return {
    sctp,
    heard,
    part,
    control: (nth: number, ssn: number, text: string) => chunk(nth, CONTROL_CHANNEL.id, ssn, 0, text),
    pointer: (nth: number, text: string) => chunk(nth, POINTER_CHANNEL.id, 0, UNORDERED, text),
    acknowledged: async () => {
      await sctp.sendSack();
      const { cumulativeTsn, gaps } = sent.at(-1) ?? { cumulativeTsn: -1, gaps: [] };
      return { upTo: (cumulativeTsn - before + MODULO) % MODULO, gaps };
    },
  };
}

test("the corrections were written for this version of the library: look at each before another one is used", () => {
  const { dependencies } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(dependencies.werift).toBe("0.24.4");
});

describe("ordered messages after a loss", () => {
  test("come out as soon as the lost one is there, with a pointer message between them", async () => {
    const { control, pointer, heard } = await open(1_000);
    pointer(2, "move");
    control(3, 1, "up");
    expect(heard).toEqual(["move"]);
    control(1, 0, "down");
    expect(heard).toEqual(["move", "down", "up"]);
  });

  test("come out all, however many wait and however many pointer messages stand between", async () => {
    const { control, pointer, heard } = await open(1_000);
    const keys = Array.from({ length: 50 }, (_, n) => `key ${n}`);
    for (const [n, key] of keys.entries()) {
      if (n > 0) control(2 * n + 1, n, key);
      pointer(2 * n + 2, "move");
    }
    control(1, 0, "key 0");
    expect(heard.filter((text) => text !== "move")).toEqual(keys);
  });

  test("survive that the page gives up a pointer message", async () => {
    const { control, sctp, heard } = await open(1_000);
    control(3, 1, "up");
    control(1, 0, "down");
    sctp.receiveForwardTsnChunk({ type: FORWARD_TSN, cumulativeTsn: 1_003, streams: [] } as never);
    control(4, 2, "heartbeat");
    expect(heard).toEqual(["down", "up", "heartbeat"]);
  });

  test("survive in parts that the page gives up a pointer message before them", async () => {
    const { part, control, sctp, heard } = await open(1_000);
    part(2, 0, FIRST, "do");
    sctp.receiveForwardTsnChunk({ type: FORWARD_TSN, cumulativeTsn: 1_001, streams: [] } as never);
    part(3, 0, LAST, "wn");
    control(4, 1, "up");
    expect(heard).toEqual(["down", "up"]);
  });

  test("are not kept in parts that will never be whole", async () => {
    const { sctp, heard } = await open(1_000);
    const userData = Buffer.from("mo");
    const flags = UNORDERED | FIRST;
    const streamId = POINTER_CHANNEL.id;
    sctp.receiveDataChunk({ tsn: 1_002, streamId, streamSeqNum: 0, flags, protocol: 51, userData });
    sctp.receiveForwardTsnChunk({ type: FORWARD_TSN, cumulativeTsn: 1_003, streams: [] } as never);
    expect(heard).toEqual([]);
    expect((sctp.getInboundStream(streamId) as unknown as { reassembly: object[] }).reassembly).toEqual([]);
  });

  test("go on beyond the 65,536th message of the stream, lost or not", async () => {
    const { control, pointer, heard } = await open(1_000);
    for (let n = 0; n < 65_534; n++) control(n + 1, n, "");
    heard.length = 0;
    pointer(65_536, "move");
    for (const [nth, ssn] of [
      [65_537, 65_535],
      [65_538, 65_536],
      [65_539, 65_537],
    ] as const)
      control(nth, ssn, `${ssn}`);
    expect(heard).toEqual(["move"]);
    control(65_535, 65_534, "65534");
    expect(heard).toEqual(["move", "65534", "65535", "65536", "65537"]);
  });
});

describe("acknowledgements", () => {
  test.each([
    ["where a number gets one more digit", 999_999_997],
    ["where the number begins again at 0", MODULO - 3],
    ["where nothing is special", 5_000],
  ])("name what is missing and move on when it comes, %s", async (_where, before) => {
    const { control, heard, acknowledged } = await open(before);
    control(1, 0, "a");
    for (const n of [3, 4, 6]) control(n, n - 1, `${n}`);
    expect(await acknowledged()).toEqual({
      upTo: 1,
      gaps: [
        [2, 3],
        [5, 5],
      ],
    });
    control(2, 1, "2");
    expect(await acknowledged()).toEqual({ upTo: 4, gaps: [[2, 2]] });
    control(5, 4, "5");
    expect(await acknowledged()).toEqual({ upTo: 6, gaps: [] });
    expect(heard).toEqual(["a", "2", "3", "4", "5", "6"]);
  });
});

test("another library than the one that is mended is not used", async () => {
  const { sctp } = await open(1);
  expect(() => mendReceiving({ sctpTransport: { sctp: { ...sctp, markReceived: undefined } } } as never)).toThrow(
    "another version",
  );
});
