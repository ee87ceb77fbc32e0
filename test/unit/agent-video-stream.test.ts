import { expect, test } from "vitest";
import { GenericNack, RtcpHeader, RtcpTransportLayerFeedback } from "werift";
import { VideoStream } from "../../agent/peer/video-stream.ts";

test("what is lost on both sides of the border of 16 bits is told by the numbers that were sent", () => {
  const ssrc = 7;
  const video = new VideoStream({ sender: { ssrc } } as never);
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(ssrc, 4);
  bytes.writeUInt16BE(65_534, 8); // RFC 4585 §6.2.1: this one, and by a bit each those after it
  bytes.writeUInt16BE(0b1011, 10);
  const nack = GenericNack.deSerialize(bytes, new RtcpHeader({ type: RtcpTransportLayerFeedback.type, count: 1 }));
  const lost: number[] = [];
  video.feedback(new RtcpTransportLayerFeedback({ feedback: nack }), {
    packetsLost: (sequences) => lost.push(...sequences),
    keyframeRequested: () => {},
    transportFeedback: () => {},
  });
  expect(lost).toEqual([65_534, 65_535, 0, 2]);
});
