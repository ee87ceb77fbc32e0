import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { Backoff } from "../../../signaling/client/backoff.ts";
import {
  type ClientOptions,
  type ClientState,
  SignalingClient,
  type SocketLike,
} from "../../../signaling/client/client.ts";

/** A socket whose events the test fires. */
class TestSocket implements SocketLike {
  readonly sent: string[] = [];
  readonly listeners = new Map<string, (event: never) => void>();
  closed: number | undefined;
  send(text: string) {
    this.sent.push(text);
  }
  close(code?: number) {
    this.closed = code ?? 1000;
  }
  addEventListener(type: string, listener: (event: never) => void) {
    this.listeners.set(type, listener);
  }
  fire(type: string, event: object = {}) {
    this.listeners.get(type)?.(event as never);
  }
}

const setup = (random = () => 0.5, more: Pick<ClientOptions<{ a: number }, { b: number }>, "watch"> = {}) => {
  const sockets: TestSocket[] = [];
  const states: ClientState["kind"][] = [];
  const messages: unknown[] = [];
  const problems: string[] = [];
  const client = new SignalingClient<{ a: number }, { b: number }>({
    open: () => {
      const socket = new TestSocket();
      sockets.push(socket);
      return socket;
    },
    incoming: z.strictObject({ b: z.number() }),
    backoff: new Backoff({ baseMs: 1_000, maxMs: 8_000, random }),
    onMessage: (message) => messages.push(message),
    onState: (state) => states.push(state.kind),
    onProblem: (problem) => problems.push(problem),
    finalCodes: [4401],
    ...more,
  });
  const newest = () => sockets.at(-1) as TestSocket;
  return { client, sockets, states, messages, problems, newest };
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("sends only while open", () => {
  const { client, newest } = setup();
  client.start();
  expect(client.send({ a: 1 })).toBe(false);
  newest().fire("open");
  expect(client.send({ a: 1 })).toBe(true);
  expect(newest().sent).toEqual(['{"a":1}']);
});

test("opens a lost socket again, each time later, and soon again after a message", () => {
  const { client, sockets, newest } = setup();
  client.start();
  for (const wait of [550, 1_100, 2_200]) {
    newest().fire("close", { code: 1006, reason: "" });
    const before = sockets.length;
    vi.advanceTimersByTime(wait - 1);
    expect(sockets.length).toBe(before);
    vi.advanceTimersByTime(1);
    expect(sockets.length).toBe(before + 1);
  }
  newest().fire("open");
  newest().fire("message", { data: '{"b":1}' });
  newest().fire("close", { code: 1006, reason: "" });
  vi.advanceTimersByTime(550);
  expect(sockets.length).toBe(5);
});

test("drops a frame that does not fit and says so", () => {
  const { client, messages, problems, newest } = setup();
  client.start();
  newest().fire("open");
  for (const data of ['{"b":"x"}', "{", new ArrayBuffer(1)]) newest().fire("message", { data });
  newest().fire("message", { data: '{"b":2}' });
  expect(messages).toEqual([{ b: 2 }]);
  expect(problems).toHaveLength(3);
});

test("gives up where trying again is useless", () => {
  const { client, sockets, states, newest } = setup();
  client.start();
  newest().fire("close", { code: 4401, reason: "" });
  vi.advanceTimersByTime(60_000);
  expect(sockets).toHaveLength(1);
  expect(states.at(-1)).toBe("closed");
});

test("after close nothing happens any more", () => {
  const { client, sockets, messages, newest } = setup();
  client.start();
  newest().fire("open");
  client.close();
  newest().fire("message", { data: '{"b":1}' });
  newest().fire("close", { code: 1006, reason: "" });
  vi.advanceTimersByTime(60_000);
  expect([sockets.length, messages.length, newest().closed]).toEqual([1, 0, 1000]);
});

test("a socket that looks open and answers nothing is replaced at once", () => {
  const { client, sockets, newest } = setup(undefined, { watch: { quietMs: 20_000, answerMs: 4_000, ask: { a: 9 } } });
  client.start();
  vi.advanceTimersByTime(60_000); // not open yet: whoever opens it has a time limit of its own
  expect(sockets).toHaveLength(1);
  newest().fire("open");
  vi.advanceTimersByTime(20_000);
  expect(newest().sent).toEqual(['{"a":9}']);
  newest().fire("message", { data: '{"b":1}' });
  client.probe();
  expect(newest().sent).toHaveLength(2);
  vi.advanceTimersByTime(4_000);
  expect(sockets).toHaveLength(2);
  expect(sockets[0]?.closed).toBe(1000);
  client.close();
  vi.advanceTimersByTime(600_000);
  expect(sockets).toHaveLength(2);
});
