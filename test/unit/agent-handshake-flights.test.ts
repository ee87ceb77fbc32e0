import { describe, expect, test } from "vitest";
import { type Fragment, HandshakeMessages, sendFlightsWhole, withCookie } from "../../agent/peer/handshake-flights.ts";

const [HELLO, CERTIFICATE, KEY_EXCHANGE, VERIFY, FINISHED] = [1, 11, 16, 15, 20];

function part(msg_type: number, message_seq: number, [from, to]: [number, number], length: number): Fragment {
  return { msg_type, message_seq, length, fragment_offset: from, fragment_length: to - from };
}
const whole = (type: number, seq: number) => part(type, seq, [0, 50], 50);
/** As Chromium sends it, with a post-quantum key in it. */
const hello = (seq: number) => [part(HELLO, seq, [0, 1175], 1413), part(HELLO, seq, [1175, 1413], 1413)] as const;

const taken = (messages: HandshakeMessages<Fragment>, ...parts: Fragment[]) =>
  parts.map((one) => messages.take(one).map(({ message_seq, fragment_offset }) => `${message_seq}@${fragment_offset}`));

describe("the messages of a handshake", () => {
  test("are whole, however their parts come", () => {
    const [first, second] = hello(0);
    expect(taken(new HandshakeMessages(), first, second)).toEqual([[], ["0@0", "0@1175"]]);
    expect(taken(new HandshakeMessages(), second, first)).toEqual([[], ["0@1175", "0@0"]]);
    expect(taken(new HandshakeMessages(), second, second, second, first)).toEqual([[], [], [], ["0@1175", "0@0"]]);
  });

  test("are whole where parts overlap, and not where there is a hole", () => {
    const messages = new HandshakeMessages();
    const parts = [
      part(HELLO, 0, [0, 600], 1413),
      part(HELLO, 0, [500, 1200], 1413),
      part(HELLO, 0, [1175, 1413], 1413),
    ];
    expect(taken(messages, ...parts)).toEqual([[], [], ["0@0", "0@500", "0@1175"]]);
    const holed = new HandshakeMessages();
    expect(taken(holed, part(HELLO, 0, [0, 600], 1413), part(HELLO, 0, [601, 1413], 1413))).toEqual([[], []]);
  });

  test("are not put together of two", () => {
    const messages = new HandshakeMessages();
    const [before, after] = [hello(0), hello(1)];
    taken(messages, ...before);
    expect(taken(messages, before[0], after[0], after[1])).toEqual([[], [], ["1@0", "1@1175"]]);
    expect(taken(messages, part(CERTIFICATE, 2, [0, 50], 90), part(CERTIFICATE, 2, [40, 80], 80))).toEqual([[], []]);
  });

  test("come in their order, those behind a lost one when it is there", () => {
    const messages = new HandshakeMessages();
    taken(messages, whole(HELLO, 0), whole(HELLO, 1));
    const flight = [whole(KEY_EXCHANGE, 3), whole(VERIFY, 4), whole(CERTIFICATE, 2)];
    expect(taken(messages, ...flight)).toEqual([[], [], ["2@0", "3@0", "4@0"]]);
  });

  test("come once, except the one whose answer may be lost", () => {
    const messages = new HandshakeMessages();
    const flight = [whole(CERTIFICATE, 2), whole(KEY_EXCHANGE, 3), whole(VERIFY, 4)];
    taken(messages, whole(HELLO, 0));
    expect(taken(messages, whole(HELLO, 0), whole(HELLO, 1), whole(HELLO, 0), whole(HELLO, 1))).toEqual([
      ["0@0"],
      ["1@0"],
      [],
      ["1@0"],
    ]);
    expect(taken(messages, ...flight, ...flight)).toEqual([["2@0"], ["3@0"], ["4@0"], [], [], []]);
    expect(taken(messages, whole(FINISHED, 5), ...flight, whole(FINISHED, 5))).toEqual([["5@0"], [], [], [], ["5@0"]]);
  });

  test("are bounded in length, number and parts", () => {
    const messages = new HandshakeMessages();
    expect(taken(messages, part(HELLO, 0, [0, 20_000], 20_000), part(HELLO, 0, [0, 60], 50))).toEqual([[], []]);
    expect(taken(messages, whole(HELLO, 4), whole(HELLO, 0))).toEqual([[], ["0@0"]]);
    const crumbs = Array.from({ length: 64 }, (_, n) => part(HELLO, 1, [2 * n, 2 * n + 1], 1000));
    taken(messages, ...crumbs);
    expect(taken(messages, part(HELLO, 1, [500, 1000], 1000), part(HELLO, 1, [0, 500], 1000))).toEqual([
      [],
      ["1@500", "1@0"],
    ]);
  });
});

test("a hello has the cookie where its place is, whatever stood there", () => {
  const [cookie, rest] = [Buffer.from("cookie"), Buffer.from("suites and extensions")];
  const hello = (session: string, old: string) =>
    Buffer.concat([
      Buffer.alloc(34, 7), // version and random
      Buffer.of(session.length),
      Buffer.from(session),
      Buffer.of(old.length),
      Buffer.from(old),
      rest,
    ]);
  expect(withCookie(hello("", ""), cookie)).toEqual(hello("", "cookie"));
  expect(withCookie(hello("session", "another"), cookie)).toEqual(hello("session", "cookie"));
});

describe("what the handshake sends", () => {
  function line() {
    const sent: number[] = [];
    const send = async (record: Buffer) => void sent.push(record.length);
    const transport = { send };
    const end = sendFlightsWhole({ transport } as never);
    return { sent, transport, end };
  }

  test("in one turn is one datagram, as far as it fits", async () => {
    const { sent, transport } = line();
    await Promise.all([88, 425, 141, 40, 29].map((bytes) => transport.send(Buffer.alloc(bytes))));
    await transport.send(Buffer.alloc(52));
    await Promise.all([700, 700].map((bytes) => transport.send(Buffer.alloc(bytes))));
    expect(sent).toEqual([723, 52, 700, 700]);
  });

  test("goes as it comes when it is over", async () => {
    const { sent, transport, end } = line();
    end();
    await Promise.all([transport.send(Buffer.alloc(10)), transport.send(Buffer.alloc(20))]);
    expect(sent).toEqual([10, 20]);
  });

  test("and cannot be sent is said to whoever sent it", async () => {
    const transport = { send: (_: Buffer): Promise<void> => Promise.reject(new Error("no line")) };
    sendFlightsWhole({ transport } as never);
    await expect(transport.send(Buffer.alloc(10))).rejects.toThrow("no line");
  });
});
