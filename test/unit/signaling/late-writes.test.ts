/** Steps of sessions while the store has no room. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLog } from "../../../signaling/log.ts";
import { RequestError } from "../../../signaling/protocol/errors.ts";
import { LateWrites } from "../../../signaling/store/late-writes.ts";

const lines: string[] = [];
const log = createLog({ level: "debug", destination: { write: (line) => lines.push(line) } });
let hasRoom: boolean;
let written: string[];
let late: LateWrites;

beforeEach(() => {
  vi.useFakeTimers();
  lines.length = 0;
  hasRoom = true;
  written = [];
  late = new LateWrites(log);
});
afterEach(() => vi.useRealTimers());

const write = (what: string) =>
  late.write(async () => {
    if (!hasRoom) throw new RequestError("STORAGE_UNAVAILABLE", "the disk is full");
    written.push(what);
  });

test("wait for room and are written in the order in which they happened", async () => {
  await write("opened");
  hasRoom = false;
  await write("live");
  await write("ended");
  hasRoom = true;
  await write("another"); // behind those that wait
  expect(written).toEqual(["opened"]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(written).toEqual(["opened", "live", "ended", "another"]);
  expect(vi.getTimerCount()).toBe(0);
  await write("later");
  expect(written.at(-1)).toBe("later");
});

test("keep back what builds on them until there is room", async () => {
  await late.settled();
  hasRoom = false;
  await write("ended");
  await expect(late.settled()).rejects.toMatchObject({ code: "STORAGE_UNAVAILABLE" });
  hasRoom = true;
  await late.settled();
  expect(written).toEqual(["ended"]);
});

test("say when all of them are written", async () => {
  const said: string[] = [];
  const say = (what: string) => void late.emptied().then(() => said.push(what));
  say("nothing waits");
  hasRoom = false;
  await write("ended");
  say("written");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(said).toEqual(["nothing waits"]);
  hasRoom = true;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(said).toEqual(["nothing waits", "written"]);
});

test("are tried once more at the end; what is lost is said", async () => {
  hasRoom = false;
  await write("live");
  await write("ended");
  await late.close();
  expect(lines.join("")).toContain('"lost":2');
  expect(vi.getTimerCount()).toBe(0);
});

test("do not wait for what another error makes impossible, nor does anything behind it", async () => {
  await expect(late.write(() => Promise.reject(new Error("a bug")))).rejects.toThrow("a bug");
  hasRoom = false;
  let tries = 0;
  await late.write(async () => {
    tries += 1;
    if (!hasRoom) throw new RequestError("STORAGE_UNAVAILABLE", "the disk is full");
    throw new Error("a bug");
  });
  await write("ended");
  hasRoom = true;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(tries).toBe(2);
  expect(written).toEqual(["ended"]);
  await late.close();
});
