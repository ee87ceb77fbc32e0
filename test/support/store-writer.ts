/** A process of its own that writes as the server does, until it is killed: `node store-writer.ts STATE_DIR`. Says each number once it is kept. */
import { appendAudit } from "../../signaling/audit/chain.ts";
import { OrganisationCode, OrganisationId } from "../../signaling/protocol/ids.ts";
import { openStore } from "../../signaling/store/open.ts";

const [stateDir = ""] = process.argv.slice(2);
const store = await openStore({ stateDir });
const round = process.pid;
for (let i = 0; ; i += 1) {
  const name = `${round} ${i}`;
  await store.write(async (q) => {
    const id = OrganisationId.parse(crypto.randomUUID());
    const code = OrganisationCode.parse(id.slice(0, 13));
    await q.organisations.insert({ id, name, createdAt: 0, kind: "municipality", parentId: null, code });
    const about = { name };
    await appendAudit(q, { event: "organisation.added", at: 0, actor: "server", organisation: id, about });
    await q.people.takeStep("nobody" as never, i, "" as never);
  });
  process.stdout.write(`${name}\n`);
}
