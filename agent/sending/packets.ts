/** Largest RTP payload, bytes: 1150 + RTP, extensions, SRTP tag, ChannelData, UDP and IP stay under 1280, the smallest IPv6 MTU. */
export const MAX_PAYLOAD_BYTES = 1_150;

/** What every video packet weighs on the wire besides its payload: RTP 12, extensions 12, SRTP tag 16, ChannelData 4, UDP 8, IP 20. */
export const OVERHEAD_BYTES = 72;

/** Splits one compressed picture into RTP payloads. */
export type Packetize = (picture: Uint8Array, key: boolean) => Buffer[];
