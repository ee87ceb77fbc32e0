/** Office PCs are told which devices to forget: when they come, at once while they are here, and until they say that they have. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { agentHandlers } from "../../../signaling/hub/handlers/table.ts";
import type { Hub } from "../../../signaling/hub/hub.ts";
import { KeyCode, Login, PersonId } from "../../../signaling/protocol/ids.ts";
import { MAX_FORGOTTEN } from "../../../signaling/protocol/limits.ts";
import type { ForgetWish } from "../../../signaling/protocol/signal.ts";
import type { Terminal } from "../../../signaling/records.ts";
import { connectOffice, makeHub } from "../../support/hub-stage.ts";
import { MemoryRecords } from "../../support/memory-records.ts";

const person = PersonId.parse(crypto.randomUUID());
const login = Login.parse("tanaka");
const codeOf = (n: number) => KeyCode.parse(`00000-00000-00000-${String(n).padStart(5, "0")}`);

let records: MemoryRecords;
let hub: Hub;
let pc: Terminal;
let other: Terminal;
beforeEach(() => {
  records = new MemoryRecords();
  pc = records.addTerminal("AAAA-AAAA-AAAA");
  other = records.addTerminal("BBBB-BBBB-BBBB");
  hub = makeHub({ records });
});
afterEach(() => hub.close());

const order = (terminal: Terminal, ...numbers: number[]) =>
  records.forgets.push(...numbers.map((n) => ({ terminal: terminal.id, person, login, code: codeOf(n) })));
const answer = (agent: Parameters<(typeof agentHandlers)["devices-forgotten"]>[1], wishes: readonly ForgetWish[]) =>
  agentHandlers["devices-forgotten"](hub, agent, {
    type: "devices-forgotten",
    devices: wishes.map((wish) => ({ ...wish, known: true })),
  });

test("one that was away hears it when it comes, and again while it has not answered", async () => {
  order(pc, 1);
  for (const _ of ["first", "again"]) {
    const { connection } = connectOffice(hub, pc);
    await vi.waitFor(() =>
      expect(connection.last("forget-devices")).toEqual({
        type: "forget-devices",
        devices: [{ code: codeOf(1), login }],
      }),
    );
    expect(connection.sent[0]?.type).toBe("welcome");
  }
});

test("one that is here hears it as soon as the rights of its person have changed, and no other hears anything", async () => {
  const looks = vi.spyOn(records, "devicesToForget");
  const offices = [connectOffice(hub, pc), connectOffice(hub, other)] as const;
  await vi.waitFor(() => expect(looks).toHaveBeenCalled());
  order(pc, 1);
  await hub.recheck([{ kind: "terminal", subject: pc.id }]);
  expect(offices[0].connection.all("forget-devices")).toEqual([]);
  await hub.recheck([{ kind: "person", subject: person }]);
  expect(offices[0].connection.all("forget-devices")).toHaveLength(1);
  expect(offices[1].connection.all("forget-devices")).toEqual([]);
  await hub.recheck("everything");
  expect(offices[0].connection.all("forget-devices")).toHaveLength(2);
});

test("a long list comes in parts, and ends", async () => {
  order(pc, ...Array.from({ length: MAX_FORGOTTEN + 5 }, (_, n) => n));
  const { agent, connection } = connectOffice(hub, pc);
  await vi.waitFor(() => expect(connection.last("forget-devices").devices).toHaveLength(MAX_FORGOTTEN));
  await answer(agent, connection.last("forget-devices").devices);
  expect(connection.last("forget-devices").devices).toHaveLength(5);
  await answer(agent, connection.last("forget-devices").devices);
  expect(connection.all("forget-devices")).toHaveLength(2);
  expect(records.forgets).toEqual([]);
});

test("an answer that nobody asked for asks for nothing more", async () => {
  order(pc, 1);
  const { agent, connection } = connectOffice(hub, pc);
  await vi.waitFor(() => expect(connection.all("forget-devices")).toHaveLength(1));
  await answer(agent, [{ code: codeOf(7), login }]);
  expect(connection.all("forget-devices")).toHaveLength(1);
  expect(records.forgets).toHaveLength(1);
});

test("records that fail keep nobody away; it is said when the office PC comes again", async () => {
  order(pc, 1);
  const failing = vi.spyOn(records, "devicesToForget").mockRejectedValueOnce(new Error("no"));
  const first = connectOffice(hub, pc);
  await vi.waitFor(() => expect(failing).toHaveBeenCalled());
  await hub.recheck([{ kind: "person", subject: PersonId.parse(crypto.randomUUID()) }]);
  expect(first.connection.all("forget-devices")).toEqual([]);
  const second = connectOffice(hub, pc);
  await vi.waitFor(() => expect(second.connection.all("forget-devices")).toHaveLength(1));
});

test("those that come together are looked up together", async () => {
  order(pc, 1);
  order(other, 2);
  const looks = vi.spyOn(records, "devicesToForget");
  const offices = [connectOffice(hub, pc), connectOffice(hub, other)];
  for (const { connection } of offices)
    await vi.waitFor(() => expect(connection.all("forget-devices")).toHaveLength(1));
  expect(looks.mock.calls).toEqual([[{ terminals: [pc.id, other.id] }]]);
});
