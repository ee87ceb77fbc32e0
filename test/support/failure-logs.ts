/** A test that failed says what the product wrote last: on another machine, or another day, it may not fail again. */
import { afterEach } from "vitest";
import { openProducts } from "./open-products.ts";

afterEach(({ task }) => {
  if (task.result?.state !== "fail") return;
  for (const lastLines of openProducts)
    console.error(`"${task.name}" has failed; the product's last lines:\n${lastLines()}`);
});
