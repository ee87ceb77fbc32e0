/** A person with a thousand office PCs sees all of them, and what another process grants them comes without asking. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PublicKey, TerminalId } from "../../signaling/protocol/ids.ts";
import { openStore } from "../../signaling/store/open.ts";
import { openTestProduct, TERMINAL, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";
import { until } from "../support/until.ts";

const MORE = 1_000;

let product: TestProduct;
let staff: Staff;

beforeAll(async () => {
  product = await openTestProduct({ office: { editor: false } });
  staff = await Staff.arrive(product);
  await staff.registerAndSignIn();
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
});

test("a thousand more office PCs are shown, each once, and the first can still be used", async () => {
  await grantMore();
  const shown = () => staff.at("terminal-name").allInnerTexts();
  await until("all are shown", async () => (await staff.at("terminal-name").count()) === MORE + 1);
  const names = await shown();
  expect(new Set(names).size).toBe(MORE + 1);
  expect(names).toContain(TERMINAL);
  await staff.page.screenshot({ path: "test-results/long-list.png" });
  const { terminal } = product.agent;
  expect(await staff.page.locator(`li[data-terminal="${terminal}"]`).getAttribute("data-state")).toBe("online");
});

/** As an import by the administrator's tools would: in one write. */
async function grantMore(): Promise<void> {
  const store = await openStore({ stateDir: join(product.folder, "signaling") });
  await store.write(async (q) => {
    const [person] = await q.people.allByLogin(staff.person.login as never);
    if (!person) throw new Error("no such person");
    const { organisationId, id: personId } = person;
    for (let i = 0; i < MORE; i += 1) {
      const id = TerminalId.parse(`0000-0000-${`${i}`.padStart(4, "0")}`);
      const name = `総務部総務課 庁内ネットワーク用パソコン ${i}`;
      const never = {
        divisionId: null,
        publicKey: null,
        enrolledAt: null,
        disabledAt: null,
        lastSeenAt: null,
        interfaces: null,
      };
      await q.terminals.insert({ id, organisationId, name, createdAt: 0, ...never });
      await q.terminals.enrol(id, PublicKey.parse("A".repeat(122)), 1);
      await q.terminals.putGrant({ organisationId, personId, terminalId: id, createdAt: 0, until: null });
    }
  });
  await store.close();
}
