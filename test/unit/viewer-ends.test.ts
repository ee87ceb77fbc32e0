import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SessionId } from "../../signaling/protocol/ids.ts";
import { RESUME_GRACE_MS } from "../../signaling/protocol/limits.ts";
import type { ViewerMessage } from "../../signaling/protocol/signal.ts";
import { Ends, LATE_MS } from "../../viewer/session/ends.ts";

const id = (n: number) => SessionId.parse(`0191b2a4-5c3d-4e6f-8a90-b1c2d3e4f50${n}`);
const end = (n: number) => ({ type: "session-end", session: id(n), reason: "viewer-left" }) as const;

let isOpen: boolean;
let sent: ViewerMessage[];
let probes: number;
let ends: Ends;

beforeEach(() => {
  vi.useFakeTimers();
  isOpen = true;
  sent = [];
  probes = 0;
  ends = new Ends({
    send: (message) => {
      if (isOpen) sent.push(message);
      return isOpen;
    },
    probe: () => {
      probes += 1;
    },
    changed: () => {},
  });
});
afterEach(() => {
  ends.clear();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test("an end that is answered is told once, and nothing is said of it", () => {
  ends.tell(id(1), "viewer-left");
  expect([sent, probes]).toEqual([[end(1)], 1]);
  ends.receive(end(1));
  ends.opened();
  vi.advanceTimersByTime(LATE_MS);
  expect(sent).toHaveLength(1);
  expect(ends.unheard).toBeUndefined();
});

test("an end that is not answered is told again when the socket opens, and is late until it is answered", () => {
  ends.tell(id(1), "viewer-left");
  vi.advanceTimersByTime(LATE_MS);
  expect(ends.unheard).toBe("late");
  ends.opened();
  expect(sent).toEqual([end(1), end(1)]);
  ends.receive({ type: "error", code: "SESSION_UNKNOWN", message: "", session: id(1) });
  expect(ends.unheard).toBeUndefined();
});

test("what is told while the socket is closed is told when it opens", () => {
  isOpen = false;
  ends.tell(id(1), "viewer-left");
  isOpen = true;
  ends.opened();
  expect(sent).toEqual([end(1)]);
});

test("a refusal that may pass, and words about other sessions, are no answer", () => {
  ends.tell(id(1), "viewer-left");
  ends.receive({ type: "error", code: "INTERNAL", message: "", session: id(1) });
  ends.receive({ type: "error", code: "SESSION_UNKNOWN", message: "" });
  ends.receive(end(2));
  vi.advanceTimersByTime(LATE_MS);
  expect(ends.unheard).toBe("late");
});

test("a refusal that may pass is asked again, until it is heard", () => {
  ends.tell(id(1), "viewer-left");
  for (let time = 2; time < 5; time++) {
    ends.receive({ type: "error", code: "SERVER_BUSY", message: "", session: id(1) });
    expect(sent).toHaveLength(time - 1);
    vi.advanceTimersByTime(LATE_MS / 2);
    expect(sent).toHaveLength(time);
  }
  ends.receive(end(1));
  vi.advanceTimersByTime(LATE_MS);
  expect(sent).toHaveLength(4);
});

test("when the server must have ended it by itself it is given up, which is said until the server is there again", () => {
  isOpen = false;
  ends.tell(id(1), "viewer-left");
  vi.advanceTimersByTime(RESUME_GRACE_MS);
  expect(ends.unheard).toBe("lost");
  isOpen = true;
  ends.opened();
  expect([sent, ends.unheard]).toEqual([[], undefined]);
});

test("few are remembered: the newest", () => {
  isOpen = false;
  for (let n = 0; n < 9; n += 1) ends.tell(id(n), "viewer-left");
  isOpen = true;
  ends.opened();
  expect(sent).toEqual([5, 6, 7, 8].map(end));
});
