/** The network cards by which this PC could be woken: wired, real ones, with an IPv4 address. */
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { MAX_INTERFACES, segmentOf, WiredInterface } from "../../signaling/protocol/wake.ts";

/** Names of what is no wired card, as Linux and Windows (Japanese, English) call them. */
const NOT_WIRED =
  /^(wl|ww|lo\d*$|tun|tap|wg|ppp|docker|virbr|br-[0-9a-f]{12}$)|wi-?fi|wireless|ワイヤレス|無線|bluetooth|loopback|vmnet|virtualbox|vpn/i;
/** Cards that Hyper-V, VMware and the TAP driver make up on a host; their addresses look like real ones. */
const MADE_UP = ["00:15:5d", "00:50:56:c0", "00:ff"];

/** A service can be started before Windows can tell of its network, and Node throws: it has none then. `ask`: for a test. */
export function presentInterfaces(ask = networkInterfaces): ReturnType<typeof networkInterfaces> {
  try {
    return ask();
  } catch {
    return {};
  }
}

/**
 * `given`: another machine's list, for a test. What it has beyond MAX_INTERFACES is left out. Those that appear later are told when
 * the line to the server, which watches the same list, is opened anew.
 */
export function wiredInterfaces(
  given: NodeJS.Dict<NetworkInterfaceInfo[]> = presentInterfaces(),
): readonly WiredInterface[] {
  return Object.entries(given)
    .flatMap(([name, entries = []]) => entries.map((entry) => judge(name, entry)))
    .filter((verdict) => typeof verdict !== "string")
    .sort((a, b) => `${a.mac} ${segmentOf(a)}`.localeCompare(`${b.mac} ${segmentOf(b)}`))
    .slice(0, MAX_INTERFACES);
}

export type NoWake = "internal" | "not-wired" | "made-up" | "no-ipv4";

/** Why the other cards cannot wake this PC, by name. */
export function otherCards(given: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces()): Map<string, NoWake> {
  const others = new Map<string, NoWake>();
  for (const [name, entries = []] of Object.entries(given)) {
    const verdicts = entries.map((entry) => judge(name, entry));
    const [first] = verdicts;
    if (typeof first === "string" && first !== "internal" && verdicts.every((verdict) => typeof verdict === "string"))
      others.set(name, first);
  }
  return others;
}

function judge(name: string, { mac, address, cidr, internal, family }: NetworkInterfaceInfo): WiredInterface | NoWake {
  const card = mac.toLowerCase();
  if (internal) return "internal";
  if (NOT_WIRED.test(name)) return "not-wired";
  if (card === "00:00:00:00:00:00" || isLocal(card) || MADE_UP.some((start) => card.startsWith(start)))
    return "made-up";
  if (family !== "IPv4" || address.startsWith("169.254.")) return "no-ipv4";
  return WiredInterface.safeParse({ mac: card, address, prefix: Number(cidr?.split("/")[1]) }).data ?? "no-ipv4";
}

/** Locally administered (IEEE 802 §8.4): made up by software, not burnt into a card. */
const isLocal = (mac: string): boolean => (Number.parseInt(mac.slice(0, 2), 16) & 2) !== 0;
