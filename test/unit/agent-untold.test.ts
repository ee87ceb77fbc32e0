/** What the server was not told while it was away. */
import { expect, test } from "vitest";
import type { OnReport } from "../../agent/desktop/desktop.ts";
import { openLog } from "../../agent/log.ts";
import { Agent, type AgentOptions } from "../../agent/session/agent.ts";
import { type AgentMessage, ToAgent } from "../../signaling/protocol/signal.ts";
import { DesktopTwin } from "../support/desktop-twin.ts";

test("is told in its order before what runs, and kept when the line breaks meanwhile", async () => {
  const sent: AgentMessage[] = [];
  let takes = 0;
  let refused = 0;
  const agent = new Agent({
    log: openLog("error", { write: () => undefined }),
    openDesktop: (onReport: OnReport) => new DesktopTwin(onReport),
    devices: { term: async () => undefined, revision: async () => "" },
    waker: { interfaces: () => ({ type: "interfaces", interfaces: [], wakesOthers: false }) },
    cover: { cover: "off", coverText: "" },
    lockOn: "end",
    lockBefore: "never",
    idle: { endMs: 1, warnMs: 1 },
    now: () => 0,
    send: (message: AgentMessage) => {
      if (takes === 0) refused += 1;
      else {
        takes -= 1;
        sent.push(message);
      }
      return sent.at(-1) === message;
    },
  } as unknown as AgentOptions);
  const ids = [1, 2, 3].map((n) => `6f2c1b1e-1111-4111-8111-11111111111${n}`);
  for (const session of ids)
    agent.receive(
      ToAgent.parse({
        type: "session-open",
        session,
        attempt: 1,
        nonce: "A".repeat(22),
        person: { login: "tanaka", name: "田中" },
        deviceKey: `MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE${"A".repeat(86)}`,
        codecs: ["av1-444"],
        iceServers: [],
      }),
    );
  await expect.poll(() => refused).toBe(3); // each ended, for the device is not on the list
  takes = 1;
  agent.connected(); // and the line is down again
  takes = 10;
  agent.connected();
  expect(sent.map((message) => [message.type, "session" in message ? message.session : undefined])).toEqual([
    ...ids.map((id) => ["session-end", id]),
    ["sessions", undefined],
    ["interfaces", undefined],
  ]);
  await agent.close();
});
