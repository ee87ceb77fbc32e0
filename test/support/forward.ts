/** A program: passes TCP connections to this address on to the same port on loopback. `node forward.ts ADDRESS PORT` */
import { connect, createServer } from "node:net";

const [address, port] = process.argv.slice(2);
const server = createServer((near) => {
  const far = connect(Number(port), "127.0.0.1");
  for (const socket of [near, far]) socket.on("error", () => [near, far].map((each) => each.destroy()));
  near.pipe(far).pipe(near);
});
server.listen(Number(port), address, () => console.log("ready"));
