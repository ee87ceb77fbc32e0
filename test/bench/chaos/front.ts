/** HAProxy before several nodes, as the product's own configuration has it: one for each side, on one address. */
import { mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type Handle, handleOf, Part } from "../../../signaling/quickstart/part.ts";
import { haproxyConf } from "../../../turn-config/haproxy.ts";
import { ADDRESSES, type Ground } from "./ground.ts";

const HAPROXY = "/usr/sbin/haproxy";

export interface FrontOptions {
  readonly ground: Ground;
  readonly folder: string;
  readonly nodes: number;
  readonly monitoringPort: number;
  readonly sides: Readonly<Record<"outside" | "inside", number>>;
}

export async function openFront(o: FrontOptions): Promise<{ close(): Promise<void> }> {
  const parts: Handle[] = [];
  for (const [side, port] of Object.entries(o.sides))
    parts.push(await o.ground.at("front", () => start(o, side, port)));
  return {
    close: async () => {
      for (const part of parts) await part.close();
    },
  };
}

async function start({ folder, nodes, monitoringPort }: FrontOptions, side: string, port: number): Promise<Handle> {
  const logs = join(folder, "logs", `front-${side}`);
  mkdirSync(logs, { recursive: true });
  const file = join(logs, "haproxy.cfg");
  const behind = Array.from({ length: nodes }, (_, i) => ({
    ...{ name: `node${i}`, host: ADDRESSES.node(i), port, monitoringPort },
  }));
  const listen = `${ADDRESSES.front}:${port}`;
  writeFileSync(file, haproxyConf({ listen, nodes: behind, maxConnections: 4_000, tryOut: {} }));
  const program = { name: `front-${side}`, command: HAPROXY, args: ["-db", "-f", file], logs, keep: false };
  const env = { PATH: "/usr/sbin:/usr/bin:/bin" };
  return handleOf(await Part.start({ ...program, env, probe: () => isListening(ADDRESSES.front, port) }));
}

function isListening(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once("connect", () => resolve(socket.destroy().destroyed));
    socket.once("error", () => resolve(false));
  });
}
