/** A server that is killed in the middle of its writes, again and again: what it acknowledged is there, nothing is there by half. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { verifyAudit } from "../../signaling/audit/verify.ts";
import { openStore } from "../../signaling/store/open.ts";
import { EVERYTHING } from "../../signaling/store/queries/lists.ts";
import { makeStore, type TestStore } from "../support/store.ts";

const CRASHES = 6;
/** Another number each time, so that it dies at another place of its work. */
const acknowledgedBefore = (crash: number) => 3 + crash * 7;

let place: TestStore;

beforeEach(async () => {
  place = await makeStore();
});
afterEach(() => place.close());

async function writeAndCrash(acknowledged: number): Promise<string[]> {
  const writer = spawn(process.execPath, ["test/support/store-writer.ts", place.stateDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(writer, "exit");
  const said: string[] = [];
  for await (const line of createInterface(writer.stdout)) {
    said.push(line);
    if (said.length === acknowledged) writer.kill("SIGKILL");
  }
  await exited;
  expect(writer.signalCode).toBe("SIGKILL");
  return said;
}

test("nothing acknowledged is lost, no record stands without its work, and the chain holds", async () => {
  const acknowledged: string[] = [];
  for (let crash = 0; crash < CRASHES; crash += 1) {
    acknowledged.push(...(await writeAndCrash(acknowledgedBefore(crash))));
    const store = await openStore({ stateDir: place.stateDir });
    const names = (await store.read((q) => q.organisations.page(EVERYTHING, { limit: 10_000 }))).map(
      ({ name }) => name,
    );
    expect(names).toEqual(expect.arrayContaining(acknowledged));
    const verdict = await verifyAudit(store);
    expect(verdict).toMatchObject({ ok: true, records: names.length });
    await store.close();
  }
});
