/** What we write into and read out of SDP besides what the WebRTC library does by itself. Pure text. */
import type { Candidate, Codec } from "../../signaling/protocol/signal.ts";

/** RTP payload types of our offer: each codec with its retransmission type (RFC 4588) one above. */
export const OFFERED: Record<Codec, { mimeType: string; payloadType: number; fmtp: string }> = {
  "av1-444": { mimeType: "video/AV1", payloadType: 96, fmtp: "level-idx=8;profile=1;tier=0" },
  "av1-420": { mimeType: "video/AV1", payloadType: 98, fmtp: "level-idx=8;profile=0;tier=0" },
  "vp9-444": { mimeType: "video/VP9", payloadType: 100, fmtp: "profile-id=1" },
  "vp9-420": { mimeType: "video/VP9", payloadType: 102, fmtp: "profile-id=0" },
};

/** Which of our codecs a negotiated payload is: name and fmtp decide (a missing profile means 0), never the number. */
export function codecOf(negotiated: { name: string; fmtp: string }): Codec | undefined {
  const parameters = new Map(negotiated.fmtp.split(";").map((pair) => pair.trim().split("=", 2) as [string, string]));
  const name = negotiated.name.toUpperCase();
  if (name === "AV1") return { "0": "av1-420", "1": "av1-444" }[parameters.get("profile") ?? "0"] as Codec | undefined;
  if (name === "VP9")
    return { "0": "vp9-420", "1": "vp9-444" }[parameters.get("profile-id") ?? "0"] as Codec | undefined;
  return undefined;
}

/** RFC 8839 §5.1: `candidate:… typ relay …`. Anything else would name an address outside the relay. */
export const isRelayCandidate = (candidate: Pick<Candidate, "candidate">): boolean =>
  /\styp relay(\s|$)/.test(candidate.candidate);

/** The same SDP without candidates that are not relayed. */
export function relayOnly(sdp: string): string {
  const kept = sdp
    .split(/\r?\n/)
    .filter((line) => !line.startsWith("a=candidate:") || isRelayCandidate({ candidate: line }));
  return kept.join("\r\n");
}

/**
 * True when the answer makes the viewer the DTLS client on every line (RFC 5763 §5), as browsers do. Only then does the
 * handshake contain the proof that `dtls-proof.ts` verifies.
 */
export function answererIsDtlsClient(sdp: string): boolean {
  const roles = [...sdp.matchAll(/^a=setup:(\S+)/gm)].map(([, role]) => role);
  return roles.length > 0 && roles.every((role) => role === "active");
}
