/**
 * How the helper finds the network process: a file with the name of this start's pipe and this start's secret, in a folder
 * that only the two (and administrators) may read. The name cannot be guessed, so nobody can serve it before us; the secret
 * tells the helper from whoever came before the pipe's own access list was set.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { agentFolder } from "../../settings/paths.ts";
import { writePrivate } from "../../trust/files.ts";

export const SECRET_CHARS = 64;

export interface Rendezvous {
  readonly pipe: string;
  /** Hexadecimal, SECRET_CHARS long: the first thing that the helper says. */
  readonly secret: string;
}

const fileIn = (stateDir: string) => join(agentFolder(stateDir), "helper.secret");
/** Where pipes of this PC are: a path with another PC's name would make the system knock there, with this PC's account. */
const PIPES = "\\\\.\\pipe\\";
const NAME = /^engawa-desktop-[0-9a-f]{32}$/;

/** `folder`: where pipes are; Unix sockets stand in for them outside Windows. */
export function newRendezvous(folder = PIPES): Rendezvous {
  const pipe = `${folder}engawa-desktop-${randomBytes(16).toString("hex")}`;
  return { pipe, secret: randomBytes(SECRET_CHARS / 2).toString("hex") };
}

export function publishRendezvous(stateDir: string, { pipe, secret }: Rendezvous): Promise<void> {
  return writePrivate(fileIn(stateDir), `${pipe}\n${secret}\n`);
}

/** Rejects when there is none, or it is none of ours: the network process writes it, and the helper has more rights than that. */
export async function readRendezvous(stateDir: string, folder = PIPES): Promise<Rendezvous> {
  const [pipe = "", secret = ""] = (await readFile(fileIn(stateDir), "utf8")).split("\n");
  const isOurs = pipe.startsWith(folder) && NAME.test(pipe.slice(folder.length));
  if (!isOurs || !/^[0-9a-f]{64}$/.test(secret)) throw new Error(`${fileIn(stateDir)} is damaged`);
  return { pipe, secret };
}
