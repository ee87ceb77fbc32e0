/**
 * websockify in the DMZ: the page's files and its WebSocket by TLS to the home, plain TCP to the office, as the handbooks of noVNC have it.
 * Unlike ours it opens a connection into the office; a firewall there would have to let it in.
 */
import { join } from "node:path";
import { Part } from "../../../signaling/quickstart/part.ts";
import { makePki } from "../../../signaling/quickstart/pki.ts";
import { ADDRESS } from "../network.ts";
import type { Ground } from "../stage.ts";

export const GATEWAY = `https://${ADDRESS.dmzOutside}`;

export interface Gateway {
  readonly caFile: string;
  close(): Promise<void>;
}

export async function startGateway({ network, folder }: Ground, web: string, port: number): Promise<Gateway> {
  const pki = await makePki({ folder: join(folder, "pki"), addresses: [ADDRESS.dmzOutside] });
  const tls = ["--ssl-only", "--cert", pki.certFile, "--key", pki.keyFile];
  const program = network.at("dmz", {
    name: "websockify",
    command: "/usr/bin/websockify",
    args: ["--web", web, ...tls, `${ADDRESS.dmzOutside}:443`, `${ADDRESS.office}:${port}`],
    env: { PATH: "/usr/bin:/bin", LANG: "C.UTF-8", PYTHONUNBUFFERED: "1" },
    logs: folder,
    keep: false,
    readyLine: (line) => line.includes("proxying from"),
  });
  const part = await Part.start(program);
  return { caFile: pki.caFile, close: () => part.close() };
}
