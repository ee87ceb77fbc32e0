/** Where packets arrive and nothing ever comes back from, as behind a firewall that drops without a word. */
import { createSocket } from "node:dgram";
import { once } from "node:events";

export interface UdpHole {
  readonly host: string;
  readonly port: number;
  readonly swallowed: number;
  close(): void;
}

export async function openUdpHole(): Promise<UdpHole> {
  let swallowed = 0;
  const socket = createSocket("udp4", () => {
    swallowed += 1;
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    host: "127.0.0.1",
    port: socket.address().port,
    get swallowed() {
      return swallowed;
    },
    close: () => socket.close(),
  };
}
