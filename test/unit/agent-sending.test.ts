import { describe, expect, test } from "vitest";
import { Budget, CONTRACT_KBPS, creditBytes, earnedBytesPerS } from "../../agent/sending/budget.ts";
import { Congestion, MAX_BPS, MIN_BPS, START_BPS } from "../../agent/sending/congestion.ts";
import { Keyframes } from "../../agent/sending/keyframes.ts";
import { LineMemory } from "../../agent/sending/line-memory.ts";
import { Pacer } from "../../agent/sending/pacer.ts";
import { PicturePlan } from "../../agent/sending/plan.ts";
import { Retransmission } from "../../agent/sending/retransmit.ts";
import { seeded } from "../support/random.ts";

const LINE = { waitingMs: 0, rateBps: 10_000_000 };

/**
 * A line with a rate and a queue: what is sent arrives in order, later, or not at all. Feedback every 50 ms. `lossPercent` of all
 * packets are lost whatever is sent.
 */
class SlowLine {
  readonly congestion: Congestion;
  readonly pacer: Pacer<{ payload: Uint8Array }>;
  lost = 0;
  arrived = 0;
  worstQueueMs = 0;
  lossPercent = 0;
  readonly #random = seeded(7);
  rateBps: number;
  readonly #queueBytes: number;
  #freeAt = 0;
  #wide = 0;
  #reports: { wide: number; arrivedAtMs: number | undefined; at: number }[] = [];

  constructor(rateBps: number, queueBytes: number, startBps?: number) {
    this.congestion = new Congestion({ hasFeedback: true, ...(startBps === undefined ? {} : { startBps }) });
    this.pacer = new Pacer(this.congestion);
    this.rateBps = rateBps;
    this.#queueBytes = queueBytes;
  }

  /** Runs from `from` to `to` ms; `want` says what is put into the pacer at a time. */
  run(from: number, to: number, want: (now: number) => number): void {
    for (let now = from; now < to; now += 2) {
      const packets = want(now);
      this.pacer.push(Array.from({ length: packets }, () => ({ payload: new Uint8Array(1_100) })));
      for (let packet = this.pacer.next(now); packet; packet = this.pacer.next(now))
        this.#carry(packet.payload.length + 72, now);
      if (now % 50 === 0) this.#report(now);
    }
  }

  #carry(bytes: number, now: number): void {
    const wide = this.#wide++ & 0xffff;
    this.congestion.sent(wide, bytes, now);
    const queueMs = Math.max(0, this.#freeAt - now);
    this.worstQueueMs = Math.max(this.worstQueueMs, queueMs);
    const falls = this.#random.below(100) < this.lossPercent;
    if (falls || (queueMs * this.rateBps) / 8_000 + bytes > this.#queueBytes) {
      this.lost += 1;
      this.#reports.push({ wide, arrivedAtMs: undefined, at: now + queueMs + 20 });
      return;
    }
    this.#freeAt = Math.max(this.#freeAt, now) + (bytes * 8_000) / this.rateBps;
    this.arrived += bytes;
    this.#reports.push({ wide, arrivedAtMs: this.#freeAt + 20 + 7_777, at: this.#freeAt + 20 });
  }

  #report(now: number): void {
    const due = this.#reports.filter(({ at }) => at <= now - 20);
    this.#reports = this.#reports.filter(({ at }) => at > now - 20);
    if (due.length > 0) this.congestion.feedback(due, now);
  }
}

const [EARNED_BYTES_PER_S, CREDIT_BYTES] = [earnedBytesPerS(CONTRACT_KBPS), creditBytes(CONTRACT_KBPS)];

describe("the byte budget", () => {
  test("makes what is small as sharp as it stays, a new page readable, and movement coarse", () => {
    const budget = new Budget(0);
    expect(budget.quality(0.001, 0)).toBe(35);
    expect([0, 100, 499, 900].map((now) => budget.quality(0.5, now))).toEqual([40, 52, 52, 40]);
  });

  test("slows changes down deep in debt, big ones in proportion, and at last until it is paid off", () => {
    const budget = new Budget(0);
    const intervals = () => [budget.intervalMs(0.001, 0), budget.intervalMs(0.5, 0)];
    const paidOff = () => [budget.paidOffInMs(0.001, 0), budget.paidOffInMs(0.5, 0)];
    budget.spent(10_000, 0, { share: 0.5 });
    budget.spent(10_000, 0, { share: 0.5 });
    expect(intervals()).toEqual([16, 200]);
    budget.spent(3 * CREDIT_BYTES - 20_000, 0);
    expect(intervals()).toEqual([16, 200]);
    budget.spent(CREDIT_BYTES, 0);
    expect(intervals()).toEqual([100, 700]);
    budget.spent(CREDIT_BYTES, 0);
    expect(intervals()).toEqual([300, 1_200]);
    expect(paidOff()).toEqual([0, 0]);
    budget.spent(10 * CREDIT_BYTES, 0);
    expect(intervals()).toEqual([300, 1_200]);
    expect(paidOff()).toEqual([0, expect.closeTo((100_000 * 1_000) / EARNED_BYTES_PER_S)]);
    expect(budget.fullInMs(0)).toBeCloseTo(((4.95 * CREDIT_BYTES + 100_000) * 1_000) / EARNED_BYTES_PER_S);
  });

  test("keeps a movement readable where most of it is found again", () => {
    const budget = new Budget(0);
    const next = (bytes: number, now: number) => {
      budget.spent(bytes, now, { share: 0.5 });
      return budget.quality(0.5, now);
    };
    expect([next(45_000, 0), next(2_000, 100), next(20_000, 200), next(2_000, 300)]).toEqual([40, 40, 52, 40]);
  });

  test("lets big changes come as often as so many bytes a second allow, by what the last one weighed", () => {
    const budget = new Budget(0);
    const made = (bytes: number, now: number, share = 0.5) => {
      budget.spent(bytes, now, { share });
      return budget.intervalMs(0.5, now);
    };
    expect(made(5_000, 0)).toBe(40); // seldom they say nothing of what they would weigh when they come soon
    expect([made(2_000, 40), made(2_800, 80), made(5_000, 180)]).toEqual([40, 100, 200]);
    expect(made(300, 200, 0.001)).toBe(200); // that was no big one
    expect([made(5_000, 380), made(5_000, 1_190), made(5_000, 1_230)]).toEqual([200, 40, 200]); // tried again each second
    budget.spent(2_800, 1_300, { moving: true });
    expect(budget.movementIntervalMs(0.5, 1_300)).toBe(100);
  });

  test("lets what somebody scrolls come twice as often, until as much as the credit is owed", () => {
    const budget = new Budget(0);
    const wheel = true;
    for (const now of [0, 40]) budget.spent(5_500, now, { share: 0.5 });
    expect([budget.intervalMs(0.5, 50), budget.intervalMs(0.5, 50, { wheel })]).toEqual([200, 50]);
    for (const now of [80, 120]) budget.spent(3_000, now, { share: 0.5 });
    expect(budget.intervalMs(0.5, 120, { wheel })).toBe(33);
    budget.spent(20_000, 160, { share: 0.5 });
    expect(budget.intervalMs(0.5, 160, { wheel })).toBe(200); // nothing of it was found again
    budget.spent(2 * CREDIT_BYTES, 200);
    budget.spent(2_800, 200, { share: 0.5 });
    expect(budget.intervalMs(0.5, 200, { wheel })).toBe(100);
  });

  test("lets what moves by itself use half of the credit, then what comes in, and half of that while debts are paid off", () => {
    const budget = new Budget(0);
    const interval = (share = 0.5) => budget.movementIntervalMs(share, 0);
    budget.spent(20_000, 0, { moving: true });
    expect([interval(), interval(0.001)]).toEqual([200, 100]);
    budget.spent(CREDIT_BYTES / 2, 0);
    expect(interval()).toBeCloseTo((20_000 * 1_000) / EARNED_BYTES_PER_S);
    budget.spent(CREDIT_BYTES / 2, 0);
    expect(interval()).toBeCloseTo((20_000 * 1_000) / (EARNED_BYTES_PER_S / 2));
    budget.spent(500, 0, { moving: true });
    expect([interval(), interval(0.001)]).toEqual(Array(2).fill(expect.closeTo(500_000 / (EARNED_BYTES_PER_S / 2))));
  });

  test("with half of the credit gone the line counts as one of ten times the contract, where it is not slower itself", () => {
    const budget = new Budget(0);
    budget.spent(CREDIT_BYTES / 2, 0);
    expect(budget.lineBps(20_000_000, 0)).toBe(20_000_000);
    budget.spent(1, 0);
    expect([budget.lineBps(20_000_000, 0), budget.lineBps(300_000, 0)]).toEqual([1_000_000, 300_000]);
  });

  test("fills at its rate and says when it will be full", () => {
    const budget = new Budget(0);
    budget.spent(100_000, 0);
    expect(budget.isFull(0)).toBe(false);
    const ms = budget.fullInMs(0);
    expect(ms).toBeCloseTo(((100_000 - 0.05 * CREDIT_BYTES) / EARNED_BYTES_PER_S) * 1_000);
    expect(budget.isFull(ms)).toBe(true);
  });

  describe.each([30, 100, 500, 10_000])("a contract of %i kbit/s", (kbps) => {
    /** What is sent in ten minutes, kbit/s, when pictures of these bytes and share are wanted all the time. */
    const meanOf = (...wanted: readonly { bytes: number; share: number; moving?: boolean }[]): number => {
      const budget = new Budget(0, kbps);
      const madeAt = wanted.map(() => Number.NEGATIVE_INFINITY);
      let sent = 0;
      for (let now = 0; now < 600_000; now += 4)
        for (const [index, { bytes, share, moving = false }] of wanted.entries()) {
          const interval = moving ? budget.movementIntervalMs(share, now) : budget.intervalMs(share, now);
          const waits = now < (madeAt[index] as number) + interval || (!moving && budget.paidOffInMs(share, now) > 0);
          if (waits) continue;
          madeAt[index] = now;
          budget.spent(bytes, now, { share, moving });
          sent += bytes;
        }
      return (sent * 8) / 600_000;
    };
    const pages = { bytes: 45_000, share: 0.8 };
    const film = { bytes: 38_000, share: 1, moving: true };
    const spinner = { bytes: 900, share: 0.001, moving: true };

    test.each([
      ["pages turned without end", [pages]],
      ["a film", [film]],
      ["a spinner", [spinner]],
      ["pages and a film at once", [pages, film]],
    ])("is kept over ten minutes, all in, by %s", (_, wanted) => {
      expect(meanOf(...wanted)).toBeLessThanOrEqual(0.961 * kbps);
      if (kbps <= 500 && !wanted.includes(spinner)) expect(meanOf(...wanted)).toBeGreaterThan(0.5 * kbps);
    });
  });

  test("leaves the thinnest contract the credit for a page", () =>
    expect([30, 50, 100].map(creditBytes)).toEqual([100_000, 150_000, 300_000]));

  test("goes over to another contract with its debt in proportion", () => {
    const budget = new Budget(0);
    budget.spent(2 * CREDIT_BYTES, 0); // once the credit deep in debt
    budget.follow(50, 0);
    expect(budget.fullInMs(0)).toBeCloseTo((1.95 * creditBytes(50) * 1_000) / earnedBytesPerS(50));
    budget.follow(1_000, 0);
    expect(budget.fullInMs(0)).toBeCloseTo((1.95 * creditBytes(1_000) * 1_000) / earnedBytesPerS(1_000));
  });
});

describe("the plan of pictures", () => {
  const asked = (plan: PicturePlan, now: number, line = LINE) => {
    const step = plan.next(now, line);
    if (step.kind !== "ask") throw new Error(`not asked but ${JSON.stringify(step)}`);
    return step;
  };
  /** A quick keyframe, then a proper one when it stood still, refined. */
  const begun = () => {
    const plan = new PicturePlan(0);
    asked(plan, 0);
    plan.made({ share: 1, key: true, quality: 50 }, 100_000, 50);
    expect(asked(plan, 1_500)).toMatchObject({ key: true, quick: false, quality: 40 });
    plan.made({ share: 0, key: true, quality: 40 }, 100_000, 1_900);
    return plan;
  };

  test("begins with a quick keyframe, on a slow line with one as small as may be", () => {
    expect(asked(new PicturePlan(0), 0)).toMatchObject({ key: true, quick: true, quality: 50 });
    const slow = { waitingMs: 0, rateBps: 500_000 };
    expect(asked(new PicturePlan(0), 0, slow)).toMatchObject({ key: true, quick: false, quality: 52 });
  });

  test("asks once more for a first picture or a page that came fine, when it stays: as a change, not a keyframe", () => {
    const plan = new PicturePlan(0);
    asked(plan, 0);
    plan.made({ share: 1, key: true, quality: 36 }, 45_000, 50);
    expect(asked(plan, 1_500)).toMatchObject({ key: false, quality: 34 });
    plan.made({ share: 0, key: false, quality: 22 }, 50_000, 1_600);
    plan.changed(0.5, 2_000);
    asked(plan, 2_120);
    plan.made({ share: 0.5, key: false, quality: 22 }, 50_000, 2_150);
    expect(plan.next(3_000, LINE)).toMatchObject({ kind: "wait" });
    expect(asked(plan, 3_500)).toMatchObject({ key: false, quality: 34 });
    plan.made({ share: 0, key: false, quality: 22 }, 100, 3_510);
    expect(plan.next(20_000, LINE)).toEqual({ kind: "rest" });
  });

  test("does not make a whole page anew for letters that are as sharp as letters are", () => {
    const plan = begun();
    asked(plan, 1_900);
    plan.made({ share: 0, key: false, quality: 28 }, 20_000, 1_950);
    for (let now = 2_000; now < 3_000; now += 100) {
      plan.changed(0.005, now);
      expect(asked(plan, now)).toMatchObject({ quality: 35 });
      plan.made({ share: 0.005, key: false, quality: 35 }, 500, now + 10);
    }
    expect(plan.next(10_000, LINE)).toEqual({ kind: "rest" });
  });

  test("asks for one picture at a time", () => {
    const plan = begun();
    plan.changed(0.001, 2_000);
    asked(plan, 2_000);
    plan.changed(0.001, 2_010);
    expect(plan.next(2_010, LINE)).toEqual({ kind: "rest" });
  });

  test("asks for none while more than 120 ms of the last are unsent", () => {
    const plan = begun();
    plan.changed(0.5, 2_000);
    expect(plan.next(2_000, { waitingMs: 200, rateBps: 1_000_000 })).toEqual({ kind: "wait", ms: 80 });
  });

  test("refines once after stillness, then sharpens once when the credit is full, then rests", () => {
    const plan = begun();
    expect(asked(plan, 1_900)).toMatchObject({ quality: 34, key: false });
    plan.made({ share: 0, key: false, quality: 34 }, 20_000, 1_950);
    const waiting = plan.next(2_000, LINE);
    if (waiting.kind !== "wait") throw new Error("expected to wait for credit");
    expect(asked(plan, 2_000 + waiting.ms)).toMatchObject({ quality: 28 });
    plan.made({ share: 0, key: false, quality: 28 }, 30_000, 2_000 + waiting.ms);
    expect(plan.next(60_000, LINE)).toEqual({ kind: "rest" });
  });

  test("shows the end of a movement as soon as it has ended, however little credit is left", () => {
    const plan = begun();
    plan.changed(0.5, 2_000);
    asked(plan, 2_120);
    plan.made({ share: 0.5, key: false, quality: 40 }, 1_200_000, 2_130);
    for (let now = 2_160; now < 2_400; now += 60) {
      plan.changed(0.5, now);
      expect(plan.next(now, LINE)).toMatchObject({ kind: "wait" });
    }
    expect(plan.next(2_400, LINE)).toEqual({ kind: "wait", ms: 60 });
    expect(asked(plan, 2_460)).toMatchObject({ quality: 52 });
  });

  test("shows what is scrolled more often than what is dragged, and for some time after the last notch", () => {
    const dueAfter = (turnedAt: number | undefined) => {
      const plan = begun();
      for (const now of [2_120, 2_240, 2_360]) {
        plan.changed(0.5, now - 120);
        if (turnedAt !== undefined) plan.wheelTurned(turnedAt);
        asked(plan, now);
        plan.made({ share: 0.5, key: false, quality: 40 }, 5_500, now);
      }
      plan.changed(0.5, 2_370);
      const step = plan.next(2_370, LINE);
      return step.kind === "wait" ? 2_370 + step.ms : step.kind;
    };
    expect(dueAfter(undefined)).toBe(2_490);
    expect(dueAfter(2_300)).toBe(2_410);
    expect(dueAfter(1_960)).toBe(2_490);
  });

  test("takes what changed while a big picture was being made for the same movement, however long that took", () => {
    const qualityAfter = (share: number, at: number) => {
      const plan = begun();
      plan.changed(share, 2_000);
      asked(plan, 2_120);
      plan.made({ share, key: false, quality: 40, encodedAt: 900_600 }, 60_000, 2_720);
      plan.changed(0.5, 2_730, at);
      return asked(plan, 2_850).quality;
    };
    expect(qualityAfter(0.5, 900_600)).toBe(52);
    expect(qualityAfter(0.5, 900_601)).toBe(40);
    expect(qualityAfter(0.001, 900_500)).toBe(40); // letters were typed, and then the page was turned
  });

  test("waits for the end of a movement no longer because something small still moves", () => {
    const plan = begun();
    plan.changed(0.5, 2_000);
    asked(plan, 2_000);
    plan.made({ share: 0.5, key: false, quality: 40 }, 50_000, 2_010);
    plan.changed(0.5, 2_020);
    asked(plan, 2_120);
    plan.made({ share: 0.5, key: false, quality: 40 }, 600_000, 2_130);
    plan.changed(0.5, 2_150);
    for (const now of [2_180, 2_210, 2_240, 2_268]) {
      plan.changed(0.001, now);
      expect(plan.next(now, LINE)).toEqual({ kind: "wait", ms: 2_270 - now });
    }
    expect(asked(plan, 2_270)).toMatchObject({ quality: 52 });
  });

  test("takes many small changes that were not shown yet for a big one", () => {
    const plan = begun();
    asked(plan, 1_900);
    plan.made({ share: 0, key: false, quality: 34 }, 20_000, 1_950);
    plan.changed(0.001, 2_000);
    asked(plan, 2_000);
    for (let count = 0; count < 25; count += 1) plan.changed(0.001, 2_001);
    plan.made({ share: 0.001, key: false, quality: 35 }, 500, 2_010);
    expect(asked(plan, 2_200)).toMatchObject({ quality: 40 });
  });

  test("makes a caret on a page that just came as coarse as the page, which would be refined with it", () => {
    const plan = begun();
    plan.changed(0.5, 2_000);
    asked(plan, 2_120);
    plan.made({ share: 0.5, key: false, quality: 40 }, 50_000, 2_150);
    plan.changed(0.0001, 2_600);
    expect(asked(plan, 2_600)).toMatchObject({ quality: 40 });
    plan.made({ share: 0.0001, key: false, quality: 40 }, 300, 2_610);
    // something moves on and on: what is typed meanwhile becomes sharp nevertheless
    plan.changed(0.01, 3_600);
    asked(plan, 3_600);
    plan.made({ share: 0.01, key: false, quality: 35 }, 300, 3_610);
    plan.changed(0.001, 3_700);
    expect(asked(plan, 3_700)).toMatchObject({ quality: 35 });
  });

  test("does not refine what is paged through", () => {
    const plan = begun();
    for (let now = 2_000; now < 6_000; now += 1_000) {
      plan.changed(0.5, now);
      expect(asked(plan, now + 120)).toMatchObject({ quality: 40 });
      plan.made({ share: 0.5, key: false, quality: 40 }, 1_000, now + 150);
      expect(plan.next(now + 900, LINE)).toMatchObject({ kind: "wait" });
    }
    expect(asked(plan, 6_500)).toMatchObject({ quality: 34 });
  });

  test("does not let a blinking caret put refinement off", () => {
    const plan = begun();
    plan.changed(0.0001, 1_950);
    expect(asked(plan, 1_960)).toMatchObject({ quality: 34 });
  });

  test("does not refine after changes as small as a caret", () => {
    const plan = begun();
    asked(plan, 1_960);
    plan.made({ share: 0, key: false, quality: 28 }, 1_000, 1_980);
    plan.changed(0.0001, 2_500);
    asked(plan, 2_500);
    plan.made({ share: 0.0001, key: false, quality: 35 }, 200, 2_510);
    expect(plan.next(5_000, LINE)).toEqual({ kind: "rest" });
  });

  test("shows what moves by itself in pictures of its own: coarse, and what somebody does goes first", () => {
    const plan = begun();
    asked(plan, 1_900);
    plan.made({ share: 0, key: false, quality: 28 }, 20_000, 1_940);
    plan.moves(0.5);
    expect(asked(plan, 1_950)).toMatchObject({ moving: true, key: false, quality: 52 });
    plan.changed(0.001, 1_960);
    plan.made({ share: 0, key: false, quality: 52 }, 1_000, 1_990);
    plan.moves(0.5);
    expect(asked(plan, 1_991)).toMatchObject({ moving: false, quality: 35 });
    plan.made({ share: 0.001, key: false, quality: 35 }, 400, 2_000);
    const wait = plan.next(2_010, LINE);
    expect(wait).toEqual({ kind: "wait", ms: expect.any(Number) });
    expect(asked(plan, 2_150)).toMatchObject({ moving: true });
    plan.made({ share: 0, key: false, quality: 52 }, 1_000, 2_190);
    plan.moves(0.005);
    expect(asked(plan, 2_260)).toMatchObject({ moving: true, quality: 35 });
  });

  test("a movement does not put refinement off, and is not refined", () => {
    const plan = begun();
    asked(plan, 1_900);
    plan.made({ share: 0, key: false, quality: 28 }, 20_000, 1_905);
    plan.changed(0.5, 1_910);
    plan.moves(0.5);
    expect(asked(plan, 1_910)).toMatchObject({ moving: true });
    plan.made({ share: 0, key: false, quality: 52 }, 1_000, 1_990);
    expect(asked(plan, 2_030)).toMatchObject({ moving: false, quality: 40 });
    plan.made({ share: 0.5, key: false, quality: 40 }, 1_000, 2_050);
    for (let now = 2_110; now < 3_410; now += 200) {
      plan.moves(0.5);
      expect(asked(plan, now)).toMatchObject({ moving: true });
      plan.made({ share: 0, key: false, quality: 52 }, 1_000, now + 50);
    }
    plan.moves(0.5);
    expect(asked(plan, 3_410)).toMatchObject({ moving: false, quality: 34 });
    plan.made({ share: 0, key: false, quality: 28 }, 1_000, 3_450);
    expect(asked(plan, 3_510)).toMatchObject({ moving: true });
    plan.made({ share: 0, key: false, quality: 52 }, 1_000, 3_550);
    expect(plan.next(20_000, LINE)).toEqual({ kind: "rest" });
  });

  test("asks again for the keyframe that could not be made", () => {
    const plan = new PicturePlan(0);
    asked(plan, 0);
    plan.failed();
    expect(asked(plan, 600)).toMatchObject({ key: true });
  });
});

describe("requests for keyframes", () => {
  test("are granted at most every 500 ms first, then every 2 s", () => {
    const keyframes = new Keyframes();
    keyframes.made(0);
    expect(keyframes.requested(400, 300)).toBe(false);
    expect(keyframes.requested(500, 300)).toBe(true);
    keyframes.made(500);
    expect(keyframes.requested(1_500, 1_400)).toBe(false);
    expect(keyframes.requested(2_500, 2_400)).toBe(true);
  });

  test("are let pass while what they miss is still on its way", () => {
    const keyframes = new Keyframes();
    keyframes.made(0);
    expect(keyframes.requested(3_000, 900, 3_000)).toBe(false);
    expect(keyframes.requested(3_400, 900, 3_000)).toBe(false);
    keyframes.requested(3_600, 900, 3_000);
    expect(keyframes.requested(6_600, 900, 3_000)).toBe(true);
  });

  test("are let pass once when the screen was still, and granted when repeated", () => {
    const keyframes = new Keyframes();
    keyframes.made(0);
    expect(keyframes.requested(10_000, 7_000)).toBe(false);
    expect(keyframes.requested(10_200, 7_000)).toBe(true);
    expect(keyframes.requested(23_000, 20_000)).toBe(false);
    expect(keyframes.requested(26_000, 20_000)).toBe(true);
  });
});

describe("retransmission", () => {
  const packet = (sequence: number, bytes = 1_000) => ({ sequence, payload: new Uint8Array(bytes) });

  test("repeats what is remembered, not what is just under way, and gives up after four times", () => {
    const history = new Retransmission<ReturnType<typeof packet>>();
    history.remember(packet(1), 0);
    expect(history.lost([1, 2], 1e7, 50).map(({ sequence }) => sequence)).toEqual([1]);
    expect(history.lost([1], 1e7, 80)).toEqual([]);
    for (const at of [200, 300, 400]) expect(history.lost([1], 1e7, at)).toHaveLength(1);
    expect(history.lost([1], 1e7, 500)).toEqual([]);
  });

  test("repairs a whole keyframe of more than 128 packets on a good line", () => {
    const history = new Retransmission<ReturnType<typeof packet>>();
    for (let i = 0; i < 150; i++) history.remember(packet(i), 0);
    const all = Array.from({ length: 150 }, (_, i) => i);
    const repaired = new Set<number>();
    for (let now = 100; now <= 1_000; now += 100) {
      const missing = all.filter((sequence) => !repaired.has(sequence));
      for (const { sequence } of history.lost(missing, 1e7, now)) repaired.add(sequence);
    }
    expect(repaired.size).toBe(150);
  });

  test("keeps to a quarter of the rate on a slow line", () => {
    const history = new Retransmission<ReturnType<typeof packet>>();
    let bytes = 0;
    for (let now = 0; now < 10_000; now += 10) {
      history.remember(packet(now), now);
      bytes += history.lost([now, now - 100, now - 200], 400_000, now).length * 1_072;
    }
    expect(bytes).toBeLessThan(48_000 + 10 * 12_500 + 2_000);
  });
});

describe("the memory of lines", () => {
  test("knows the last speed of a device, for a day", () => {
    const lines = new LineMemory();
    lines.remember("laptop", 5_000_000, 0);
    lines.remember("laptop", 800_000, 1_000);
    expect(lines.recall("laptop", 2_000)).toBe(800_000);
    expect(lines.recall("laptop", 1_000 + 24 * 3_600_000)).toBeUndefined();
    expect(lines.recall("another", 2_000)).toBeUndefined();
  });

  test("forgets the device that was away for longest", () => {
    const lines = new LineMemory();
    for (let device = 0; device < 65; device++) lines.remember(`${device}`, 1_000_000, device);
    expect(lines.recall("0", 100)).toBeUndefined();
    expect(lines.recall("1", 100)).toBe(1_000_000);
  });
});

describe("congestion", () => {
  test("opens quickly on a fast line", () => {
    const line = new SlowLine(50_000_000, 500_000);
    line.run(0, 1_000, () => 4);
    expect(line.congestion.rateBps).toBe(MAX_BPS);
    expect(line.lost).toBe(0);
  });

  test("sends a keyframe at once on a line that was fast before", () => {
    const line = new SlowLine(50_000_000, 500_000, MAX_BPS);
    line.run(0, 2, () => 150);
    line.run(2, 120, () => 0);
    expect(line.pacer.isEmpty).toBe(true);
    expect(line.lost).toBe(0);
  });

  test("finds its way back when the line is slower than it was", () => {
    const line = new SlowLine(1_000_000, 64_000, MAX_BPS);
    line.run(0, 2, () => 150);
    line.run(2, 20_000, () => (line.pacer.waitingMs < 120 ? 1 : 0));
    expect(line.congestion.rateBps).toBeLessThan(1_600_000);
    line.lost = 0;
    line.run(20_000, 30_000, () => (line.pacer.waitingMs < 120 ? 1 : 0));
    expect(line.lost).toBe(0);
  });

  test.each([300_000, 500_000, 1_000_000])("does not break a line of %i bit/s with a 64 kB queue", (rate) => {
    const line = new SlowLine(rate, 64_000);
    line.run(0, 2, () => 120); // a keyframe at once
    line.run(2, 30_000, () => (line.pacer.waitingMs < 120 ? 1 : 0));
    expect(line.lost).toBe(0);
    expect(line.congestion.rateBps).toBeGreaterThan(rate * 0.4);
    expect(line.congestion.rateBps).toBeLessThan(rate * 1.6);
    expect(line.arrived).toBeGreaterThan((rate / 8) * 30 * 0.6);
    line.worstQueueMs = 0;
    line.run(30_000, 40_000, () => (line.pacer.waitingMs < 120 ? 1 : 0));
    expect(line.worstQueueMs).toBeLessThan(400);
  });

  test.each([2, 5, 8])("is not slowed down by a line that loses %i of 100 packets whatever is sent", (percent) => {
    const line = new SlowLine(20_000_000, 500_000);
    line.lossPercent = percent;
    let slowest = Number.POSITIVE_INFINITY;
    for (let second = 0; second < 300; second++) {
      // an office: a key twice a second, a page each third one
      line.run(second * 1_000, (second + 1) * 1_000, (now) => (now % 3_000 === 0 ? 30 : now % 500 === 0 ? 1 : 0));
      slowest = Math.min(slowest, line.congestion.rateBps);
    }
    expect(slowest).toBeGreaterThan(START_BPS / 2);
  });

  test("is slowed down by loss where the line lets so much through and has no queue", () => {
    const line = new SlowLine(1_000_000, 3_600);
    line.run(0, 10_000, () => (line.pacer.waitingMs < 120 ? 1 : 0));
    expect(line.congestion.rateBps).toBeLessThan(1_600_000);
    [line.lost, line.arrived] = [0, 0];
    line.run(10_000, 40_000, () => (line.pacer.waitingMs < 120 ? 1 : 0));
    expect(line.arrived).toBeGreaterThan((1_000_000 / 8) * 30 * 0.6);
    expect((line.lost * 1_172) / line.arrived).toBeLessThan(0.2);
  });

  test.each([300_000, 500_000])(
    "stays near what a line carries that becomes as narrow as %i bit/s, with an office's work",
    (narrow) => {
      const line = new SlowLine(5_000_000, 64_000);
      // a page each 6 s, a key each 700 ms
      const office = (now: number) => (now % 6_000 === 0 ? 40 : now % 700 === 0 ? 1 : 0);
      line.run(0, 30_000, office);
      line.rateBps = narrow;
      line.run(30_000, 50_000, office);
      [line.worstQueueMs, line.lost] = [0, 0];
      const rates: number[] = [];
      for (let now = 50_000; now < 90_000; now += 500) {
        line.run(now, now + 500, office);
        rates.push(line.congestion.rateBps);
      }
      rates.sort((a, b) => a - b);
      expect(rates[rates.length >> 1]).toBeGreaterThan(narrow * 0.7);
      expect(rates[rates.length >> 1]).toBeLessThan(narrow * 1.4);
      expect(rates[0]).toBeGreaterThan(narrow * 0.4);
      expect(line.worstQueueMs).toBeLessThan(400);
      expect(line.lost).toBe(0);
    },
  );

  test("stops when nothing comes back at all", () => {
    const congestion = new Congestion({ hasFeedback: true });
    let sent = 0;
    while (congestion.mayHaveMoreUnderWay(0)) congestion.sent(sent++, 1_172, 0);
    expect(sent * 1_172).toBeLessThan((START_BPS / 8) * 0.4);
    expect(congestion.mayHaveMoreUnderWay(2_100)).toBe(true);
  });

  test("slows down on loss and never below its floor", () => {
    const congestion = new Congestion({ hasFeedback: true });
    for (let round = 0; round < 60; round++) {
      const now = round * 400;
      for (let i = 0; i < 20; i++) congestion.sent(round * 20 + i, 1_172, now);
      const report = Array.from({ length: 20 }, (_, i) => ({
        wide: round * 20 + i,
        arrivedAtMs: i % 3 ? now + 5 + i * 3 : undefined,
      }));
      congestion.feedback(report, now + 60);
    }
    expect(congestion.rateBps).toBeGreaterThanOrEqual(MIN_BPS);
    expect(congestion.rateBps).toBeLessThan(START_BPS);
  });
});

test("remembers no more of a good line after a working day than after a minute", () => {
  const congestion = new Congestion({ hasFeedback: true });
  let most = 0;
  const packets = 8 * 3_600 * 15; // as many a second as the recorded office trace has
  for (let n = 0; n < packets; n++) {
    const now = (n * 1_000) / 15;
    congestion.sent(n & 0xffff, 800, now);
    congestion.feedback([{ wide: n & 0xffff, arrivedAtMs: now + 20 }], now + 40);
    most = Math.max(most, congestion.remembered);
  }
  expect(most).toBeLessThan(500);
});
