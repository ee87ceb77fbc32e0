/**
 * The process of everybody who is no part of the server: office PCs, people with their pages, administrators. It outlives all that is
 * done to the server. Told by run.ts when the quiet begins; says when all have come to their end.
 */
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Network } from "../../../agent/network/network.ts";
import type { Login, PublicKey, TerminalId } from "../../../signaling/protocol/ids.ts";
import { keyCode, sign } from "../../../signaling/protocol/signed.ts";
import { seeded } from "../../support/random.ts";
import { Administrators, type Subject } from "./administrators.ts";
import { openHistory } from "./history.ts";
import { OfficePc } from "./office-pc.ts";
import { Person } from "./person.ts";
import { Pictures } from "./pictures.ts";

const P256 = { name: "ECDSA", namedCurve: "P-256" };
/** They begin one after another: so many a second. */
const ARRIVE_MS = 8;
const END_LOOK_MS = 250;
const END_LOOKS = 48;

export interface Job {
  readonly seed: number;
  readonly history: string;
  readonly origin: string;
  readonly inside: string;
  readonly ca: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly organisation: string;
  readonly terminals: readonly TerminalId[];
  readonly pcKey: JsonWebKey;
  readonly pcPublicKey: PublicKey;
  readonly people: ReadonlyArray<{
    readonly login: Login;
    readonly seed: string;
    readonly key: JsonWebKey;
    readonly publicKey: PublicKey;
    readonly terminals: readonly TerminalId[];
    readonly address: string | undefined;
  }>;
  readonly work: { readonly least: number; readonly most: number };
  readonly actEveryMs: number;
}

export type WorkloadOrder = { readonly kind: "quiet" };
export type WorkloadAnswer = { readonly kind: "ready" } | { readonly kind: "over" };

const say = (answer: WorkloadAnswer): void => void process.send?.(answer);

async function main(job: Job): Promise<void> {
  const history = openHistory(job.history);
  const quiet = new AbortController();
  const pictures = new Pictures();
  let ops = 0;
  const nextOp = () => {
    ops += 1;
    return ops;
  };
  const pcs = await openPcs(job, history, pictures);
  const people = await openPeople(job, { history, pictures, nextOp, quiet: quiet.signal });
  const sitters = () => {
    const sitting = people.flatMap((person, i) => {
      const [terminal] = job.people[i]?.terminals ?? [];
      const pc = pcs.find((one) => one.terminal === terminal);
      const session = pc?.sessionOf(person.login);
      if (!terminal || session === undefined || person.device === undefined) return [];
      return [{ login: person.login, device: person.device, terminal, session } satisfies Subject];
    });
    return sitting[chosen.below(Math.max(1, sitting.length))];
  };
  const chosen = seeded(job.seed * 31 + 7);
  const administrators = new Administrators({
    ...{ environment: job.environment, inside: job.inside, ca: job.ca, history, nextOp, quiet: quiet.signal },
    ...{ below: seeded(job.seed * 17 + 3).below, choose: sitters, everyMs: job.actEveryMs },
  });
  process.on("message", (order: WorkloadOrder) => {
    if (order.kind === "quiet") quiet.abort();
  });
  for (const pc of pcs) {
    pc.start();
    await pause(ARRIVE_MS);
  }
  say({ kind: "ready" });
  const lives = people.map(async (person, i) => {
    await pause(i * ARRIVE_MS);
    await person.live();
  });
  await Promise.all([...lives, administrators.live()]);
  const left = () => pcs.flatMap((pc) => pc.sessionIds());
  // an end that went out over a line which was cut comes when TCP tries again
  for (let looks = 0; looks < END_LOOKS && left().length > 0; looks += 1) await pause(END_LOOK_MS);
  // whose person has gone without its being heard: as anything that hangs
  for (const session of left()) await administrators.end(session);
  history.add({ kind: "mark", what: "over" });
  say({ kind: "over" });
}

async function openPcs(job: Job, history: ReturnType<typeof openHistory>, pictures: Pictures): Promise<OfficePc[]> {
  const network = await Network.open({ proxy: { kind: "direct" }, caFile: undefined });
  const privateKey = await crypto.subtle.importKey("jwk", job.pcKey, P256, false, ["sign"]);
  const signature = await sign(privateKey, "any");
  const about = { name: "PC", organisation: job.organisation, url: job.inside, ca: job.ca };
  return job.terminals.map((terminal, i) => {
    const identity = { ...about, terminal, publicKey: job.pcPublicKey, privateKey };
    const { below } = seeded(job.seed * 7_919 + i);
    return new OfficePc({ identity, network, history, pictures, signature, below });
  });
}

async function openPeople(
  job: Job,
  shared: {
    readonly history: ReturnType<typeof openHistory>;
    readonly pictures: Pictures;
    readonly nextOp: () => number;
    readonly quiet: AbortSignal;
  },
): Promise<Person[]> {
  const people: Person[] = [];
  for (const [i, { login, seed, key, publicKey, terminals, address }] of job.people.entries()) {
    const privateKey = await crypto.subtle.importKey("jwk", key, P256, false, ["sign"]);
    const row = { login, seed: Buffer.from(seed, "base64"), privateKey, publicKey };
    const { below } = seeded(job.seed * 104_729 + i);
    const { origin, ca, work } = job;
    const person = new Person({ ...shared, row, terminals, origin, ca, address, below, work });
    person.device = await keyCode(publicKey);
    people.push(person);
  }
  return people;
}

process.on("disconnect", () => process.exit(0));
await main(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Job);
