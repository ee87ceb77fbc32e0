import { describe, expect, test } from "vitest";
import { attributes, MAX_FRAME_BYTES, padded, readDatagram, TurnFraming } from "../../signaling/edge/turn-framing.ts";
import { ATTRIBUTE, METHOD } from "../../signaling/protocol/stun.ts";
import { channelData, peerAddress, request } from "../../turn-config/stun.ts";
import { type Seeded, seeded } from "../support/random.ts";

const credential = { username: "name", password: "word", realm: "realm", nonce: "nonce" };

function anyMessage(random: Seeded): Buffer {
  if (random.below(2) === 0) return channelData(0x4000 + random.below(0x1000), random.bytes(random.below(1300)));
  const methods = Object.values(METHOD);
  const method = methods[random.below(methods.length)] ?? METHOD.allocate;
  const peer = peerAddress({ host: "10.1.2.3", port: random.below(65_536) });
  return request(method, [peer, [ATTRIBUTE.data, random.bytes(random.below(900))]], credential).bytes;
}

/** Cuts a stream at random places, single bytes and nothing included. */
function pieces(stream: Buffer, random: Seeded): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const end = at + random.below(random.below(3) === 0 ? 4 : 700);
    found.push(stream.subarray(at, end));
    at = end;
  }
  return found;
}

describe("TURN framing over TCP", () => {
  test("finds the same messages however the stream is cut", () => {
    for (let seed = 0; seed < 300; seed += 1) {
      const random = seeded(seed);
      const sent = Array.from({ length: 1 + random.below(12) }, () => anyMessage(random));
      const framing = new TurnFraming();
      const found = pieces(Buffer.concat(sent.map(padded)), random).flatMap((piece) => {
        const { frames, error } = framing.push(piece);
        expect(error, `seed ${seed}`).toBeUndefined();
        expect(framing.held).toBeLessThan(MAX_FRAME_BYTES + 4);
        return frames.map(({ bytes }) => bytes.toString("hex"));
      });
      expect(found, `seed ${seed}`).toEqual(sent.map((bytes) => bytes.toString("hex")));
      expect(framing.held).toBe(0);
    }
  });

  test("waits for the rest of a truncated message and makes nothing of it", () => {
    const random = seeded(1);
    for (let round = 0; round < 200; round += 1) {
      const whole = padded(anyMessage(random));
      const { frames, error } = new TurnFraming().push(whole.subarray(0, random.below(whole.length)));
      expect([frames.length, error]).toEqual([0, undefined]);
    }
  });

  test("never throws, never holds more than a message, and stays in error, whatever comes", () => {
    for (let seed = 0; seed < 500; seed += 1) {
      const random = seeded(seed);
      const framing = new TurnFraming();
      let failed = false;
      for (let round = 0; round < 20; round += 1) {
        const { error } = framing.push(random.bytes(random.below(200)));
        if (failed) expect(error).toBeDefined();
        failed ||= error !== undefined;
        expect(framing.held).toBeLessThan(MAX_FRAME_BYTES + 4);
      }
    }
  });

  test.each([
    ["a length beyond the limit", "4000ffff", "message too long"],
    ["a STUN length beyond the limit", "0003fffc", "message too long"],
    ["a STUN length that is no multiple of four", "00030003", "STUN length not a multiple of four"],
    ["a channel number out of range (RFC 8656 §12)", "50000000", "not TURN"],
    ["an RTP packet", "80600000", "not TURN"],
    ["a STUN message without the magic cookie", `00030000${"00".repeat(16)}`, "not TURN"],
  ])("refuses %s", (_, hex, error) => {
    expect(new TurnFraming().push(Buffer.from(hex, "hex"))).toEqual({ frames: [], error });
  });

  test("gives the messages before the one that breaks the framing", () => {
    const good = channelData(0x4001, Buffer.from("four"));
    const { frames, error } = new TurnFraming().push(Buffer.concat([good, Buffer.from("ffffffff", "hex")]));
    expect([frames.length, error]).toEqual([1, "not TURN"]);
  });

  test("tells method and class apart", () => {
    const read = (hex: string) => readDatagram(Buffer.from(`${hex}00002112a442${"00".repeat(12)}`, "hex"));
    expect(read("0003")).toMatchObject({ kind: "stun", method: METHOD.allocate, class: 0 });
    expect(read("0016")).toMatchObject({ method: METHOD.send, class: 1 });
    expect(read("0103")).toMatchObject({ method: METHOD.allocate, class: 2 });
    expect(read("0119")).toMatchObject({ method: METHOD.channelBind, class: 3 });
  });

  test("takes only attributes that fill the message exactly", () => {
    const { bytes } = request(METHOD.allocate, [], credential);
    expect(attributes(bytes)?.map(({ type }) => type)).toEqual([6, 0x14, 0x15, 8, 0x8028]);
    const wrong = Buffer.from(bytes);
    wrong.writeUInt16BE(0xffff, 22);
    expect(attributes(wrong)).toBeUndefined();
  });
});
