/**
 * Who is heard on our relayed address. A TURN permission holds for an IP address (RFC 8656 §9) and all allocations share the
 * relay's, so whoever holds any credential can send to our port; and whoever is on the office LAN can send to our own UDP port.
 */
import type { RTCPeerConnection } from "werift";
import { turnProtocols } from "./allocation.ts";

type Address = readonly [host: string, port: number];
type Hear = (data: Buffer, from: Address) => void;

/** Types of STUN messages begin below this, DTLS and SRTP above (RFC 7983 §7). STUN proves itself by the ICE password. */
const FIRST_NOT_STUN = 4;

/** Datagrams that wait for the DTLS socket: a viewer's first flight is one, two at most. */
const MAX_EARLY = 8;

/**
 * To be called when the allocation is made: by then the library knows the TURN server's address, whatever its name was. Returns what is to be
 * called once there is a DTLS socket. The viewer may begin before the library sees the path itself, and what nobody takes is lost until the
 * viewer repeats it 50 to 100 ms later.
 */
export function hearOnlyViewer(pc: RTCPeerConnection): () => void {
  const early: (() => void)[] = [];
  let isOpen = false;
  for (const { protocol, remoteCandidates } of turnProtocols(pc)) {
    const { turn } = protocol;
    const transport = turn.transport as unknown as { type: string; onData: Hear };
    if (transport.type === "udp") {
      const hear = transport.onData;
      transport.onData = (data, from) => {
        if (isSame(from, turn.server)) hear(data, from);
      };
    }
    const relayed = protocol as unknown as { handleStunMessage: Hear };
    const handle = relayed.handleStunMessage;
    relayed.handleStunMessage = (data, from) => {
      if ((data[0] ?? FIRST_NOT_STUN) < FIRST_NOT_STUN) return void handle(data, from);
      const hear = () => {
        if (remoteCandidates().some(({ host, port }) => isSame(from, [host, port]))) handle(data, from);
      };
      if (isOpen) hear();
      else if (early.length < MAX_EARLY) early.push(hear);
    };
  }
  return () => {
    isOpen = true;
    for (const hear of early.splice(0)) hear();
  };
}

const isSame = (a: Address, b: Address): boolean => a[0] === b[0] && a[1] === b[1];
