/**
 * What the library's SCTP does wrongly with what it sends (werift 0.24.4), put right around it:
 *
 * - After a time-out it sends again what is acknowledged already, counts that as on its way, and never takes it off again: some
 *   1,200 bytes later nothing is sent any more, for ever, with nothing left that could time out.
 * - It waits 3 s for the answer to an INIT, and a second or more for an acknowledgement, without waiting longer the next time.
 *   Where one packet in twenty is lost, that was a session without keys for 3 s, 6 s, 9 s. Browsers wait half a second.
 *
 * Fails loudly when the library is made differently from what is written for here; `npm test` looks at its version.
 */
import type { RTCPeerConnection } from "werift";

/** RFC 9260 §6.3.1; as browsers have them, whose own acknowledgements come after 200 ms at the latest. */
const [RTO_INITIAL_S, RTO_MIN_S] = [0.5, 0.4];
/** A path that was away is used again this soon; SILENCE_END_MS gives it up before a larger one counted. */
const RTO_MAX_S = 2;

/** The part of the library's association that is put right. */
export interface Sending {
  /** Retransmission time-out, s. */
  rto: number;
  /** Smoothed round trip and how much it varies, s. */
  readonly srtt: number | undefined;
  readonly rttvar: number | undefined;
  readonly sentQueue: { acked: boolean }[];
  updateRto(roundTripS: number): void;
  /** No answer to INIT or COOKIE ECHO. */
  timer1Expired(): void;
  /** No acknowledgement of data. */
  timer3Expired(): void;
}

/** To be called when DTLS is connected: by then the association is there, and nothing was sent for it. */
export function mendSending(pc: RTCPeerConnection): void {
  const sctp = pc.sctpTransport?.sctp as unknown as Sending | undefined;
  if (!sctp) throw new Error("the WebRTC library has made no SCTP association");
  const { updateRto, timer1Expired, timer3Expired } = sctp;
  const isKnown = [updateRto, timer1Expired, timer3Expired].every((method) => typeof method === "function");
  if (!isKnown || typeof sctp.rto !== "number" || !Array.isArray(sctp.sentQueue))
    throw new Error("the WebRTC library is another version than the agent was written for");
  sctp.rto = RTO_INITIAL_S;
  sctp.updateRto = (roundTripS) => {
    updateRto.call(sctp, roundTripS);
    sctp.rto = within((sctp.srtt ?? RTO_INITIAL_S) + 4 * (sctp.rttvar ?? 0));
  };
  sctp.timer1Expired = () => {
    sctp.rto = within(2 * sctp.rto);
    timer1Expired.call(sctp);
  };
  sctp.timer3Expired = () => {
    sctp.rto = within(2 * sctp.rto);
    // sent again with the rest, and so on its way again
    for (const chunk of sctp.sentQueue) chunk.acked = false;
    timer3Expired.call(sctp);
  };
}

const within = (seconds: number): number => Math.min(Math.max(seconds, RTO_MIN_S), RTO_MAX_S);
