/**
 * The end of an event while everybody works: 34,000 IDs in 794 organisations, 2,000 of their office PCs connected with a live session
 * each. How long from the act, done by another process as the command line does it, until all IDs are refused, until the last page and
 * the last office PC have heard that their session is over, and until the end is on record with every organisation.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { applyForIds, approveWave } from "../../signaling/organisations/applications.ts";
import type { Desk } from "../../signaling/organisations/desk.ts";
import { declareEvent, endOfDay, setEventEnd } from "../../signaling/organisations/events.ts";
import { newTerminal } from "../../signaling/organisations/terminals.ts";
import type { TerminalId } from "../../signaling/protocol/ids.ts";
import { type AllotmentId, EventId, OrganisationCode, OrganisationId } from "../../signaling/protocol/ids.ts";
import type { OfficePcs } from "./crowd/office-pcs.ts";
import { type Rows, slicesOf } from "./crowd/rows.ts";
import { type Crowd, type LongestTurn, type Server, sumOf, usedSince } from "./crowd/server.ts";
import { actAtDesk, SETTLE_MS, type Town, townAtWork } from "./crowd/town-at-work.ts";
import { type Durations, durations, round } from "./stats.ts";

export interface EventResult extends Crowd {
  readonly live: number;
  readonly ids: number;
  readonly organisations: number;
  readonly refusedSeconds: number;
  /** From the act to the session's end at the page. */
  readonly pages: Durations;
  /** To the last one; null where that did not happen in time. */
  readonly lastPageSeconds: number | null;
  readonly lastOfficeSeconds: number | null;
  readonly recordedSeconds: number | null;
  readonly serverCpuSeconds: number;
  readonly longest: LongestTurn;
}

const IDS = 34_000;
const ORGANISATIONS = 794;
const LIMIT_MS = 60_000;
const LOOK_MS = 50;
const DAY_MS = 86_400_000;
/** There is one. */
const EVENT = EventId.parse(1);

export function endOf34000Ids(folder: string, crowd: Crowd, say: (what: string) => void): Promise<EventResult> {
  return townAtWork(
    folder,
    crowd,
    say,
    (town) => {
      say(`${town.live} sessions are live: the event is ended`);
      return endEvent(crowd, town);
    },
    async (server, rows) => {
      say(`${IDS} IDs in ${ORGANISATIONS} organisations`);
      await actAtDesk(server, (desk) => giveIds(desk, rows));
    },
  );
}

/** As many for each organisation as it uses; the town's office PCs, which connect, are among them. */
async function giveIds(desk: Desk, { organisation: town, terminals }: Rows): Promise<void> {
  const others = Array.from({ length: ORGANISATIONS - 1 }, () => OrganisationId.parse(randomUUID()));
  await desk.store.write(async (q) => {
    for (const [i, id] of others.entries())
      await q.organisations.insert({
        ...{ id, name: `見本町 ${i}`, createdAt: desk.now(), kind: "municipality", parentId: null },
        code: OrganisationCode.parse(`machi-${i}`),
      });
  });
  const lastDay = new Date(desk.now() + 30 * DAY_MS).toLocaleDateString("sv-SE");
  if (endOfDay(lastDay) <= desk.now()) throw new Error("a day that is no day");
  const event = await declareEvent(desk, { name: "緊急事態宣言", basis: "emergency", lastDay });
  const rest = IDS - terminals.length;
  const shareOf = (i: number): number => Math.floor(rest / others.length) + (i < rest % others.length ? 1 : 0);
  const lines = [
    { organisation: town, count: terminals.length },
    ...others.map((organisation, i) => ({ organisation, count: shareOf(i) })),
  ];
  await approveWave(desk, [await applyForIds(desk, { event, because: "bench", lines })]);
  const given = await desk.store.read((q) => q.waves.inForce([town, ...others], desk.now()));
  const allotments = new Map(given.map(({ organisationId, id }) => [organisationId, id]));
  await fillOthers(desk, others, allotments, shareOf);
  const own = allotments.get(town) ?? null;
  for (const some of slicesOf<TerminalId>(terminals))
    await desk.store.write(async (q) => {
      for (const id of some) await q.terminals.setAllotment(id, own);
    });
}

async function fillOthers(
  desk: Desk,
  others: readonly OrganisationId[],
  allotments: ReadonlyMap<OrganisationId, AllotmentId>,
  shareOf: (i: number) => number,
): Promise<void> {
  const at = desk.now();
  const rows = others.flatMap((organisationId, i) =>
    Array.from({ length: shareOf(i) }, (_, n) => {
      const allotmentId = allotments.get(organisationId) ?? null;
      return newTerminal({ organisationId, divisionId: null, name: `庁内PC ${n}`, allotmentId }, at);
    }),
  );
  for (const some of slicesOf(rows)) await desk.store.write((q) => q.terminals.insert(...some));
}

async function endEvent(crowd: Crowd, { server, pcs, arrivals, live }: Town): Promise<EventResult> {
  const [since, cpuBefore, begun] = [Date.now(), server.cpuSeconds(), performance.now()];
  const secondsNow = () => round((performance.now() - begun) / 1000);
  let ended = { given: 0, organisations: 0 };
  await actAtDesk(server, async (desk) => {
    ended = await setEventEnd({ ...desk, reason: "bench" }, { event: EVENT, lastDay: "now" });
  });
  // whoever asks from here on is told so: what counts is the event, and no ID is touched
  const refusedSeconds = secondsNow();
  const [ends, lastOfficeSeconds, recordedSeconds] = await Promise.all([
    Promise.all(arrivals.map(({ ended }) => Promise.race([ended, pause(LIMIT_MS, undefined)]))),
    untilOfficesHeard(pcs, live, secondsNow),
    untilRecorded(server, secondsNow),
  ]);
  const heard = ends.filter((at) => at !== undefined).map((at) => at - begun);
  await pause(SETTLE_MS);
  return {
    ...crowd,
    ...{ live, ids: ended.given, organisations: ended.organisations, refusedSeconds, pages: durations(heard) },
    lastPageSeconds: heard.length < live ? null : round(Math.max(...heard) / 1000),
    ...{ lastOfficeSeconds, recordedSeconds },
    serverCpuSeconds: round(sumOf(usedSince(cpuBefore, server.cpuSeconds()))),
    longest: server.longestTurn(since),
  };
}

async function untilOfficesHeard(pcs: OfficePcs, live: number, secondsNow: () => number): Promise<number | null> {
  for (;;) {
    if ((await pcs.count()).ended >= live) return secondsNow();
    if (secondsNow() * 1000 > LIMIT_MS) return null;
    await pause(LOOK_MS);
  }
}

async function untilRecorded(server: Server, secondsNow: () => number): Promise<number | null> {
  let seconds: number | null = null;
  await actAtDesk(server, async ({ store }) => {
    while (seconds === null && secondsNow() * 1000 < LIMIT_MS) {
      const event = await store.read((q) => q.waves.event(EVENT));
      if (event?.closedAt) seconds = secondsNow();
      await pause(LOOK_MS);
    }
  });
  return seconds;
}
