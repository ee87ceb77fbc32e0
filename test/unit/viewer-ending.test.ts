import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Backoff } from "../../signaling/client/backoff.ts";
import { SignalingClient } from "../../signaling/client/client.ts";
import { CLOSE } from "../../signaling/protocol/errors.ts";
import { ToViewer, type ViewerMessage } from "../../signaling/protocol/signal.ts";
import { endOfPage, FINAL_CODES } from "../../viewer/ending.ts";

/** The page's client on sockets that the test opens and closes; what the page would make of each end. */
class TestPage {
  readonly sockets: EventTarget[] = [];
  readonly ends: Array<ReturnType<typeof endOfPage>> = [];
  readonly client = new SignalingClient<ViewerMessage, ToViewer>({
    open: () => {
      const socket = Object.assign(new EventTarget(), { send: () => {}, close: () => {} });
      this.sockets.push(socket);
      return socket as never;
    },
    incoming: ToViewer,
    backoff: new Backoff({ baseMs: 500, maxMs: 15_000 }),
    onMessage: () => {},
    onState: (state) => {
      if (state.kind === "closed") this.ends.push(endOfPage(state.closeCode));
    },
    onProblem: () => {},
    finalCodes: FINAL_CODES,
  });

  open(index: number): void {
    this.sockets[index]?.dispatchEvent(new Event("open"));
  }

  close(index: number, code: number): void {
    this.sockets[index]?.dispatchEvent(Object.assign(new Event("close"), { code, reason: "" }));
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("one tab too many: the oldest is set aside, and connects again only when it is asked to", () => {
  const page = new TestPage();
  page.client.start();
  page.open(0);
  page.close(0, CLOSE.replaced);
  expect(page.ends).toEqual(["set-aside"]);
  vi.advanceTimersByTime(60 * 60_000);
  expect(page.sockets).toHaveLength(1);
  page.client.start();
  page.open(1);
  expect(page.client.state.kind).toBe("open");
});

test("a page that came back by another network does not see its former socket replaced", () => {
  const page = new TestPage();
  page.client.start();
  page.open(0);
  page.client.reconnect();
  page.open(1);
  page.close(0, CLOSE.replaced);
  expect(page.ends).toEqual([]);
  expect(page.client.state.kind).toBe("open");
  // nor does a late word about the old one colour a later end of the new one
  page.close(1, 1006);
  expect(page.client.state.kind).toBe("waiting");
  page.client.close();
  expect(page.ends).toEqual([undefined]);
});

test.each([
  [CLOSE.notSignedIn, "NOT_SIGNED_IN"],
  [CLOSE.forbidden, "FORBIDDEN"],
] as const)("%d signs the page out", (code, end) => {
  const page = new TestPage();
  page.client.start();
  page.open(0);
  page.close(0, code);
  expect(page.ends).toEqual([end]);
});

test("every other end is only a lost line", () => {
  for (const code of [1000, 1006, CLOSE.restarting, CLOSE.slow, CLOSE.tooMany, CLOSE.internal, CLOSE.badMessage]) {
    const page = new TestPage();
    page.client.start();
    page.open(0);
    page.close(0, code);
    expect([page.client.state.kind, page.ends]).toEqual(["waiting", []]);
  }
});
