/** What nobody caught, in the server and in the agent. */
import { createSocket } from "node:dgram";
import { EventEmitter, once } from "node:events";
import { describe, expect, test } from "vitest";
import { UdpTransport } from "werift";
import { lastResort as agentsLastResort, isWebRtcs } from "../../agent/last-resort.ts";
import { VideoStream } from "../../agent/peer/video-stream.ts";
import { lastResort as serversLastResort } from "../../signaling/last-resort.ts";

function stage(
  install: typeof serversLastResort | typeof agentsLastResort,
  close: () => Promise<void>,
  boundMs?: number,
) {
  const said: string[] = [];
  const log = {
    fatal: (fields: object) => void said.push(`fatal ${(fields as { err: Error }).err.message}`),
    error: () => void said.push("error"),
  };
  const self = Object.assign(new EventEmitter(), { exit: (code: number) => void self.emit("exit", code) });
  install({ log, close, process: self, ...(boundMs !== undefined && { boundMs }) });
  return { said, self, exit: once(self, "exit") };
}

describe.each([
  ["server", serversLastResort],
  ["agent", agentsLastResort],
])("the %s's last resort", (_part, install) => {
  test("says it once, closes, and ends with a failure", async () => {
    const closed: string[] = [];
    const { said, self, exit } = stage(install, async () => void closed.push("closed"));
    self.emit("uncaughtException", new Error("one"), "uncaughtException");
    self.emit("uncaughtException", new Error("two"), "uncaughtException");
    expect(await exit).toEqual([1]);
    expect([said, closed]).toEqual([["fatal one"], ["closed"]]);
  });

  test.each([
    ["hangs", () => new Promise<void>(() => {}), 1],
    ["fails", () => Promise.reject(new Error("no")), undefined],
    [
      "throws",
      () => {
        throw new Error("no");
      },
      undefined,
    ],
  ])("ends although closing %s", async (_how, close, boundMs) => {
    const { self, exit } = stage(install, close, boundMs);
    self.emit("uncaughtException", new Error("one"), "uncaughtException");
    expect(await exit).toEqual([1]);
  });
});

describe("a rejection that nobody heard in the agent", () => {
  const rejectionOf = async (work: () => unknown): Promise<unknown> => {
    try {
      await work();
    } catch (error) {
      return error;
    }
    throw new Error("it did not fail");
  };

  test("ends it when it is ours", async () => {
    const { said, self, exit } = stage(agentsLastResort, async () => {});
    self.emit("unhandledRejection", await rejectionOf(() => JSON.parse("{")));
    expect(await exit).toEqual([1]);
    expect(said[0]).toMatch(/^fatal /);
  });

  test("is logged and no more when the WebRTC library left it", async () => {
    const transport = await UdpTransport.init("udp4");
    await transport.close();
    const closedSocket = await rejectionOf(() => transport.send(Buffer.alloc(1), ["127.0.0.1", 9]));
    const { said, self } = stage(agentsLastResort, async () => {});
    self.emit("unhandledRejection", closedSocket);
    self.emit("unhandledRejection", "a string");
    expect(said).toEqual(["error", "error"]);
    const socket = createSocket("udp4");
    socket.send(Buffer.alloc(1), 9, "999.1.1.1");
    const [noFrameOfOurs] = await once(socket, "error");
    socket.close();
    expect(isWebRtcs(noFrameOfOurs)).toBe(true);
    expect(
      isWebRtcs(Object.assign(new Error("x"), { stack: "Error: x\n    at a (C:\\Engawa\\webrtc-Ab1.js:1:2)" })),
    ).toBe(true);
    expect(
      isWebRtcs(Object.assign(new Error("x"), { stack: "Error: x\n    at a (C:\\Engawa\\agent-Ab1.js:1:2)" })),
    ).toBe(false);
  });
});

test("a picture's packet that cannot be sent is lost, and nothing else happens", async () => {
  const failed: unknown[] = [];
  const note = (error: unknown) => void failed.push(error);
  process.on("unhandledRejection", note);
  const sent: number[] = [];
  const transceiver = {
    sender: { ssrc: 1, rtxSsrc: 2 },
    codecs: [
      { name: "VP9", payloadType: 98, parameters: "profile-id=0" },
      { name: "rtx", payloadType: 99, parameters: "apt=98" },
    ],
    headerExtensions: [],
    dtlsTransport: {
      sendRtp: async (payload: Buffer) => {
        sent.push(payload.length);
        throw new Error("the socket is closed");
      },
    },
  };
  const video = new VideoStream(transceiver as never);
  expect(video.negotiated()).toBe(true);
  const packet = { payload: Buffer.alloc(3), marker: true, timestamp: 1, sequence: 1 };
  video.send(packet as never, 1);
  video.resend(packet as never, 2);
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", note);
  expect([sent, failed]).toEqual([[3, 5], []]);
});
