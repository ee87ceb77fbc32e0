/** Passes TCP connections on to the first of some ports on loopback, as a load balancer does that knows which of its servers are well. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Switchboard {
  readonly port: number;
  /** Those that are open are cut; the next ones go there. */
  lead(port: number): void;
  /** Those that are open stay; the next ones go there: a server that drains lets go of its own by itself. */
  leadNew(port: number): void;
  close(): Promise<void>;
}

export async function openSwitchboard(first: number): Promise<Switchboard> {
  let target = first;
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    const end = () => [near, far].map((each) => each.destroy());
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", end);
      socket.on("close", () => {
        open.delete(socket);
        end();
      });
    }
    near.pipe(far).pipe(near);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const cut = () => {
    for (const socket of [...open]) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    lead: (port) => {
      target = port;
      cut();
    },
    leadNew: (port) => {
      target = port;
    },
    close: async () => {
      server.close();
      cut();
    },
  };
}
