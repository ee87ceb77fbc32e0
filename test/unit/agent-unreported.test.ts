/** A lost packet behind which nothing follows: nobody sees a gap, so its missing report must bring it back. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Picture } from "../../agent/desktop/reports.ts";
import type { VideoPacket } from "../../agent/peer/peer.ts";
import { Unreported } from "../../agent/sending/unreported.ts";
import { Streamer } from "../../agent/session/streamer.ts";
import { temporalUnit } from "../support/desktop-twin.ts";

const arrived = (...wide: number[]) => wide.map((wide) => ({ wide, arrivedAtMs: 1 }));

describe("what is unreported", () => {
  let unreported: Unreported;
  beforeEach(() => {
    unreported = new Unreported();
    for (const n of [1, 2, 3]) unreported.sent(n, 100 + n, 0);
  });

  test("is nothing to wait for when all has arrived", () => {
    expect(unreported.reported(arrived(1, 2, 3), 40)).toEqual([]);
    expect(unreported.lateAfterMs).toBeUndefined();
  });

  test("is all sent again to a viewer that never reported anything", () => {
    expect(unreported.late()).toEqual([101, 102, 103]);
  });

  test("is sent again by its last packet, whose arrival shows what else is missing", () => {
    unreported.reported(arrived(1), 40);
    expect(unreported.late()).toEqual([103]);
    unreported.sent(4, 103, 400, { probe: true });
    expect(unreported.reported(arrived(4), 500)).toEqual([102]);
    expect(unreported.lateAfterMs).toBeUndefined();
  });

  test("is left to the viewer where later packets show the gap", () => {
    expect(unreported.reported([{ wide: 1, arrivedAtMs: undefined }, ...arrived(2, 3)], 40)).toEqual([]);
  });

  test("is given up after a few probes, each after twice the time", () => {
    unreported.reported(arrived(1), 40);
    const after: (number | undefined)[] = [];
    for (let n = 0; n < 4; n++) {
      after.push(unreported.lateAfterMs);
      unreported.late();
      unreported.sent(10 + n, 103, 0, { probe: true });
    }
    expect(after).toEqual([300, 600, 1_200, undefined]);
    unreported.sent(20, 104, 0);
    expect(unreported.lateAfterMs).toBe(300);
  });

  test("is late by what is usual on the line (RFC 6298), within bounds", () => {
    for (let n = 10; n < 60; n++) {
      unreported.sent(n, n, n * 1_000);
      unreported.reported(arrived(n), n * 1_000 + (n % 2 ? 400 : 500));
    }
    expect(unreported.lateAfterMs).toBeGreaterThan(500);
    expect(unreported.lateAfterMs).toBeLessThan(800);
  });

  test("is bounded", () => {
    for (let n = 0; n < 1_000; n++) unreported.sent(n, n, 0);
    expect(unreported.late()).toHaveLength(64);
  });
});

describe("the streamer", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("sends the last packet of the last picture again until its arrival is reported", async () => {
    const sent: { sequence: number; wide: number; again: boolean }[] = [];
    const streamer = new Streamer({
      desktop: { open: () => undefined, encode: () => undefined },
      peer: {
        hasTransportFeedback: true,
        send: ({ sequence }: VideoPacket, wide) => void sent.push({ sequence, wide, again: false }),
        resend: ({ sequence }: VideoPacket, wide) => sent.push({ sequence, wide, again: true }) > 0,
      },
      codec: "av1-444",
      kbps: 100,
      notice: () => undefined,
      now: () => performance.now(),
    });
    const picture: Picture = {
      data: temporalUnit(5_000, true),
      key: true,
      quality: 45,
      share: 1,
      width: 1920,
      height: 1080,
      changedAt: 0,
      encodedAt: 0,
    };
    streamer.viewerReady();
    streamer.picture(picture);
    const all = [...sent];
    expect(all.length).toBeGreaterThan(2);
    streamer.transportFeedback(arrived(...all.slice(0, -2).map(({ wide }) => wide)));

    await vi.advanceTimersByTimeAsync(1_000);
    const probes = sent.slice(all.length);
    expect(probes.length).toBeGreaterThan(0);
    expect(new Set(probes.map(({ sequence }) => sequence))).toEqual(new Set([all.at(-1)?.sequence]));

    streamer.transportFeedback(arrived(probes.at(-1)?.wide ?? -1));
    const repaired = sent.slice(all.length + probes.length);
    expect(repaired.map(({ sequence }) => sequence)).toEqual([all.at(-2)?.sequence]);
    streamer.transportFeedback(arrived(repaired.at(-1)?.wide ?? -1));
    const before = sent.length;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sent).toHaveLength(before);
    streamer.close();
  });
});
