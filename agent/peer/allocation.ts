/** The allocation on the relay, of which the library takes too little care. */
import type { TLSSocket } from "node:tls";
import { classes, Message, methods, type RTCPeerConnection, StunOverTurnProtocol } from "werift";

/**
 * The library leaves Nagle's algorithm on, which holds small packets back for the other side's delayed ACK (40 ms). And it opens
 * a stream that ended again, which has no allocation.
 */
export function tendStreams(pc: RTCPeerConnection): void {
  for (const { protocol } of turnProtocols(pc)) {
    const { stream } = protocol.turn.transport as { stream?: { client: TLSSocket; closed: boolean } };
    stream?.client.setNoDelay(true);
    stream?.client.prependListener("end", () => {
      stream.closed = true;
    });
  }
}

interface Relayed {
  readonly protocol: StunOverTurnProtocol;
  /** What the viewer named so far. */
  readonly remoteCandidates: () => readonly { readonly host: string; readonly port: number }[];
}

export const turnProtocols = (pc: RTCPeerConnection): Relayed[] =>
  pc.iceTransports.flatMap(({ connection }) => {
    const { protocols } = connection as unknown as { protocols: unknown[] };
    return protocols
      .filter((protocol) => protocol instanceof StunOverTurnProtocol)
      .map((protocol) => ({ protocol, remoteCandidates: () => connection.remoteCandidates }));
  });

/** Refresh with lifetime 0 (RFC 8656 §7.1). The library leaves the allocation to run out, which takes ten minutes of quota. */
export async function deallocate(pc: RTCPeerConnection): Promise<void> {
  await Promise.allSettled(
    turnProtocols(pc).map(({ protocol: { turn } }) => {
      const refresh = new Message(methods.REFRESH, classes.REQUEST);
      refresh.setAttribute("LIFETIME", 0);
      return turn.requestWithRetry(refresh, turn.server);
    }),
  );
}

/**
 * The viewer's relayed address is on the same relay as ours (nothing else is reachable through it), and a permission holds for an IP address
 * (RFC 8656 §9). Made now, the viewer's first check already arrives; made when its candidate is known, the second does, 50 ms later.
 */
export function permitRelay(pc: RTCPeerConnection): void {
  for (const { protocol } of turnProtocols(pc)) {
    const { turn } = protocol;
    // refused, or late: it is asked for again with the candidate
    if (turn.relayedAddress) turn.getPermission(turn.relayedAddress).catch(() => {});
  }
}
