/** A page as it is now: pictures for a person to look at, and what axe finds. */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

const PICTURES = "test-results";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface Looks {
  readonly height: number;
  /** Pictures of all that can be scrolled to. */
  readonly isWhole: boolean;
  /** The first is how the page is left. */
  readonly looks: readonly (readonly [width: number, colorScheme: "light" | "dark"])[];
}

/** Of staff: on a laptop and on a phone. */
const STAFF: Looks = {
  height: 900,
  isWhole: true,
  looks: [
    [1280, "light"],
    [1280, "dark"],
    [360, "light"],
    [360, "dark"],
  ],
};

/** Returns the findings. */
export async function lookAt(page: Page, name: string, { height, isWhole, looks }: Looks = STAFF): Promise<string[]> {
  mkdirSync(PICTURES, { recursive: true });
  const findings: string[] = [];
  for (const [width, colorScheme] of looks) {
    await show(page, width, height, colorScheme);
    await page.screenshot({ path: `${PICTURES}/${name}-${width}-${colorScheme}.png`, fullPage: isWhole });
    // past the content security policy, which keeps the page itself from adding a script
    if (await page.evaluate(() => !("axe" in window))) await page.evaluate(AXE);
    const { violations, passes } = await page.evaluate(() =>
      (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
    );
    if (passes.length === 0) throw new Error("axe has looked at nothing");
    for (const { id, nodes } of violations)
      findings.push(`${name} ${width} ${colorScheme}: ${id} ${nodes.map(({ target }) => target).join(" ")}`);
  }
  const [[width, colorScheme]] = looks as [Looks["looks"][number]];
  await show(page, width, height, colorScheme);
  return findings;
}

async function show(page: Page, width: number, height: number, colorScheme: "light" | "dark"): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.emulateMedia({ colorScheme });
}
