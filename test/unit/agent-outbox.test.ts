/** What the server has not heard yet. */
import { beforeEach, describe, expect, test } from "vitest";
import { Outbox } from "../../agent/server/outbox.ts";
import { SessionId } from "../../signaling/protocol/ids.ts";
import type { AgentMessage } from "../../signaling/protocol/signal.ts";

const end = (n: number): AgentMessage => ({
  type: "session-end",
  session: SessionId.parse(`6f2c1b1e-1111-4111-8111-${String(n).padStart(12, "0")}`),
  reason: "idle",
});
const live: AgentMessage = { ...end(9), type: "session-live", attempt: 1 } as AgentMessage;

let isUp: boolean;
/** How many more go through before the line is down. */
let takes: number;
let sent: AgentMessage[];
let pings: string[];
let outbox: Outbox;
beforeEach(() => {
  [isUp, takes, sent, pings] = [true, Number.POSITIVE_INFINITY, [], []];
  outbox = new Outbox({
    send: (message) => {
      isUp &&= takes-- > 0;
      if (isUp) sent.push(message);
      return isUp;
    },
    ping: (mark) => void pings.push(mark),
  });
});

describe("an end", () => {
  test("is told once when its ping comes back", () => {
    outbox.send(end(1));
    outbox.heard(pings[0] ?? "");
    outbox.connected();
    expect(sent).toEqual([end(1)]);
    expect(outbox.size).toBe(0);
  });

  test("that a dead line has taken is told by the next one", () => {
    outbox.send(end(1));
    outbox.connected();
    expect(sent).toEqual([end(1), end(1)]);
    outbox.heard(pings.at(-1) ?? "");
    expect(outbox.size).toBe(0);
  });

  test("is kept in its order while there is no line, and when the line breaks meanwhile", () => {
    isUp = false;
    for (const n of [1, 2, 3]) outbox.send(end(n));
    [isUp, takes] = [true, 1];
    outbox.connected(); // and the line is down again
    expect(sent).toEqual([end(1)]);
    [isUp, takes] = [true, 10];
    outbox.connected();
    expect(sent.slice(1)).toEqual([end(1), end(2), end(3)]);
  });

  test("is not taken for heard by the ping before it", () => {
    outbox.send(end(1));
    outbox.send(end(2));
    outbox.heard(pings[0] ?? "");
    outbox.connected();
    expect(sent).toEqual([end(1), end(2), end(2)]);
  });
});

test("what is asked for anew is not kept", () => {
  isUp = false;
  outbox.send(live);
  isUp = true;
  outbox.connected();
  expect(sent).toEqual([]);
});

test("it is bounded: the newest stay", () => {
  isUp = false;
  for (let n = 0; n < 100; n++) outbox.send(end(n));
  isUp = true;
  outbox.connected();
  expect(sent).toEqual(Array.from({ length: 32 }, (_, n) => end(68 + n)));
});
