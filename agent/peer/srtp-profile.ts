/**
 * How pictures and RTCP are protected. The library offers the old AES-CM with SHA-1 as well, and takes the choice from the first
 * ClientHello, which nobody has signed: whoever is on the way could strike out the better one. Every browser of ours has it.
 */
import type { RTCDtlsTransport } from "werift";

/** RFC 7714 §14.2. The library knows no AES-256. */
const AEAD_AES_128_GCM = 7;

/** To be called before the handshake. One that does not offer it fails. */
export function requireAead(transport: RTCDtlsTransport): void {
  (transport as unknown as { srtpProfiles: number[] }).srtpProfiles = [AEAD_AES_128_GCM];
}
