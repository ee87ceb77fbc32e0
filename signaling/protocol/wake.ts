/**
 * Waking a sleeping office PC: what its network interfaces are called on the wire, and the arithmetic of segments that
 * signaling (who is a neighbour) and agents (where does the packet go) must agree on.
 */
import { z } from "zod";

/** MAC-48 (IEEE 802) of one network card: lower case, with colons. Never a group address. */
export const MacAddress = z
  .string()
  .regex(/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/)
  .brand<"MacAddress">();
export type MacAddress = z.infer<typeof MacAddress>;

/** A prefix of 31 or 32 bits has no broadcast address (RFC 3021); one under 8 is nobody's office. */
const Prefix = z.int().min(8).max(30);

/** One wired interface of an office PC. */
export const WiredInterface = z.strictObject({ mac: MacAddress, address: z.ipv4(), prefix: Prefix });
export type WiredInterface = z.infer<typeof WiredInterface>;

/** An office PC has one or two; what is beyond these is left out. */
export const MAX_INTERFACES = 8;
export const WiredInterfaces = z.array(WiredInterface).max(MAX_INTERFACES);

/** An IPv4 segment (RFC 4632 §3.1), host bits zero: `10.1.2.0/24`. */
export const Segment = z
  .cidrv4()
  .refine((text) => Prefix.safeParse(Number(text.split("/")[1])).success, "prefix must be 8 to 30")
  .refine((text) => text === canonical(text), "host bits must be zero")
  .brand<"Segment">();
export type Segment = z.infer<typeof Segment>;

/** Why an agent sent nothing: its setting, its rate limit, it is no longer on that segment, or the system refused. */
export const WAKE_REFUSALS = ["never", "too-many", "other-segment", "not-sent"] as const;
export const WakeRefusal = z.enum(WAKE_REFUSALS);
export type WakeRefusal = z.infer<typeof WakeRefusal>;

/**
 * Why a sleeping PC is given up: no neighbour could send the packet, or it was sent and the PC did not come back within
 * WAKE_TIMEOUT_MS.
 */
export const WakeFailure = z.enum(["not-sent", "no-answer"]);
export type WakeFailure = z.infer<typeof WakeFailure>;

/** From the request to the agent's return. An office PC of today takes one to two minutes from switched off. */
export const WAKE_TIMEOUT_MS = 180_000;

/** The segment that this address lies in. */
export function segmentOf({ address, prefix }: { address: string; prefix: number }): Segment {
  return `${dotted(network(number(address), prefix))}/${prefix}` as Segment;
}

/** The address that reaches every card of the segment (RFC 919 §7). */
export function broadcastOf(segment: Segment): string {
  const [address = "", prefix = ""] = segment.split("/");
  return dotted((number(address) | (2 ** (32 - Number(prefix)) - 1)) >>> 0);
}

function canonical(text: string): string {
  const [address = "", prefix = ""] = text.split("/");
  return segmentOf({ address, prefix: Number(prefix) });
}

const number = (address: string): number =>
  address.split(".").reduce((sum, byte) => ((sum << 8) | Number(byte)) >>> 0, 0);

const network = (address: number, prefix: number): number => (address & (-1 << (32 - prefix))) >>> 0;

const dotted = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
