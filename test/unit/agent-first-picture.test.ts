/** The picture that is made before there is anybody to send it to. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Picture } from "../../agent/desktop/reports.ts";
import type { VideoPacket } from "../../agent/peer/peer.ts";
import { FirstPicture } from "../../agent/sending/first-picture.ts";
import { Streamer } from "../../agent/session/streamer.ts";
import type { Codec } from "../../signaling/protocol/signal.ts";
import { temporalUnit } from "../support/desktop-twin.ts";
import { until } from "../support/until.ts";

let asked: string[];
let sent: VideoPacket[];
let first: FirstPicture;

const desktop = {
  open: ({ codec }: { codec: Codec }) => void asked.push(`open ${codec}`),
  encode: ({ key }: { key: boolean }) => void asked.push(key ? "key" : "delta"),
};
const peer = {
  hasTransportFeedback: true,
  send: (packet: VideoPacket) => void sent.push(packet),
  resend: () => false,
};
const picture = (key = true): Picture => ({
  data: temporalUnit(2_000, key),
  key,
  quality: 45,
  share: key ? 1 : 0.01,
  width: 1920,
  height: 1080,
  changedAt: 0,
  encodedAt: 0,
});
const stream = (codec: Codec, { isReady = true } = {}) => {
  const streamer = new Streamer({
    desktop,
    peer,
    codec,
    kbps: 100,
    first,
    notice: () => undefined,
    now: () => performance.now(),
  });
  if (isReady) streamer.viewerReady();
  return streamer;
};

beforeEach(() => {
  asked = [];
  sent = [];
  first = new FirstPicture(desktop, { codec: "av1-444", lineBps: 3_000_000 });
  first.ask();
});

describe("the first picture", () => {
  test("goes out when the viewer takes it, and not before", () => {
    first.made(picture());
    const streamer = stream("av1-444", { isReady: false });
    streamer.picture(picture(false));
    expect(sent).toEqual([]);
    streamer.viewerReady();
    expect(sent.length).toBeGreaterThan(0);
    streamer.close();
  });

  test("is asked for once it may be seen, of an encoder that is open by then", () => {
    expect(asked).toEqual(["open av1-444", "key"]);
    first.ask();
    expect(asked).toEqual(["open av1-444", "key"]);
    asked = [];
    new FirstPicture(desktop, { codec: "av1-444", lineBps: 3_000_000 });
    expect(asked).toEqual(["open av1-444"]);
  });

  test("goes out when the streamer begins, and is not made a second time", () => {
    first.made(picture());
    expect(sent).toEqual([]);
    stream("av1-444").close();
    expect(sent.at(-1)?.marker).toBe(true);
    expect(asked).toEqual(["open av1-444", "key"]);
  });

  test("is followed by what has changed since", async () => {
    first.made(picture());
    first.changed({ share: 0.5 });
    const streamer = stream("av1-444");
    await until("a second picture is asked for", () => asked.length === 3);
    streamer.close();
    expect(asked.at(-1)).toBe("delta");
  });

  test("is waited for when it is still being made", () => {
    const streamer = stream("av1-444");
    expect(asked).toEqual(["open av1-444", "key"]);
    streamer.picture(picture());
    streamer.close();
    expect(sent.at(-1)?.marker).toBe(true);
  });

  test("is not sent to a viewer that chose another codec", () => {
    first.made(picture());
    stream("av1-420").close();
    expect(sent).toEqual([]);
    expect(asked).toEqual(["open av1-444", "key", "open av1-420", "key"]);
  });

  test("is not sent to one either when it comes later: the other codec is opened after it", () => {
    const streamer = stream("av1-420");
    expect(asked).toEqual(["open av1-444", "key"]);
    streamer.picture(picture());
    expect(sent).toEqual([]);
    expect(asked).toEqual(["open av1-444", "key", "open av1-420", "key"]);
    streamer.picture(picture());
    streamer.close();
    expect(sent.at(-1)?.marker).toBe(true);
  });

  test("is not one that was made for the viewer before", () => {
    first.made(picture(false));
    expect(first.picture).toBeUndefined();
  });
});
