/** The figures for a reader; those of the picture are in picture-words.ts. */
import { cpus, release, totalmem } from "node:os";
import type { AttackResult } from "./attack.ts";
import type { AuditResult } from "./audit.ts";
import type { ConsoleResult } from "./console.ts";
import { type PerProcess, PROCESSES, sumOf } from "./crowd/server.ts";
import type { DayResult } from "./day.ts";
import type { DayEndResult } from "./day-end.ts";
import type { EnrolResult } from "./enrol.ts";
import type { EventResult } from "./event.ts";
import type { FleetResult } from "./fleet.ts";
import type { IdleResult, IdleSpan } from "./idle.ts";
import type { ImportResult } from "./import.ts";
import type { JoinResult } from "./join.ts";
import type { LatencyResult } from "./latency.ts";
import type { ListsResult } from "./lists.ts";
import type { LockResult } from "./lock.ts";
import type { LossDurations, LossResult } from "./loss.ts";
import type { MoveResult } from "./move.ts";
import type { NineResult } from "./nine.ts";
import type { PolicyResult } from "./policy.ts";
import { EDGE_PARTS } from "./sampler.ts";
import { type Durations, round } from "./stats.ts";
import type { StoreResult } from "./store.ts";
import { type Row, table } from "./table.ts";

/** What the figures belong to. */
export function machineWords(): string {
  const [first] = cpus();
  const gigabytes = Math.round(totalmem() / 1e9);
  return `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${first?.model.trim()}, ${gigabytes} GB, Linux ${release()}`;
}

export function latencyWords(result: LatencyResult): string {
  return table([
    ["key → pixel", "p50 ms", "p95 ms", "min", "max", "n", "lost"],
    ["all the way", result.p50Ms, result.p95Ms, result.minMs, result.maxMs, result.n, result.lost],
    ["the method alone", result.floorP50Ms, result.floorP95Ms, "", "", "", ""],
    ["  until its last packet", result.receivedP50Ms ?? "–", "", "", "", "", ""],
    ["office → home meanwhile", `${result.kbps} kbit/s`, "", "", "", "", ""],
    ["the whole machine", `${result.machineCpuPct} % of a core`, "", "", "", "", ""],
  ]);
}

export function joinWords(result: JoinResult): string {
  const row = (name: string, { p50Ms, p95Ms, minMs, maxMs, n, lost }: JoinResult["emptyScreen"]): Row => [
    ...[name, p50Ms, p95Ms, minMs, maxMs, n, lost],
  ];
  return table([
    ["click → first picture", "p50 ms", "p95 ms", "min", "max", "n", "lost"],
    row("a document on the screen", result),
    row("an empty screen", result.emptyScreen),
  ]);
}

export function lossWords({ up, down, backKbps }: LossResult): string {
  const row = (name: string, { p50Ms, p95Ms, p99Ms, maxMs, n, lost }: LossDurations): Row => [
    ...[name, p50Ms, p95Ms, p99Ms, maxMs, n, lost],
  ];
  return table([
    ["page → a window at the office", "p50 ms", "p95 ms", "p99 ms", "max", "n", "lost"],
    row("key let go", up),
    row("key pressed", down),
    ["viewer → agent meanwhile", `${backKbps} kbit/s`, "", "", "", "", ""],
  ]);
}

export function idleWords({ connected, waiting, interruptions }: IdleResult): string {
  const row = (name: string, of: (span: IdleSpan) => string | number): Row => [name, of(connected), of(waiting)];
  return table([
    ["idle", "in a session", "no session"],
    row("seconds", (span) => span.seconds),
    ["interruptions", interruptions, ""],
    row("agent, both processes: % of a core", (span) => span.agentCpuPct),
    row("  PSS MB", (span) => span.agentMemoryMB.pss),
    row("  RSS MB", (span) => span.agentMemoryMB.rss),
    row("signaling: % of a core", (span) => span.signalingCpuPct),
    row("  PSS MB", (span) => span.signalingMemoryMB.pss),
    row("  RSS MB", (span) => span.signalingMemoryMB.rss),
    ...EDGE_PARTS.flatMap((part) => [
      row(`${part}: % of a core`, (span) => span.edges[part].cpuPct),
      row("  PSS MB", (span) => span.edges[part].memoryMB.pss),
      row("  RSS MB", (span) => span.edges[part].memoryMB.rss),
    ]),
    row("agent → viewer kbit/s", (span) => span.kbps),
    row("viewer → agent kbit/s", (span) => span.backKbps),
  ]);
}

export function dayWords({ hours, standings, agentGrowthMB, pageGrowthMB }: DayResult): string {
  const row = (
    name: string | number,
    agent: DayResult["agentGrowthMB"],
    page: string | number,
    nodes: string | number,
  ) => [name, agent.rss, agent.pss, page, nodes] as const;
  return table([
    ["after hour", "agent RSS MB", "PSS MB", "page heap MB", "nodes"],
    ...standings.map(({ agent, pageHeapMB, pageNodes }, hour) => row(hour, agent, pageHeapMB, pageNodes)),
    row(`growth over ${hours} h`, agentGrowthMB, pageGrowthMB, ""),
  ]);
}

export function attackWords(result: AttackResult): string {
  const row = (name: string, { p50Ms, p95Ms, minMs, maxMs, n, lost }: Durations): Row => [
    ...[name, p50Ms, p95Ms, minMs, maxMs, n, lost],
  ];
  return [
    table([
      ["key → pixel", "p50 ms", "p95 ms", "min", "max", "n", "lost"],
      row("in peace", result.before),
      row("under attack", result.during),
    ]),
    table([
      ["times the session was lost", result.sessionsLost, ""],
      ["p95 under attack ÷ in peace", result.p95Ratio, ""],
      ["datagrams of the strangers", result.datagrams, `in ${result.seconds} s`],
    ]),
  ].join("\n\n");
}

export function fleetWords(result: FleetResult): string {
  const { back, longestTurn: turn } = result;
  return table([
    [`${result.agents} office PCs from one address`, "", ""],
    ["connected", result.connected, ""],
    ["memory with them", result.memoryMB, `MB (${eachOf(result.memoryMBEach)})`],
    ["SIGKILL → ready again", result.readySeconds, "s"],
    ...Object.entries(back).map(([share, seconds]): Row => [`SIGKILL → ${share} back`, seconds ?? "never", "s"]),
    ["processor for their return", result.serverCpuSeconds, `s (${eachOf(result.cpuSecondsEach)})`],
    [
      "longest turn of signaling's event loop",
      turn.wallMs,
      `ms (${turn.cpuMs} ms of processor, garbage ${turn.gcMs} ms)`,
    ],
    ["attempts in vain", result.failed, JSON.stringify(result.problems)],
    ["cores in use on the whole machine", result.coresBusy, ""],
  ]);
}

export function listsWords({ agents, one, table: all, json }: ListsResult): string {
  return table([
    [`terminal list, ${agents} office PCs`, "", ""],
    ["one row", one.seconds, `s, ${one.peakMB} MB at most`],
    ["all as a table", all.seconds, `s, ${all.peakMB} MB`],
    ["all as JSON", json.seconds, `s, ${json.peakMB} MB`],
  ]);
}

export function importWords({ kind, people, lines, ...costs }: ImportResult): string {
  return table([
    [`${lines} ${kind} from a file, ${people} people and office PCs in the store`, "", ""],
    ["each line's fate", costs.look.seconds, `s, longest turn ${costs.look.turnMs} ms`],
    ["doing it", costs.apply.seconds, `s, longest turn ${costs.apply.turnMs} ms`],
    ["undoing it", costs.undo.seconds, `s, longest turn ${costs.undo.turnMs} ms`],
  ]);
}

export function storeWords({ people, perSecond, engines }: StoreResult): string {
  return table([
    [`${people} sign-ins, ${perSecond} a second`, "", ""],
    ...Object.entries(engines).flatMap(
      ([name, { signedIn, signIn, serverCpuSeconds, databaseCpuSeconds, cpuMsEach }]) => [
        [`${name}: signed in`, signedIn, ""],
        ["  time", signIn.p50Ms, `ms (p95 ${signIn.p95Ms}, at most ${signIn.maxMs})`],
        ["  processor time", serverCpuSeconds, `s of the server, ${databaseCpuSeconds} s of the database`],
        [
          "  of each",
          cpuMsEach.signaling,
          `ms of signaling, ${cpuMsEach.outside} of the edge, ${cpuMsEach.database} of the database, ${cpuMsEach.people} of the person`,
        ],
      ],
    ),
  ]);
}

export function auditWords({ records, append, verify, found, peakMB }: AuditResult): string {
  const cost = (name: string, { seconds, cpuSeconds }: AuditResult["verify"], more = "") => [
    ...[name, seconds, `s (${cpuSeconds} s of processor${more})`],
  ];
  return table([
    [`the record of what happened, ${records} records`, "", ""],
    cost("adding them", append, `, ${append.microsecondsEach} µs each`),
    cost("recomputing all", verify),
    cost("finding one that was changed at the end", found),
    ["memory at most", peakMB, "MB"],
  ]);
}

export function moveWords(result: MoveResult): string {
  const cost = (name: string, { seconds, cpuSeconds, peakMB }: MoveResult["move"]) => [
    ...[name, seconds, `s (${cpuSeconds} s of processor besides PostgreSQL's, ${peakMB} MB at most)`],
  ];
  return table([
    [`${result.agents} office PCs and people, ${result.records} records, ${result.fileMB} MB`, "", ""],
    cost("SQLite to PostgreSQL, counted and verified", result.move),
    cost("backup of PostgreSQL", result.backup),
    cost("restored into PostgreSQL", result.restore),
    cost("backup of SQLite", result.fileBackup),
  ]);
}

export function enrolWords(result: EnrolResult): string {
  const { answer, longestTurn: turn } = result;
  return table([
    [`enrolment, ${result.connected} office PCs connected`, "", ""],
    ["enrolled", result.enrolled, JSON.stringify(result.problems)],
    ["a second", result.perSecond, ""],
    ["until the answer", answer.p50Ms, `ms (p95 ${answer.p95Ms}, max ${answer.maxMs})`],
    ["processor for each", round(sumOf(result.cpuMsEach), 2), `ms (${eachOf(result.cpuMsEach)})`],
    [
      "longest turn of signaling's event loop",
      turn.wallMs,
      `ms (${turn.cpuMs} ms of processor, garbage ${turn.gcMs} ms)`,
    ],
    ["still connected", result.stayed, ""],
  ]);
}

export function consoleWords({ views, filters, ...result }: ConsoleResult): string {
  const row = (name: string, { p50Ms, p95Ms, maxMs, n }: Durations): Row => [name, p50Ms, p95Ms, maxMs, n];
  return [
    table([
      [
        `the console, ${result.agents} office PCs, ${result.organisations} organisations`,
        "p50 ms",
        "p95 ms",
        "max",
        "n",
      ],
      row("navigation → rows of the office PCs", views.terminals),
      row("  with its files cached", views.terminalsCached),
      row("navigation → Today's figures", views.today),
      row("a page of a list, for who sees all", filters.operator),
      row("  processor time", filters.operatorCpu),
      ...Object.entries(filters.lists).map(([list, times]) => row(`  ${list}`, times)),
      row("for a prefecture", filters.prefecture),
      row("for a town", filters.town),
    ]),
    table([
      ["scripts of the first view", result.scriptKBgz, "kB"],
      ["5,000 people from a file", result.importSeconds, "s"],
      ["a lock on 2,000 sessions", result.lockSeconds ?? "–", "s"],
    ]),
    table([
      ["dearest", "", "p50 ms of processor"],
      ...filters.slowest.map(({ list, query, ms }) => [list, JSON.stringify(query), ms]),
    ]),
  ].join("\n\n");
}

export function nineWords(result: NineResult): string {
  const { people, signIn, offer, rush, held } = result;
  const turn = (name: string, { wallMs, cpuMs, gcMs }: NineResult["rush"]): Row => [
    ...[`longest turn of the event loop, ${name}`, wallMs, `ms (${cpuMs} ms of processor, garbage ${gcMs} ms)`],
  ];
  return table([
    [`${people} people, ${result.agents} office PCs`, "", ""],
    ["signed in", result.signedIn, `p50 ${signIn.p50Ms}, p95 ${signIn.p95Ms}, max ${signIn.maxMs} ms`],
    ["live", result.live, ""],
    ["request → offer", offer.n, `p50 ${offer.p50Ms}, p95 ${offer.p95Ms}, max ${offer.maxMs} ms`],
    ["refusals", Object.values(result.refusals).reduce((sum, n) => sum + n, 0), JSON.stringify(result.refusals)],
    ["processor of the server for it", result.serverCpuSeconds, `s (${eachOf(result.cpuSecondsEach)})`],
    turn("meanwhile", rush),
    turn("with all of them live", held),
    ["processor with all of them live", result.heldCpuSecondsPerMinute, "s a minute"],
    ["memory", result.memoryMB, `MB (${eachOf(result.memoryMBEach)})`],
  ]);
}

export function lockWords({ pages, longest, ...result }: LockResult): string {
  return table([
    [`a lock on ${result.live} live sessions, ${result.agents} office PCs`, "", ""],
    ["act → last page has heard", result.lastPageSeconds ?? "–", `s (p50 ${pages.p50Ms}, p95 ${pages.p95Ms} ms)`],
    ["act → last office PC has heard", result.lastOfficeSeconds ?? "–", "s"],
    ["act → last office PC keeps the lock", result.keptSeconds ?? "–", "s"],
    ["processor of the server for it", result.serverCpuSeconds, "s"],
    ["longest turn of the event loop", longest.wallMs, `ms (${longest.cpuMs} ms of processor)`],
  ]);
}

export function policyWords({ longest, ...result }: PolicyResult): string {
  return table([
    [`a change of policy, ${result.live} live sessions, ${result.agents} office PCs`, "", ""],
    ["act → last office PC has the rules", result.policySeconds ?? "–", "s"],
    ["act → last session is told that they hold", result.sessionSeconds ?? "–", "s"],
    ["processor of the server for it", result.serverCpuSeconds, "s"],
    ["longest turn of the event loop", longest.wallMs, `ms (${longest.cpuMs} ms of processor)`],
  ]);
}

export function dayEndWords({ pages, longest, ...result }: DayEndResult): string {
  return table([
    [`the end of hours for ${result.live} live sessions, ${result.agents} office PCs`, "", ""],
    ["end → last page has heard", result.lastPageSeconds ?? "–", `s (p50 ${pages.p50Ms}, p95 ${pages.p95Ms} ms)`],
    ["end → the last is recorded: ended, covered, locked", result.reportedSeconds ?? "–", "s"],
    ["recorded", `${result.ended}, ${result.covered}, ${result.locked}`, ""],
    ["processor of the server for it", result.serverCpuSeconds, "s"],
    ["longest turn of the event loop", longest.wallMs, `ms (${longest.cpuMs} ms of processor)`],
  ]);
}

export function eventWords({ pages, longest, ...result }: EventResult): string {
  return table([
    [`an event with ${result.ids} IDs in ${result.organisations} organisations, ${result.live} live sessions`, "", ""],
    ["act → all IDs are refused", result.refusedSeconds, "s"],
    ["act → last page has heard", result.lastPageSeconds ?? "–", `s (p50 ${pages.p50Ms}, p95 ${pages.p95Ms} ms)`],
    ["act → last office PC has heard", result.lastOfficeSeconds ?? "–", "s"],
    ["act → on record with every organisation", result.recordedSeconds ?? "–", "s"],
    ["processor of the server for it", result.serverCpuSeconds, "s"],
    ["longest turn of the event loop", longest.wallMs, `ms (${longest.cpuMs} ms of processor)`],
  ]);
}

const eachOf = (figures: PerProcess): string => PROCESSES.map((name) => `${name} ${figures[name]}`).join(", ");
