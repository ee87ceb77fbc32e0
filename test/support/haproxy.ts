/** A real HAProxy from the generated configuration. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { handleOf, Part, type PartHandle } from "../../signaling/quickstart/part.ts";
import { type BalancerOptions, haproxyConf } from "../../turn-config/haproxy.ts";
import { until } from "./until.ts";

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

export interface Balancer extends PartHandle {
  /** Whoever is new, or comes again, goes to one of these, as soon as it takes them for well; whoever is there stays. */
  leadNew(...names: string[]): Promise<void>;
  /** The same, and whoever is at another one is cut off. */
  lead(...names: string[]): Promise<void>;
}

export async function startHaproxy(options: Omit<BalancerOptions, "tryOut"> & { folder: string }): Promise<Balancer> {
  const { folder, ...balancer } = options;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "haproxy.cfg");
  const adminSocket = join(folder, "admin.sock");
  writeFileSync(file, haproxyConf({ maxConnections: 200, ...balancer, tryOut: { adminSocket } }));
  const part = await Part.start({
    name: "haproxy",
    command: HAPROXY,
    args: ["-db", "-f", file],
    env: { PATH: "/usr/sbin:/usr/bin:/bin" },
    logs: folder,
    keep: false,
    probe: () => isListening(Number(balancer.listen.split(":").at(-1))),
  });
  return {
    ...handleOf(part),
    ...orders(
      adminSocket,
      balancer.nodes.map(({ name }) => name),
    ),
  };
}

/** What is typed by hand at its socket (turn-config/haproxy.ts). */
function orders(adminSocket: string, all: readonly string[]): Pick<Balancer, "lead" | "leadNew"> {
  const order = (...lines: string[]) => text(connect(adminSocket).end(`${lines.join(";")}\n`));
  const isWell = async (name: string): Promise<boolean> => {
    const rows = (await order("show stat")).split("\n").map((line) => line.split(","));
    const [backend, server, status] = ["# pxname", "svname", "status"].map((column) => rows[0]?.indexOf(column) ?? -1);
    if (backend === undefined || server === undefined || status === undefined) return false;
    return rows.some((row) => row[backend] === "edges" && row[server] === name && row[status] === "UP");
  };
  const leadNew = async (...names: string[]): Promise<void> => {
    await order(...names.map((name) => `set server edges/${name} state ready`));
    for (const name of names) await until(`${name} is well, says HAProxy`, () => isWell(name));
    const others = all.filter((name) => !names.includes(name));
    await order(...others.map((name) => `set server edges/${name} state drain`));
  };
  return {
    leadNew,
    lead: async (...names) => {
      await leadNew(...names);
      const others = all.filter((name) => !names.includes(name));
      await order(...others.map((name) => `shutdown sessions server edges/${name}`));
    },
  };
}
