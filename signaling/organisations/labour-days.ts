/** What somebody worked outside of regular hours, day by day, beside what they had asked for. By the clock of this server. Pure. */
import type { LabourDay, LabourMark } from "../protocol/labour.ts";
import type { RequestRow } from "../store/rows/requests.ts";
import type { SessionRow } from "../store/rows/tables.ts";
import { approvedUntil } from "./request-state.ts";

export type Worked = Pick<SessionRow, "liveAt" | "endedAt"> & { readonly regularUntil: number | null };
export type Asked = Pick<RequestRow, "since" | "until" | "state" | "purpose" | "decidedAt">;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** A session ends some seconds after its hours: nobody worked longer for that. */
const GRACE_MS = 60_000;

export function labourDays(sessions: readonly Worked[], requests: readonly Asked[], now: number): LabourDay[] {
  const worked = Map.groupBy(joined(sessions.flatMap((session) => outside(session, now))), ({ from }) => dayOf(from));
  const asked = Map.groupBy(requests, ({ since }) => dayOf(since));
  const days = [...new Set([...worked.keys(), ...asked.keys()])].sort();
  return days.flatMap((day) => {
    const found = dayFrom(day, worked.get(day) ?? [], asked.get(day) ?? [], now);
    return found.workedMs === 0 && found.requestedUntil === undefined ? [] : [found];
  });
}

function dayFrom(day: string, spans: readonly Span[], requests: readonly Asked[], now: number): LabourDay {
  const approved = requests.flatMap((request) => approvedOf(request));
  const allowed = joined(approved);
  const workedMs = graced(length(spans));
  const unapprovedMs = workedMs === 0 ? 0 : graced(length(spans) - length(common(spans, allowed)));
  const allowedUntil = lastOf(approved.map(({ to }) => to));
  const requestedUntil = lastOf(requests.map(({ until }) => until));
  const workedUntil = workedMs === 0 ? undefined : lastOf(spans.map(({ to }) => to));
  const isOver = allowedUntil === undefined || allowedUntil <= now;
  const mark = markOf({ isApproved: approved.length > 0, isOver, workedMs, unapprovedMs });
  return {
    day,
    purposes: requests.map(({ purpose }) => purpose),
    ...(requestedUntil !== undefined && { requestedUntil }),
    ...(allowedUntil !== undefined && { approvedUntil: allowedUntil }),
    approvedMs: length(allowed),
    ...(workedUntil !== undefined && { workedUntil }),
    workedMs,
    unapprovedMs,
    ...(mark && { mark }),
  };
}

interface Sum {
  readonly isApproved: boolean;
  readonly isOver: boolean;
  readonly workedMs: number;
  readonly unapprovedMs: number;
}

function markOf({ isApproved, isOver, workedMs, unapprovedMs }: Sum): LabourMark | undefined {
  if (!isApproved) return workedMs > 0 ? "unapproved" : undefined;
  if (unapprovedMs > 0) return "over";
  if (workedMs > 0) return "as-approved";
  return isOver ? "unused" : undefined;
}

/** Until it was taken back or given up it was approved: who worked then did so by it. */
function approvedOf(request: Asked): Span[] {
  const span = { from: request.since, to: approvedUntil(request) ?? request.since };
  return span.from < span.to ? [span] : [];
}

/** What of a session lies behind the end of its regular hours. */
function outside({ liveAt, endedAt, regularUntil }: Worked, now: number): Span[] {
  if (liveAt === null || regularUntil === null) return [];
  const span = { from: Math.max(liveAt, regularUntil), to: endedAt ?? now };
  return span.from < span.to ? [span] : [];
}

/** Two PCs at once are no more time than one. */
function joined(spans: readonly Span[]): Span[] {
  const all: Span[] = [];
  for (const { from, to } of spans.toSorted((one, other) => one.from - other.from)) {
    const last = all.at(-1);
    if (last && from <= last.to) all[all.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    else all.push({ from, to });
  }
  return all;
}

const common = (spans: readonly Span[], others: readonly Span[]): Span[] =>
  spans.flatMap((one) =>
    others.flatMap((other) => {
      const span = { from: Math.max(one.from, other.from), to: Math.min(one.to, other.to) };
      return span.from < span.to ? [span] : [];
    }),
  );

const length = (spans: readonly Span[]): number => spans.reduce((sum, { from, to }) => sum + to - from, 0);
const graced = (ms: number): number => (ms < GRACE_MS ? 0 : ms);
const lastOf = (times: readonly number[]): number | undefined => (times.length === 0 ? undefined : Math.max(...times));

function dayOf(at: number): string {
  const date = new Date(at);
  const two = (count: number) => String(count).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `2026-11` */
export function monthFrom(month: string): Span {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return { from: new Date(year, number - 1, 1).getTime(), to: new Date(year, number, 1).getTime() };
}

export const monthOf = (at: number): string => dayOf(at).slice(0, 7);
