/**
 * The order of the files within a group of rings: the longest first, so that none of them stands alone at the end. Vitest itself goes
 * by what it measured in earlier runs, which a fresh machine does not have, and else by the size of the file, which says little of waits.
 */
import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest, with its seconds on two cores beside others. What is not here takes less. */
export const LONG_FILES: Readonly<Record<string, number>> = {
  "test/contract/desktop-encoder.test.ts": 50,
  "test/contract/peer-rules.test.ts": 28,
  "test/integration/agent-session.test.ts": 85,
  "test/integration/agent-policy.test.ts": 44,
  "test/integration/long-lists.test.ts": 28,
  "test/integration/edge-process.test.ts": 23,
  "test/integration/locks.test.ts": 19,
  "test/integration/lock-before.test.ts": 16,
  "test/integration/balancer.test.ts": 16,
  "test/integration/desktop.test.ts": 15,
  "test/integration/nodes.test.ts": 15,
  "test/e2e/working-day.test.ts": 193,
  "test/e2e/console.test.ts": 185,
  "test/e2e/full-disk.test.ts": 155,
  "test/e2e/console-import.test.ts": 155,
  "test/e2e/policy-console.test.ts": 150,
  "test/e2e/console-two.test.ts": 141,
  "test/e2e/edge-process.test.ts": 139,
  "test/e2e/laptop-asleep.test.ts": 138,
  "test/e2e/refusals.test.ts": 128,
  "test/e2e/life-cycle.test.ts": 118,
  "test/windows/contract.test.ts": 112,
  "test/e2e/background.test.ts": 102,
  "test/chaos/chaos.test.ts": 101,
  "test/windows/installer.test.ts": 99,
  "test/e2e/home-line.test.ts": 95,
  "test/e2e/password.test.ts": 94,
  "test/e2e/own-page.test.ts": 93,
  "test/e2e/nodes.test.ts": 93,
  "test/e2e/broken-paths.test.ts": 92,
  "test/e2e/locks.test.ts": 91,
  "test/e2e/view-only.test.ts": 72,
  "test/windows/session.test.ts": 68,
  "test/e2e/keyboard.test.ts": 68,
  "test/e2e/sheets.test.ts": 55,
  "test/e2e/lossy-line.test.ts": 54,
  "test/e2e/waves.test.ts": 52,
  "test/e2e/policy.test.ts": 51,
  "test/e2e/cover.test.ts": 47,
  "test/e2e/slow-line.test.ts": 43,
  "test/e2e/codecs.test.ts": 41,
};

export class LongestFirst extends BaseSequencer {
  /** Vitest takes the groups one after another, and within each the files as they stand here. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const root = this.ctx.config.root;
    const seconds = (file: TestSpecification) => LONG_FILES[relative(root, file.moduleId)] ?? 0;
    return (await super.sort(files)).toSorted((a, b) => seconds(b) - seconds(a));
  }
}
