/** Passwords are checked beside the server, not in it. */
import { afterEach, expect, test } from "vitest";
import { GuessChecks, type GuessChecksOptions } from "../../../signaling/auth/guess-checks.ts";
import { until } from "../../support/until.ts";

const opened: GuessChecks[] = [];
const open = (options?: GuessChecksOptions): GuessChecks => {
  const checks = new GuessChecks(options);
  opened.push(checks);
  return checks;
};
afterEach(async () => {
  for (const checks of opened.splice(0)) await checks.close();
});

const program = (body: string) =>
  new URL(`data:text/javascript,${encodeURIComponent(`import { parentPort } from "node:worker_threads";\n${body}`)}`);
/** Never answers "hang", and keeps its thread from everything else meanwhile. */
const HANGS = program(`parentPort.on("message", (word) => {
  if (word === "hang") for (;;);
  if (word === "throw") throw new Error("broken");
  if (word === "leave") process.exit(3);
  parentPort.postMessage(word === "weak");
});`);

test("the lists are loaded in a thread when a password is checked, and are gone after a while without one", async () => {
  const checks = open({ idleMs: 0 });
  expect(checks.isLoaded).toBe(false);
  const checked = checks.isGuessable("password1234");
  expect(checks.isLoaded).toBe(true);
  expect(await checked).toBe(true);
  await until("the thread has ended", async () => !checks.isLoaded);
  expect(await checks.isGuessable("veranda-7-summer")).toBe(false);
});

test("the longest password of the worst kind is answered within the limit", async () => {
  const checks = open();
  expect(await checks.isGuessable("p4$$w0rd@dm1n!1l0v3".repeat(14).slice(0, 256))).toBe(false);
});

test("checks at once are answered each for itself", async () => {
  const checks = open({ program: HANGS });
  const words = Array.from({ length: 16 }, (_, i) => (i % 3 === 0 ? "weak" : "strong"));
  expect(await Promise.all(words.map((word) => checks.isGuessable(word)))).toEqual(words.map((w) => w === "weak"));
});

test("a check that takes too long is given up; this thread goes on, and the next check has a new one", async () => {
  const checks = open({ program: HANGS, limitMs: 3_000 });
  const [hanging, next] = [checks.isGuessable("hang"), checks.isGuessable("weak")];
  await expect(hanging).rejects.toMatchObject({ code: "SERVER_BUSY" });
  expect(await next).toBe(true);
});

test("a thread that breaks or leaves fails its own check only", async () => {
  const checks = open({ program: HANGS });
  const [broken, gone, next] = ["throw", "leave", "strong"].map((word) => checks.isGuessable(word));
  await expect(broken).rejects.toThrow("broken");
  await expect(gone).rejects.toThrow("ended with 3");
  expect(await next).toBe(false);
});

test("more than may wait are refused, and the end of the server refuses all", async () => {
  const checks = open({ program: HANGS, maxWaiting: 2 });
  const waiting = ["hang", "strong", "weak"].map((word) => checks.isGuessable(word));
  const refused = waiting.map((each) => expect(each).rejects.toMatchObject({ code: "SERVER_BUSY" }));
  await expect(checks.isGuessable("weak")).rejects.toMatchObject({
    code: "SERVER_BUSY",
    details: { retryAfterS: expect.any(Number) },
  });
  await checks.close();
  await Promise.all(refused);
  expect(checks.isLoaded).toBe(false);
  await expect(checks.isGuessable("weak")).rejects.toMatchObject({ code: "SERVER_BUSY" });
});
