/** Which of our codecs a browser can decode, and which one a stream is: by MIME type and fmtp (AV1 RTP §7.2, RFC 9628 §6). */
import { CODECS, type Codec } from "../../signaling/protocol/signal.ts";

export interface CodecDescription {
  readonly mimeType: string;
  readonly sdpFmtpLine?: string | undefined;
}

/** Profile 0 is the default of both formats where the fmtp line says nothing. */
export function codecOf({ mimeType, sdpFmtpLine = "" }: CodecDescription): Codec | undefined {
  const parameter = (name: string): string => new RegExp(`(?:^|;)\\s*${name}=(\\d+)`).exec(sdpFmtpLine)?.[1] ?? "0";
  const of = (profile: string, full: Codec, half: Codec): Codec | undefined =>
    profile === "1" ? full : profile === "0" ? half : undefined;
  switch (mimeType.toLowerCase()) {
    case "video/av1":
      return of(parameter("profile"), "av1-444", "av1-420");
    case "video/vp9":
      return of(parameter("profile-id"), "vp9-444", "vp9-420");
    default:
      return undefined;
  }
}

/** The decodable ones in our order of preference. */
export function decodable(capabilities: readonly CodecDescription[]): Codec[] {
  const known = new Set(capabilities.map(codecOf));
  return CODECS.filter((codec) => known.has(codec));
}

/** What a person may read: `AV1 4:4:4`. */
export function codecName(codec: Codec): string {
  const [format = "", sampling = ""] = codec.split("-");
  return `${format.toUpperCase()} ${[...sampling].join(":")}`;
}
