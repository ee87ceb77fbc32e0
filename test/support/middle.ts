/** Something on the way, which can forget the connections it has without telling anybody, as a firewall does. New ones work. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Middle {
  readonly port: number;
  /** From now on nothing passes on the connections that are open. */
  swallow(): void;
  close(): Promise<void>;
}

export async function openMiddle(port: number): Promise<Middle> {
  const pairs: [Socket, Socket][] = [];
  const listener = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    pairs.push([near, far]);
    for (const socket of [near, far]) socket.on("error", () => {});
    near.pipe(far).pipe(near);
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    swallow: () => {
      for (const [near, far] of pairs) for (const socket of [near, far]) socket.unpipe().resume();
    },
    close: async () => {
      for (const sockets of pairs) for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
}
