/** A real HAProxy from the generated configuration. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { handleOf, Part, type PartHandle } from "../../signaling/quickstart/part.ts";
import { type BalancerOptions, haproxyConf } from "../../turn-config/haproxy.ts";

const HAPROXY = "/usr/sbin/haproxy";

/** HAProxy's own opinion. Throws with it where it does not like it. */
export async function checkHaproxy(file: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(HAPROXY, ["-c", "-f", file]);
  return `${stdout}${stderr}`;
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => resolve(socket.destroy().destroyed));
    socket.once("error", () => resolve(false));
  });

export async function startHaproxy(options: Omit<BalancerOptions, "tryOut"> & { folder: string }): Promise<PartHandle> {
  const { folder, ...balancer } = options;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "haproxy.cfg");
  writeFileSync(file, haproxyConf({ maxConnections: 200, ...balancer, tryOut: {} }));
  const part = await Part.start({
    name: "haproxy",
    command: HAPROXY,
    args: ["-db", "-f", file],
    env: { PATH: "/usr/sbin:/usr/bin:/bin" },
    logs: folder,
    keep: false,
    probe: () => isListening(Number(balancer.listen.split(":").at(-1))),
  });
  return handleOf(part);
}
