/** Stands where the relay would be, and sees what reaches it. Grants every allocation that has a user name. */
import { createSocket, type RemoteInfo } from "node:dgram";
import { EventEmitter, once } from "node:events";

export type Spy = {
  host: string;
  port: number;
  readonly seen: Buffer[];
  /** Resolves when `count` datagrams have arrived in all. */
  reached(count: number): Promise<void>;
  /** To whoever spoke last; resolves when the kernel has it. */
  send(bytes: Buffer): Promise<void>;
  close(): Promise<void>;
};

const USERNAME = Buffer.from("0006", "hex");

export async function openSpy(): Promise<Spy> {
  const socket = createSocket("udp4");
  const events = new EventEmitter();
  const seen: Buffer[] = [];
  let last: RemoteInfo | undefined;
  socket.on("message", (message, from) => {
    last = from;
    seen.push(message);
    const isAllocate = message.length >= 20 && message.readUInt16BE(0) === 0x0003;
    if (isAllocate && message.includes(USERNAME)) {
      const granted = Buffer.concat([Buffer.from("01030000", "hex"), message.subarray(4, 20)]);
      socket.send(granted, from.port, from.address);
    }
    events.emit("seen");
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  return {
    host: "127.0.0.1",
    port,
    seen,
    reached: async (count) => {
      while (seen.length < count) await once(events, "seen");
    },
    send: (bytes) =>
      new Promise((resolve, reject) => {
        if (last === undefined) return reject(new Error("nobody has spoken"));
        socket.send(bytes, last.port, last.address, (error) => (error ? reject(error) : resolve()));
      }),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
