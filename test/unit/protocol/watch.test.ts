import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Watch } from "../../../signaling/client/watch.ts";

const TIMES = { quietMs: 20_000, answerMs: 4_000 };

function place() {
  const said: string[] = [];
  const watch = new Watch({ ...TIMES, ask: () => said.push("ask"), dead: () => said.push("dead") });
  return { watch, said };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("silence is asked about, and more silence is death, once", () => {
  const { watch, said } = place();
  watch.heard();
  vi.advanceTimersByTime(TIMES.quietMs - 1);
  expect(said).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(said).toEqual(["ask"]);
  vi.advanceTimersByTime(TIMES.answerMs);
  expect(said).toEqual(["ask", "dead"]);
  vi.advanceTimersByTime(600_000);
  expect(said).toEqual(["ask", "dead"]);
});

test("whatever is heard is an answer", () => {
  const { watch, said } = place();
  watch.heard();
  for (let i = 0; i < 5; i += 1) {
    vi.advanceTimersByTime(TIMES.quietMs + TIMES.answerMs - 1);
    watch.heard();
  }
  expect(said).toEqual(["ask", "ask", "ask", "ask", "ask"]);
  vi.advanceTimersByTime(TIMES.quietMs - 1);
  watch.heard(); // and puts the next question off
  vi.advanceTimersByTime(TIMES.quietMs - 1);
  expect(said).toHaveLength(5);
});

test("doubt asks at once, and not twice", () => {
  const { watch, said } = place();
  watch.heard();
  watch.probe();
  vi.advanceTimersByTime(TIMES.answerMs - 1);
  watch.probe();
  expect(said).toEqual(["ask"]);
  vi.advanceTimersByTime(1);
  expect(said).toEqual(["ask", "dead"]);
});

test("a laptop that slept asks anew before it believes in death: the answer may lie unread", () => {
  const { watch, said } = place();
  watch.heard();
  watch.probe();
  vi.setSystemTime(Date.now() + 600_000); // the clock goes on, the timers do not
  vi.advanceTimersByTime(TIMES.answerMs);
  expect(said).toEqual(["ask", "ask"]);
  vi.advanceTimersByTime(TIMES.answerMs);
  expect(said).toEqual(["ask", "ask", "dead"]);
});

test("a socket that was given up is not asked about", () => {
  const { watch, said } = place();
  watch.heard();
  watch.stop();
  vi.advanceTimersByTime(600_000);
  expect(said).toEqual([]);
});
