import { expect, test } from "vitest";
import { LatelyEnded } from "../../agent/session/lately-ended.ts";
import { SessionId } from "../../signaling/protocol/ids.ts";
import { MAX_ENDED_TOLD } from "../../signaling/protocol/limits.ts";
import { AgentMessage } from "../../signaling/protocol/signal.ts";

const id = (number: number) => SessionId.parse(`6f2c1b1e-1111-4111-8111-${String(number).padStart(12, "0")}`);

test("of what has ended here the last ones are told, oldest first, each once and with its last reason", () => {
  const ended = new LatelyEnded();
  for (let i = 0; i < MAX_ENDED_TOLD + 3; i += 1) ended.add(id(i), "idle");
  ended.add(id(5), "viewer-left");
  const all = ended.all();
  expect(all).toHaveLength(MAX_ENDED_TOLD);
  expect([all[0], all.at(-1)]).toEqual([
    { session: id(3), reason: "idle" },
    { session: id(5), reason: "viewer-left" },
  ]);
  const message = { type: "sessions", running: [], ended: all };
  expect(AgentMessage.parse(message)).toEqual(message);
});
