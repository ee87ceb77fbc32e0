import { expect, test } from "vitest";
import { freePort } from "../../signaling/quickstart/ports.ts";

test("several asked for at once are different ones", async () => {
  const ports = await Promise.all(Array.from({ length: 8 }, () => freePort(undefined, "127.0.0.1")));
  expect(new Set(ports).size).toBe(8);
});
