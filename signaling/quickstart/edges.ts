/**
 * The edges as processes of their own: one for each side, so that the one which faces the internet holds nothing of the
 * inside, and one for the browser of this machine. Signaling may go and come behind them; pictures go on.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Side } from "../edge/side.ts";
import { writeTagKeys } from "../edge/tag-key-file.ts";
import { COMPILE_CACHE, NODE, ROOT } from "./build.ts";
import { type Handle, handleOf, Part, type PartEvent, type Program } from "./part.ts";
import type { Pki } from "./pki.ts";
import { freePort, hostPort } from "./ports.ts";

export const EDGES = ["outside", "inside", "local"] as const;
export type EdgeName = (typeof EDGES)[number];
export type Edges = Readonly<Record<EdgeName, Handle>>;

/** Where signaling takes what each edge hands over: ports on loopback. */
export type BehindPorts = Readonly<Record<EdgeName, number>>;

export interface EdgesOptions {
  /** Their keys. */
  readonly folder: string;
  readonly logs: string;
  readonly pki: Pki;
  readonly listen: Readonly<Record<EdgeName, { readonly host: string; readonly port: number }>>;
  readonly behind: BehindPorts;
  readonly turn: { readonly host: string; readonly port: number };
  readonly turnSecretFile: string;
  /** More settings of each. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly onEvent?: (event: PartEvent) => void;
}

/** Plain on loopback; that side's page and names otherwise. */
const SIDE_OF: Readonly<Record<EdgeName, Side>> = { outside: "outside", inside: "inside", local: "outside" };

/** Chosen anew at each start: nobody else knows them. */
export async function behindPorts(): Promise<BehindPorts> {
  return { outside: await freePort(), inside: await freePort(), local: await freePort() };
}

/** `started`: told of each, so that those are closed that are there when another one fails. */
export async function startEdges(options: EdgesOptions, started: (edge: Handle) => void): Promise<Edges> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const start = async (name: EdgeName): Promise<Handle> => {
    const edge = await startEdge(name, options);
    started(edge);
    return edge;
  };
  const starting = { outside: start("outside"), inside: start("inside"), local: start("local") };
  await Promise.allSettled(Object.values(starting));
  return { outside: await starting.outside, inside: await starting.inside, local: await starting.local };
}

const startEdge = async (name: EdgeName, options: EdgesOptions): Promise<Handle> =>
  handleOf(await Part.start(edgeProgram(name, options)));

/** Its key is written, too. */
export function edgeProgram(name: EdgeName, options: EdgesOptions): Program {
  const { folder, logs, pki, turn, turnSecretFile, settings, onEvent } = options;
  const keyFile = join(folder, `${name}.key`);
  writeTagKeys({ secretFile: turnSecretFile, side: SIDE_OF[name], out: keyFile });
  return {
    name: `edge-${name}`,
    command: NODE,
    args: [join(ROOT, "signaling/edge/main.ts")],
    env: {
      PATH: "/usr/bin:/bin",
      ...COMPILE_CACHE,
      NODE_ENV: "production",
      ENGAWA_EDGE_SIDE: SIDE_OF[name],
      ENGAWA_EDGE_LISTEN: hostPort(options.listen[name]),
      ENGAWA_EDGE_WEB: hostPort({ host: "127.0.0.1", port: options.behind[name] }),
      ...(name === "local"
        ? {}
        : {
            ENGAWA_EDGE_TLS_CERT: pki.certFile,
            ENGAWA_EDGE_TLS_KEY: pki.keyFile,
            ENGAWA_EDGE_WEB_CA: pki.caFile,
          }),
      ENGAWA_EDGE_TURN_UDP: hostPort(turn),
      ENGAWA_EDGE_TAG_KEY_FILE: keyFile,
      ...settings,
    },
    cwd: ROOT,
    logs,
    keep: true,
    readyLine: (line) => line.includes('"msg":"edge: listening"'),
    ...(onEvent === undefined ? {} : { onEvent }),
  };
}
