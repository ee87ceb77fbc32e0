/** One WebSocket of a viewer or an agent, as the hub sees it. `websocket.ts` is the adapter; a test may have another. */
export interface Connection<Out> {
  /** Unique on this node, for logs. */
  readonly id: string;
  readonly remoteAddress: string;
  /** Never throws. A socket that does not take what it is sent is closed (CLOSE.slow), so nothing piles up. */
  send(message: Out): void;
  /** Whether the other end answers a ping that is sent now, within this time. Never rejects. Undefined: it cannot be asked. */
  answers?(withinMs: number): Promise<boolean>;
  /** Idempotent. */
  close(code: number, reason: string): void;
}
