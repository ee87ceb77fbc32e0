/**
 * The library's UDP socket to a TURN server is one for IPv4, whatever the server's address. Its option for the socket's own
 * address reaches the place where it is made: with one for IPv6, it becomes a socket for IPv6.
 */
import { UdpTransport } from "werift";

interface Options {
  readonly interfaceAddresses?: Readonly<Record<string, string>>;
}

/** Any address of this PC. */
export const OVER_IPV6 = { udp6: "::" } as const;

const init = UdpTransport.init.bind(UdpTransport);
UdpTransport.init = (type, options) =>
  init((options as Options | undefined)?.interfaceAddresses?.["udp6"] === undefined ? type : "udp6", options);
