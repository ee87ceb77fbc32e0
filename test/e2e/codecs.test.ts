/** Each codec a browser may be left with: what its answer says is what it gets, and it sees the office's screen in it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CODECS, type Codec } from "../../signaling/protocol/signal.ts";
import { openTestProduct, type TestProduct } from "../support/product.ts";
import { Staff } from "../support/staff.ts";

let product: TestProduct;
let staff: Staff;

beforeAll(async () => {
  product = await openTestProduct();
  staff = await Staff.arrive(product);
  await staff.page.addInitScript(answerWithOneCodec);
  await staff.registerAndSignIn();
});
afterAll(async () => {
  await staff?.close();
  await product?.close();
});

/**
 * Runs in the page before its own scripts: of what the office PC offers, the answer takes the one format that the test has put
 * into the storage of the session, as a browser would that knows no other.
 */
function answerWithOneCodec(): void {
  const native = RTCPeerConnection.prototype.createAnswer as () => Promise<RTCSessionDescriptionInit>;
  RTCPeerConnection.prototype.createAnswer = function createAnswer(this: RTCPeerConnection) {
    const [mimeType, fmtp] = JSON.parse(sessionStorage.getItem("only") ?? '["",""]') as [string, string];
    for (const transceiver of this.getTransceivers()) {
      const { codecs } = RTCRtpReceiver.getCapabilities("video") ?? { codecs: [] };
      const wanted = codecs.filter((codec) => codec.mimeType === mimeType && codec.sdpFmtpLine?.includes(fmtp));
      if (wanted.length > 0) transceiver.setCodecPreferences(wanted);
    }
    return native.call(this);
  } as typeof RTCPeerConnection.prototype.createAnswer;
}

const ONLY: Record<Codec, [mimeType: string, fmtp: string]> = {
  "av1-444": ["video/AV1", "profile=1"],
  "av1-420": ["video/AV1", "profile=0"],
  "vp9-444": ["video/VP9", "profile-id=1"],
  "vp9-420": ["video/VP9", "profile-id=0"],
};

describe("a browser that answers with one codec only", () => {
  test.each(CODECS)("sees and operates the office in %s", async (codec) => {
    await staff.page.evaluate((only) => sessionStorage.setItem("only", JSON.stringify(only)), ONLY[codec]);
    await staff.page.reload();
    await staff.reach("list");
    await staff.connect();
    expect(await staff.attempt()).toBe(1);
    expect(await staff.codec()).toBe(codec);
    const live = product.agent
      .logs()
      .split("\n")
      .findLast((line) => line.includes('"session is live"'));
    expect(live).toContain(`"codec":"${codec}"`);
    expect(await staff.sees(40)).toBeGreaterThanOrEqual(40);
    await staff.focus();
    await staff.type(codec.replace("-", " "));
    await staff.saves((text) => text.endsWith(codec.replace("-", " ")), codec);
  });
});
