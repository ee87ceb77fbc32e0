/**
 * An office PC whose UDP loses one packet in twenty, each way, and whose RTP numbers begin just below their border of 16 bits: what
 * is typed arrives, each key once and in order, and the picture goes on.
 */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LossyUdp } from "../support/lossy.ts";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";

const LATE_COUNTERS = fileURLToPath(new URL("../support/late-counters.ts", import.meta.url));
const LINES = 6;
/** After each, one packet in twenty is the last one and lost: nothing follows that shows it. */
const CHANGES = 12;
const WORDS = "the quick brown fox jumps over the lazy dog 123".split(" ");

let line: LossyUdp;
let product: TestProduct;
let staff: Staff;

beforeAll(async () => {
  line = await LossyUdp.open();
  product = await openTestProduct({
    agentTurn: { host: "127.0.0.1", port: line.port },
    agentFlags: ["--import", LATE_COUNTERS],
  });
  line.relayPort = Number(product.signaling.environment["ENGAWA_TURN_UDP"]?.split(":").at(-1));
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
  line.loss = 5;
  line.hellosToLose = 2;
  await staff.connect();
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
  line?.close();
});

test("the session goes over UDP", () => {
  expect(product.agent.logs()).toMatch(/"relay":"turn:[^"]*transport=udp","msg":"offer sent"/);
});

test("a browser's hello in two parts, one of them lost twice, is no end", async () => {
  expect(line.hellosToLose).toBe(0);
  expect(await staff.attempt()).toBe(1);
});

test("what is typed while the mouse moves arrives, each key once and in order", async () => {
  await staff.focus();
  const typed = WORDS.map((word) => `X${word}`).join("");
  // no more at once than an office PC takes from one hand in a second
  for (let n = 1; n <= LINES; n++) {
    for (const word of WORDS) {
      await staff.chord("ShiftLeft", "KeyX");
      await staff.type(word);
      await staff.page.mouse.move(400 + 10 * word.length, 400 + 10 * n);
    }
    await staff.press("Enter");
    await staff.saves((text) => text === `${typed}\n`.repeat(n), `${n} lines`);
  }
  expect(line.lost).toBeGreaterThan(0);
});

test("the picture is whole after each change, beyond the border of its numbers, on the same path", async () => {
  for (let n = 0; n < CHANGES; n++) {
    await staff.press("PageUp", "PageDown");
    expect(await staff.sees(40)).toBeGreaterThanOrEqual(40);
  }
  expect(line.crossedBorder).toBe(true);
  expect(await staff.attempt()).toBe(1);
  expect(product.agent.logs()).not.toContain("attempt over");
});
