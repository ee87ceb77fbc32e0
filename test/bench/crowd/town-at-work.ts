/** A town while everybody works: as many office PCs connected as there are, and a live session for each person. */
import { setTimeout as pause } from "node:timers/promises";
import { Passwords } from "../../../signaling/auth/password.ts";
import { operatorAs } from "../../../signaling/auth/principal.ts";
import type { Desk } from "../../../signaling/organisations/desk.ts";
import { openStore } from "../../../signaling/store/open.ts";
import { Sealer } from "../../../signaling/store/sealer.ts";
import { OfficePcs } from "./office-pcs.ts";
import { type Arrival, arrive } from "./person-at-nine.ts";
import { fill, type Rows } from "./rows.ts";
import { type Crowd, openServer, type Server } from "./server.ts";

const SPREAD_MS = 60_000;
const SET_UP_MS = 1_000;
const CONNECT_LIMIT_MS = 180_000;
/** What still goes on after the last has come, or after what is measured. */
export const SETTLE_MS = 5_000;

export interface Town {
  readonly server: Server;
  readonly pcs: OfficePcs;
  readonly arrivals: readonly Arrival[];
  /** Sessions that are live. */
  readonly live: number;
}

/** Each person has a line of their own. */
const address = (i: number): string => `127.1.${1 + Math.floor(i / 200)}.${1 + (i % 200)}`;

/** `more`: rows besides, before the server starts. */
export async function townAtWork<T>(
  folder: string,
  crowd: Crowd,
  say: (what: string) => void,
  measure: (town: Town) => Promise<T>,
  more: (server: Server, rows: Rows) => Promise<void> = async () => {},
): Promise<T> {
  const server = await openServer(folder, crowd);
  let pcs: OfficePcs | undefined;
  let arrivals: Arrival[] = [];
  try {
    say("rows");
    const rows = await fill(server, crowd);
    await more(server, rows);
    await server.start();
    pcs = await OfficePcs.open(server, rows, { setUpMs: SET_UP_MS });
    say(`${crowd.agents} office PCs connect`);
    await pcs.start(CONNECT_LIMIT_MS);
    say(`${crowd.people} people arrive within ${SPREAD_MS / 1000} s`);
    arrivals = await Promise.all(
      rows.people.map(async (person, i) => {
        await pause((i / crowd.people) * SPREAD_MS);
        return arrive(server, person, address(i));
      }),
    );
    await pause(SET_UP_MS + SETTLE_MS);
    const { live } = await pcs.count();
    return await measure({ server, pcs, arrivals, live });
  } finally {
    for (const { leave } of arrivals) leave();
    await pcs?.close();
    await server.close();
  }
}

/** An act of an administrator, by another process's hand, as the command line does it. */
export async function actAtDesk(
  { stateDir, storeKey }: Pick<Server, "stateDir" | "storeKey">,
  act: (desk: Desk) => Promise<unknown>,
): Promise<void> {
  const store = await openStore({ stateDir });
  try {
    const principal = operatorAs("administrator:bench");
    await act({ store, sealer: new Sealer(storeKey), passwords: new Passwords(), now: Date.now, principal });
  } finally {
    await store.close();
  }
}
