/** The audit arrives at a real rsyslog: all of it, in order, whatever is started anew. */
import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { appendAudits } from "../../signaling/audit/chain.ts";
import { AuditHeads } from "../../signaling/audit/heads.ts";
import { createLog } from "../../signaling/log.ts";
import { OrganisationId } from "../../signaling/protocol/ids.ts";
import { AuditShipping } from "../../signaling/shipping/audit-shipping.ts";
import type { Collector } from "../../signaling/shipping/settings.ts";
import { TestCollector } from "../support/collector.ts";
import { makeStore, type TestStore } from "../support/store.ts";
import { makeTestCa } from "../support/test-ca.ts";
import { until } from "../support/until.ts";

const [midori, sakura] = [randomUUID(), randomUUID()].map((id) => OrganisationId.parse(id)) as [
  OrganisationId,
  OrganisationId,
];
let place: TestStore;
let collector: TestCollector;
let shipping: AuditShipping | undefined;
let lines: string[];
beforeEach(async () => {
  place = await makeStore();
  collector = await TestCollector.open();
  lines = [];
});
afterEach(async () => {
  await shipping?.close();
  await collector.close();
  await place.close();
});

const log = createLog({ level: "info", destination: { write: (line) => lines.push(line) } });

function ship(to: Collector = collector.settings) {
  shipping = new AuditShipping({ store: place.store, collector: to, log, everyMs: 20, settledMs: 100 });
  shipping.start();
}

const append = (count: number, login = '佐藤\n"]') =>
  place.store.write((q) =>
    appendAudits(
      q,
      Array.from({ length: count }, (_, i) => ({
        ...{ event: "sign-in.refused" as const, at: 1_800_000_000_000 + i, actor: "unknown" as const },
        ...{ organisation: [midori, sakura, null][i % 3] ?? null, about: { login } },
      })),
    ),
  );
const isAllShipped = async () => (await place.store.read((q) => q.auditHeads.unshipped())).length === 0;
const numbersOf = (chain: string) =>
  collector
    .received()
    .filter(({ kind, message }) => kind !== "audit.head" && message["chain"] === chain)
    .map(({ message }) => message["number"]);

async function expectAll() {
  for (const { chain, number } of await place.store.read((q) => q.audit.allEnds()))
    expect(numbersOf(chain)).toEqual(Array.from({ length: number }, (_, i) => i + 1));
}

describe("the audit at its collector", () => {
  test("is all that was written, as it was written, with the heads that were signed", async () => {
    await append(9);
    await new AuditHeads({ store: place.store, log, now: () => 1 }).say();
    ship();
    await until("all is shipped", isAllShipped);
    await until("all has arrived", () => collector.received().length === 12);
    await expectAll();
    const rows = await place.store.read((q) => q.audit.ofChain(midori, 0, 10));
    const records = collector.received().filter(({ message }) => message["chain"] === midori);
    expect(records.map(({ app, kind, data }) => [app, kind, data]).at(0)).toEqual([
      ...["engawa", "sign-in.refused", `[engawa@32473 chain="${midori}" number="1"]`],
    ]);
    for (const [i, { about, hash, mac, actor, at, event }] of rows.entries())
      expect(records[i]?.message).toMatchObject({ about, hash, seal: mac, actor, at, event });
    const [head] = await place.store.read((q) => q.auditHeads.ofChain(midori));
    expect(records.at(-1)).toMatchObject({ kind: "audit.head", message: { signature: head?.signature, number: 3 } });
  });

  test("comes once and in order when the collector is started anew in between, and when the server is", async () => {
    await append(30);
    ship();
    await until("all is shipped", isAllShipped);
    await until("all has arrived", () => collector.received().length === 30);
    await collector.stop();
    await append(30);
    await until("it is said", () => lines.some((line) => line.includes("does not reach its collector")));
    expect(shipping?.behind).toBe(30);
    await collector.start();
    await until("all is shipped", isAllShipped);
    await until("it is said", () => lines.some((line) => line.includes("goes to its collector again")));
    await shipping?.close();
    await append(3_000);
    ship();
    await until("all is shipped", isAllShipped);
    await until("all has arrived", () => collector.received().length === 3_060);
    await expectAll();
  });

  test("stays here where the collector's certificate is of nobody that is trusted", async () => {
    await append(3);
    const other = await makeTestCa();
    ship({ ...collector.settings, ca: other.ca });
    await until("it is said", () => lines.some((line) => line.includes("does not reach its collector")));
    expect(collector.received()).toEqual([]);
    expect(await isAllShipped()).toBe(false);
  });
});
