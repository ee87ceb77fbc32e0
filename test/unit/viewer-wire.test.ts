import { describe, expect, test } from "vitest";
import { ViewerControl, ViewerPointer } from "../../signaling/protocol/channels.ts";
import { codecName, codecOf, decodable } from "../../viewer/session/codecs.ts";
import { QualityMeter, type Sample } from "../../viewer/session/quality.ts";
import { type Input, pieces, readAgentControl, Wire } from "../../viewer/session/wire.ts";

describe("the channels", () => {
  test("number what goes out and fit the schema", () => {
    const control: unknown[] = [];
    const pointer: unknown[] = [];
    const wire = new Wire({
      control: (text) => control.push(JSON.parse(text)) > 0,
      pointer: (text) => pointer.push(JSON.parse(text)) > 0,
    });
    const inputs: Input[] = [
      { type: "key", code: "IntlRo", down: true },
      { type: "button", button: 0, down: true, x: 1, y: 2 },
      { type: "wheel", dx: 0, dy: -3 },
      { type: "text", text: "縁側" },
      { type: "locks", caps: true, num: null },
      { type: "release-all" },
      { type: "heartbeat", at: 12.5 },
    ];
    for (const input of inputs) expect(wire.send(input)).toBe(true);
    wire.move(3, 4);
    wire.move(5, 6);
    expect(control.map((message) => ViewerControl.parse(message).seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(pointer.map((message) => ViewerPointer.parse(message).seq)).toEqual([1, 2]);
  });

  test("cut a long text into pieces, never inside a letter", () => {
    const text = `${"あ".repeat(255)}𠮷${"い".repeat(300)}`;
    const cut = pieces(text);
    expect(cut.join("")).toBe(text);
    for (const piece of cut) {
      expect(piece.length).toBeLessThanOrEqual(256);
      expect(piece.isWellFormed()).toBe(true);
    }
    expect(pieces("")).toEqual([]);
  });

  test("take nothing that is not in the schema", () => {
    expect(readAgentControl('{"type":"screen","width":1920,"height":1080}').ok).toBe(true);
    for (const text of ["", "{", '{"type":"clipboard","text":"x"}', '{"type":"screen","width":-1,"height":1}']) {
      expect(readAgentControl(text).ok, text).toBe(false);
    }
    expect(readAgentControl(" ".repeat(70_000)).ok).toBe(false);
  });
});

describe("codecs", () => {
  test("are told apart by their profile", () => {
    expect(codecOf({ mimeType: "video/AV1", sdpFmtpLine: "level-idx=5;profile=1;tier=0" })).toBe("av1-444");
    expect(codecOf({ mimeType: "video/AV1", sdpFmtpLine: "level-idx=5;profile=0;tier=0" })).toBe("av1-420");
    expect(codecOf({ mimeType: "video/AV1" })).toBe("av1-420");
    expect(codecOf({ mimeType: "video/VP9", sdpFmtpLine: "profile-id=1" })).toBe("vp9-444");
    expect(codecOf({ mimeType: "video/VP9", sdpFmtpLine: "profile-id=2" })).toBeUndefined();
    expect(codecOf({ mimeType: "video/H264" })).toBeUndefined();
  });

  test("are listed in our order, whatever the browser's is", () => {
    const capabilities = [
      { mimeType: "video/VP8" },
      { mimeType: "video/VP9", sdpFmtpLine: "profile-id=0" },
      { mimeType: "video/AV1", sdpFmtpLine: "profile=0" },
      { mimeType: "video/AV1", sdpFmtpLine: "profile=1" },
    ];
    expect(decodable(capabilities)).toEqual(["av1-444", "av1-420", "vp9-420"]);
  });

  test("have a name to read", () => {
    expect(codecName("av1-444")).toBe("AV1 4:4:4");
    expect(codecName("vp9-420")).toBe("VP9 4:2:0");
  });
});

describe("quality", () => {
  const sample = (at: number, bytes: number, frames: number): Sample => ({
    at,
    bytes,
    frames,
    packets: 0,
    whole: 0,
    freezes: 0,
    lost: 0,
    codec: "av1-444",
    relay: "tls",
  });

  test("is per second, whatever the distance of two samples", () => {
    const meter = new QualityMeter();
    meter.sample(sample(0, 0, 0));
    meter.sample(sample(2_000, 25_000, 30));
    expect(meter.quality(false)).toMatchObject({ kbps: 100, fps: 15, relay: "tls", codec: "av1-444" });
  });

  test("goes by the middle round trip, so that one late answer changes nothing", () => {
    const meter = new QualityMeter();
    expect(meter.quality(false).grade).toBe("unknown");
    for (const ms of [20, 30, 900, 25, 40]) meter.roundTrip(ms);
    expect(meter.quality(false)).toMatchObject({ grade: "good", roundTripMs: 30 });
    expect(meter.quality(true).grade).toBe("stalled");
    for (const ms of [300, 300, 300]) meter.roundTrip(ms);
    expect(meter.quality(false).grade).toBe("slow");
  });
});
