/** What the demo remembers between two starts, in one folder that git ignores and nobody else may read. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { freePort, isFree } from "./ports.ts";
import { newRelayIp, type Ports, STORES, type StoreKind } from "./product.ts";

const Port = z.int().min(1).max(65_535);
const Person = z.strictObject({ login: z.string(), password: z.string(), otpauth: z.string() });
const State = z.strictObject({
  version: z.literal(1),
  ports: z.strictObject({ local: Port, outside: Port, inside: Port, console: Port.optional(), turn: Port }),
  relayIp: z.ipv4(),
  person: Person.optional(),
  administrator: Person.optional(),
  /** Left out: a file, as it was before there was a choice. */
  store: z.enum(STORES).optional(),
});
export type State = z.infer<typeof State>;

/** Taken when nobody listens there; otherwise what the system gives. */
const WISHED: Ports & { readonly console: number } = {
  local: 8080,
  outside: 8443,
  inside: 8444,
  console: 8445,
  turn: 3478,
};

/** Words for the person at the terminal, not a bug. */
export class StateError extends Error {
  override readonly name = "StateError";
  readonly english: string;
  constructor(japanese: string, english: string) {
    super(japanese);
    this.english = english;
  }
}

/** One start at a time: the folder belongs to whoever's process id stands in it. Returns what gives it back. */
export function lockState(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "pid");
  const other = existsSync(file) ? Number(readFileSync(file, "utf8")) : Number.NaN;
  if (other > 0 && existsSync(`/proc/${other}/cmdline`)) {
    const command = readFileSync(`/proc/${other}/cmdline`, "utf8");
    if (command.includes("quickstart/start.ts")) {
      throw new StateError(`もう動いています（プロセス ${other}）。`, `It is running already (process ${other}).`);
    }
  }
  writeFileSync(file, String(process.pid), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

/** `--fresh`: everything goes, also what other accounts reach, which may be elsewhere. */
export function dropState(folder: string): void {
  for (const name of ["office", "postgres"]) {
    const place = join(folder, name);
    const isLink = lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    if (isLink && existsSync(place)) rmSync(realpathSync(place), { recursive: true, force: true });
  }
  rmSync(folder, { recursive: true, force: true });
}

/** `store`: what was asked for. */
export async function loadState(folder: string, store?: StoreKind | undefined): Promise<State> {
  const file = join(folder, "state.json");
  if (!existsSync(file)) {
    const state: State = { version: 1, ports: await choosePorts(), relayIp: newRelayIp(), ...(store && { store }) };
    saveState(folder, state);
    return state;
  }
  const state = await withConsole(State.parse(JSON.parse(readFileSync(file, "utf8"))), folder);
  if (store !== undefined && store !== (state.store ?? "sqlite"))
    throw new StateError(
      `ここのデータベースは ${state.store ?? "sqlite"} です。--store ${store} にするには、--fresh で最初からやり直すか、--state で別の場所に置いてください。`,
      `The database here is ${state.store ?? "sqlite"}. For --store ${store} begin anew (--fresh) or keep it elsewhere (--state).`,
    );
  // A browser's device key belongs to one origin, port included, and the agent's identity to one address: no silent change.
  const { local, outside, inside, console } = state.ports;
  for (const port of [local, outside, inside, console]) {
    if (port === undefined || (await isFree(port))) continue;
    throw new StateError(
      `ポート ${port} をほかのプログラムが使っています。それを終えるか、npm start -- --fresh で最初からやり直してください。`,
      `Port ${port} is used by another program. End that, or begin anew with: npm start -- --fresh`,
    );
  }
  return state;
}

/** A state of before there was a console. */
async function withConsole(state: State, folder: string): Promise<State> {
  if (state.ports.console !== undefined) return state;
  const complete = { ...state, ports: { ...state.ports, console: await freePort(WISHED.console) } };
  saveState(folder, complete);
  return complete;
}

export function saveState(folder: string, state: State): void {
  const file = join(folder, "state.json");
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export async function choosePorts(wished: Partial<Ports> = WISHED): Promise<Ports> {
  const local = await freePort(wished.local);
  const outside = await freePort(wished.outside);
  const inside = await freePort(wished.inside);
  const console = await freePort(wished.console);
  return { local, outside, inside, console, turn: await freePort(wished.turn) };
}
