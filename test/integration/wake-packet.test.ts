/** The packet that wakes, on a real segment: what the agent sends is what a sleeping card hears. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { wiredInterfaces } from "../../agent/server/interfaces.ts";
import { sendMagicPacket, Waker } from "../../agent/server/waker.ts";
import { Segment } from "../../signaling/protocol/wake.ts";
import { listenAsleep, type OfficeSegment, openSegment } from "../support/segment.ts";

let office: OfficeSegment;
beforeAll(async () => {
  office = await openSegment();
});
afterAll(() => office?.close());

test("goes from one PC's card to the sleeping one, once, and is nothing else", async () => {
  const { servers, sleeper, home, segment } = office;
  const asleep = await listenAsleep(sleeper);
  const bystander = await listenAsleep(home);
  const log = { info: () => {}, warn: () => {} };
  const waker = new Waker({ setting: "allow", interfaces: wiredInterfaces, send: sendMagicPacket, now: () => 0, log });
  const wake = (where: Segment) => servers.at(() => waker.wake({ type: "wake", mac: sleeper.mac, segment: where }));

  expect(await servers.at(async () => wiredInterfaces())).toEqual([
    { mac: servers.mac, address: servers.address, prefix: 24 },
  ]);
  expect(await wake(Segment.parse("10.80.0.0/24"))).toMatchObject({ reason: "other-segment" });
  expect(await wake(segment)).toEqual({ type: "wake-sent", mac: sleeper.mac });

  for (const listener of [asleep, bystander]) {
    const { bytes, from } = await listener.nth(1);
    expect(bytes.toString("hex")).toBe(`ffffffffffff${sleeper.mac.replaceAll(":", "").repeat(16)}`);
    expect(from).toBe(servers.address);
  }
  // a second packet comes after everything that was sent before it
  await wake(segment);
  await Promise.all([asleep, bystander].map(({ nth }) => nth(2)));
  expect([asleep.packets.length, bystander.packets.length]).toEqual([2, 2]);
  await asleep.close();
  await bystander.close();
});
