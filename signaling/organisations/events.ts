/**
 * Events that are declared by law, each with a last day: IDs of office PCs that were given for one count until 24:00 of that day. The
 * event is asked each time, so that ending or extending it is one row, however many IDs there are (allotments.ts). What has to
 * be written down at its end is done after it (event-ends.ts).
 */
import type { z } from "zod";
import { ROOT } from "../auth/principal.ts";
import type { EventDeclare, EventEffect, LastDay } from "../protocol/console-waves.ts";
import type { EventId } from "../protocol/ids.ts";
import type { Event } from "../store/queries/waves.ts";
import type { Queries } from "../store/queries.ts";
import { type Asking, type Desk, DeskError, look, perform } from "./desk.ts";

/** By the calendar on the server's wall: 24:00 of this day. `day`: 2027-01-07. */
export function endOfDay(day: string): number {
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  return new Date(year, month - 1, date + 1).getTime();
}

/** `2027-01-31 24:00`: an end at midnight belongs to the day before. */
export function untilText(endsAt: number): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const end = new Date(endsAt);
  const isMidnight = endsAt === new Date(end).setHours(0, 0, 0, 0);
  const day = isMidnight ? new Date(endsAt - 1) : end;
  const clock = isMidnight ? "24:00" : `${two(end.getHours())}:${two(end.getMinutes())}`;
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())} ${clock}`;
}

export function declareEvent(desk: Desk, { name, basis, lastDay }: EventDeclare): Promise<EventId> {
  return perform(desk, "event.declared", async (q, ask, at) => {
    ask.must("event.declare", ROOT);
    const endsAt = endOfDay(lastDay);
    if (endsAt <= at) throw new DeskError("event-ends-before", {});
    const id = await q.waves.declare({ name, basis, endsAt, declaredAt: at, declaredBy: desk.principal.who });
    return { organisation: null, about: { number: id, name, basis, until: endsAt }, result: id };
  });
}

export interface EndWish {
  readonly event: EventId;
  readonly lastDay: z.infer<typeof LastDay>;
}

function endOf(lastDay: EndWish["lastDay"], now: number): number {
  if (lastDay === "now") return now;
  return lastDay === "today" ? new Date(now).setHours(24, 0, 0, 0) : endOfDay(lastDay);
}

/** In numbers, before it is done. Throws as it would. */
export function endEffect(desk: Desk, wish: EndWish): Promise<EventEffect> {
  return look(desk, async (q, ask) => {
    const { endsAt } = await movable(q, ask, wish, desk.now());
    return { ...(await q.waves.under(wish.event)), endsAt };
  });
}

/**
 * Earlier, later, or at once, for all its IDs. One that is over comes back by it with those that were in use: somebody forgot to extend
 * it in time. A running server ends what runs within seconds.
 */
export async function setEventEnd(desk: Desk, wish: EndWish): Promise<EventEffect> {
  if (desk.reason === undefined || desk.reason === "") throw new DeskError("event-end-without-reason", {});
  return perform(desk, "event.end-set", async (q, ask, at) => {
    const { event, endsAt } = await movable(q, ask, wish, at);
    const { given, terminals, organisations, sessions } = await q.waves.under(event.id);
    await q.waves.setEnd(event.id, endsAt);
    const sums = { terminals, organisations, sessions };
    const about = { number: event.id, name: event.name, formerUntil: event.endsAt, until: endsAt, ...sums };
    return { organisation: null, about, result: { given, ...sums, endsAt } };
  });
}

async function movable(
  q: Queries,
  ask: Asking,
  { event: id, lastDay }: EndWish,
  now: number,
): Promise<{ event: Event; endsAt: number }> {
  ask.must("event.end", ROOT);
  const event = await eventNamed(q, id);
  const endsAt = endOf(lastDay, now);
  if (endsAt < now) throw new DeskError("event-ends-before", {});
  const isOver = event.endsAt <= now;
  if (endsAt === event.endsAt || (isOver && endsAt === now)) throw new DeskError("event-ends-then", {});
  return { event, endsAt };
}

export async function eventNamed(q: Queries, id: EventId): Promise<Event> {
  const event = await q.waves.event(id);
  if (!event) throw new DeskError("event-unknown", { event: id });
  return event;
}

/** One for which IDs can be had. */
export async function eventOn(q: Queries, id: EventId, now: number): Promise<Event> {
  const event = await eventNamed(q, id);
  if (event.endsAt <= now) throw new DeskError("event-over", { name: event.name });
  return event;
}
