import { describe, expect, test } from "vitest";
import { readDatagram, type TurnFrame } from "../../signaling/edge/turn-framing.ts";
import { fromClient, fromRelay, type GateState, START } from "../../signaling/edge/turn-gate.ts";
import { ATTRIBUTE, METHOD } from "../../signaling/protocol/stun.ts";
import {
  type Attribute,
  type Credential,
  channelData,
  peerAddress,
  request,
  sendIndication,
} from "../../turn-config/stun.ts";

const credential: Credential = { username: "issued", password: "word", realm: "realm", nonce: "nonce" };
const isIssued = (username: string) => username === "issued";
const udp: Attribute = [ATTRIBUTE.requestedTransport, Buffer.from([17, 0, 0, 0])];
const peer = peerAddress({ host: "10.0.0.1", port: 9 });
const named: GateState = { kind: "named", username: "issued", dropped: 0 };
const allocated: GateState = { kind: "allocated", username: "issued", dropped: 0 };

function frame(bytes: Buffer): TurnFrame {
  const read = readDatagram(bytes);
  if (read === undefined) throw new Error("not a frame");
  return read;
}
const ask = (method: number, attributes: Attribute[] = [], as?: Credential) =>
  frame(request(method, attributes, as).bytes);
const verdict = (state: GateState, said: TurnFrame) => fromClient(state, said, isIssued).kind;
const media = frame(channelData(0x4000, Buffer.from("media")));
const send = frame(sendIndication({ host: "10.0.0.1", port: 9 }, Buffer.from("media")));

describe("the gate before the relay", () => {
  test("lets a stranger ask for a challenge a few times, and nothing else", () => {
    let state = START;
    for (let round = 0; round < 8; round += 1) {
      const { kind, state: next } = fromClient(state, ask(METHOD.allocate, [udp]), isIssued);
      expect(kind).toBe("pass");
      state = next;
    }
    expect(fromClient(state, ask(METHOD.allocate, [udp]), isIssued)).toMatchObject({
      kind: "close",
      reason: "too many unnamed allocates",
    });
    for (const said of [media, send, ask(METHOD.refresh), ask(METHOD.createPermission, [peer]), ask(METHOD.binding)]) {
      expect(verdict(START, said)).toBe("drop");
    }
  });

  test("closes on a user name that signaling did not make, and on a change of name", () => {
    const other = { ...credential, username: "other" };
    expect(verdict(START, ask(METHOD.allocate, [udp], other))).toBe("close");
    expect(verdict(named, ask(METHOD.refresh, [], other))).toBe("close");
    expect(verdict(START, ask(METHOD.allocate, [udp], credential))).toBe("pass");
  });

  test("opens the way for media when the relay has granted an allocation, and only then", () => {
    const { state } = fromClient(START, ask(METHOD.allocate, [udp], credential), isIssued);
    expect(state).toMatchObject({ kind: "named", username: "issued" });
    expect([verdict(state, media), verdict(state, send)]).toEqual(["drop", "drop"]);
    const answer = (type: string) => frame(Buffer.from(`${type}00002112a442${"00".repeat(12)}`, "hex"));
    expect(fromRelay(state, answer("0113")).kind).toBe("named");
    expect(fromRelay(START, answer("0103")).kind).toBe("unknown");
    const open = fromRelay(state, answer("0103"));
    expect([open.kind, verdict(open, media), verdict(open, send)]).toEqual(["allocated", "pass", "pass"]);
  });

  test("lets a name reach the peers of its session and its own address, and no other port of the same relay", () => {
    const mayReach = (name: string, host: string, port?: number) =>
      name === "issued" && host === "10.0.0.1" && (port === undefined || port === 9);
    const own: GateState = { ...allocated, relayed: "10.0.0.7:50000" };
    const says = (said: TurnFrame) => fromClient(own, said, isIssued, mayReach).kind;
    const at = (host: string, port: number) => peerAddress({ host, port });
    const channel: Attribute = [ATTRIBUTE.channelNumber, Buffer.from([0x40, 0, 0, 0])];
    const to = (host: string, port: number) => frame(sendIndication({ host, port }, Buffer.from("media")));
    expect([says(send), says(to("10.0.0.1", 10)), says(to("10.0.0.2", 9))]).toEqual(["pass", "drop", "drop"]);
    expect(says(ask(METHOD.channelBind, [channel, at("10.0.0.1", 9)], credential))).toBe("pass");
    expect(says(ask(METHOD.channelBind, [channel, at("10.0.0.1", 10)], credential))).toBe("drop");
    expect(says(ask(METHOD.createPermission, [at("10.0.0.1", 0)], credential))).toBe("pass");
    expect(says(ask(METHOD.createPermission, [at("10.0.0.1", 9), at("10.0.0.2", 9)], credential))).toBe("drop");
    expect(says(ask(METHOD.createPermission, [at("10.0.0.7", 50_000)], credential))).toBe("pass");
  });

  test("does not ask again whether the name is good: a running allocation outlives it", () => {
    const { kind } = fromClient(allocated, ask(METHOD.refresh, [], credential), () => false);
    expect(kind).toBe("pass");
  });

  test.each([
    ["Binding", ask(METHOD.binding, [], credential)],
    ["Connect (RFC 6062)", ask(0x000a, [peer], credential)],
    ["a method nobody knows", ask(0x0abc, [], credential)],
    [
      "an allocation for TCP",
      ask(METHOD.allocate, [[ATTRIBUTE.requestedTransport, Buffer.from([6, 0, 0, 0])]], credential),
    ],
    [
      "an IPv6 allocation",
      ask(METHOD.allocate, [udp, [ATTRIBUTE.requestedAddressFamily, Buffer.from([2, 0, 0, 0])]], credential),
    ],
    ["EVEN-PORT", ask(METHOD.allocate, [udp, [ATTRIBUTE.evenPort, Buffer.from([0x80])]], credential)],
    ["an ORIGIN", ask(METHOD.allocate, [udp, [0x802f, Buffer.from("https://x")]], credential)],
    ["a MOBILITY-TICKET", ask(METHOD.refresh, [[0x8030, Buffer.alloc(0)]], credential)],
    ["an IPv6 peer", ask(METHOD.createPermission, [peerAddress({ host: "::ffff:127.0.0.1", port: 9 })], credential)],
    ["a second user name", ask(METHOD.refresh, [[ATTRIBUTE.username, Buffer.from("issued")]], credential)],
    ["a request without a user name", ask(METHOD.refresh)],
    ["an answer", frame(Buffer.from(`010300002112a442${"00".repeat(12)}`, "hex"))],
    ["a Data indication", frame(Buffer.from(`001700002112a442${"00".repeat(12)}`, "hex"))],
  ])("drops %s", (_, said) => {
    expect(verdict(allocated, said)).toBe("drop");
  });

  test("drops what carries attributes after MESSAGE-INTEGRITY", () => {
    const { bytes } = request(METHOD.refresh, [], credential);
    const longer = Buffer.concat([bytes, Buffer.from("000d000400000000", "hex")]);
    longer.writeUInt16BE(longer.length - 20, 2);
    expect(verdict(allocated, frame(longer))).toBe("drop");
    expect(verdict(allocated, frame(bytes))).toBe("pass");
  });

  test("lets comprehension-optional attributes pass that the relay does not know", () => {
    // Chromium's TURN_LOGGING_ID
    expect(verdict(START, ask(METHOD.allocate, [udp, [0xff05, Buffer.from("id")]]))).toBe("pass");
  });

  test("closes on somebody who has too much dropped", () => {
    let state: GateState = allocated;
    let kind = "drop";
    for (let round = 0; kind === "drop"; round += 1) {
      expect(round).toBeLessThan(100);
      ({ kind, state } = fromClient(state, ask(METHOD.binding), isIssued));
    }
    expect(kind).toBe("close");
  });
});
