/** The record of what happened: what adding costs, and how long it takes to recompute and to find one that was changed at the very end. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { appendAudits } from "../../signaling/audit/chain.ts";
import type { AuditEvent } from "../../signaling/audit/events.ts";
import { type AuditVerdict, verifyAudit } from "../../signaling/audit/verify.ts";
import { OrganisationId } from "../../signaling/protocol/ids.ts";
import { openStore } from "../../signaling/store/open.ts";
import type { Store } from "../../signaling/store/store.ts";
import { round } from "./stats.ts";

const TOGETHER = 200;
/** Two towns and the server: of a million records none is short. */
const CHAINS = [...[1, 2].map(() => OrganisationId.parse(crypto.randomUUID())), null];

export interface AuditResult {
  readonly records: number;
  readonly append: Cost & { readonly microsecondsEach: number };
  readonly verify: Cost;
  readonly found: Cost;
  readonly peakMB: number;
}

interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export async function measureAudit(
  folder: string,
  { agents: records }: { agents: number },
  say: (what: string) => void,
): Promise<AuditResult> {
  const stateDir = join(folder, "state");
  const store = await openStore({ stateDir, auditKey: randomBytes(32) });
  try {
    say(`${records} records`);
    const append = await costOf(() => fill(store, records));
    say("verify");
    const verify = await costOf(async () => expectBroken(await verifyAudit(store), 0));
    say("one is changed");
    tamper(join(stateDir, "engawa.db"));
    const found = await costOf(async () => expectBroken(await verifyAudit(store), 1));
    const microsecondsEach = round((append.cpuSeconds / records) * 1e6);
    const peakMB = Math.round(process.resourceUsage().maxRSS / 1024);
    return { records, append: { ...append, microsecondsEach }, verify, found, peakMB };
  } finally {
    await store.close();
  }
}

async function fill(store: Store, records: number): Promise<void> {
  for (let written = 0; written < records; written += TOGETHER) {
    const events = Array.from({ length: Math.min(TOGETHER, records - written) }, (_, i): AuditEvent => {
      const organisation = CHAINS[(written + i) % CHAINS.length] ?? null;
      const about = {
        login: `shokuin${i}`,
        device: "WVCPH-GJFV7-VVTHY-G0MPY",
        address: "192.0.2.7",
        signIn: crypto.randomUUID(),
      };
      return { event: "sign-in.accepted", at: 1_800_000_000_000 + i, actor: `person:shokuin${i}`, organisation, about };
    });
    await store.write((q) => appendAudits(q, events));
  }
}

/** As somebody who owns the file could. */
function tamper(path: string): void {
  const database = new DatabaseSync(path);
  database.exec("drop trigger audit_no_update; update audit set actor = 'x' where seq = (select max(seq) from audit)");
  database.close();
}

function expectBroken({ chains }: AuditVerdict, count: number): void {
  const broken = chains.filter(({ ok }) => !ok);
  if (broken.length !== count) throw new Error(`broken: ${JSON.stringify(broken)}`);
}

async function costOf(work: () => Promise<void>): Promise<Cost> {
  const [begun, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: round((performance.now() - begun) / 1000), cpuSeconds: round((user + system) / 1e6) };
}
