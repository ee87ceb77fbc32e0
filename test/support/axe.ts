/** A page of staff as it is now: pictures for a person to look at, and what axe finds. */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

const PICTURES = "test-results";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [1280, 360];

/** Wide and narrow, light and dark. Returns the findings. */
export async function lookAt(page: Page, name: string): Promise<string[]> {
  mkdirSync(PICTURES, { recursive: true });
  const findings: string[] = [];
  for (const width of WIDTHS) {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${PICTURES}/${name}-${width}-${colorScheme}.png`, fullPage: true });
      // past the content security policy, which keeps the page itself from adding a script
      await page.evaluate(AXE);
      const { violations, passes } = await page.evaluate(() =>
        (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
      );
      if (passes.length === 0) throw new Error("axe has looked at nothing");
      for (const { id, nodes } of violations)
        findings.push(`${name} ${width} ${colorScheme}: ${id} ${nodes.map(({ target }) => target).join(" ")}`);
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
  return findings;
}
