/** Between a rule and what somebody types for it. Pure. */
import { type DayHours, type Place, Place as PlaceSchema, type WeekHours } from "../../../protocol/policy.ts";

/** One day as its row of the week has it; times as a field for time has them. */
export interface TypedDay {
  readonly isOpen: boolean;
  readonly from: string;
  readonly to: string;
}

const MIDNIGHT = 1_440;
const USUAL: TypedDay = { isOpen: false, from: "08:30", to: "17:15" };
const two = (n: number): string => String(n).padStart(2, "0");
const timeOf = (minutes: number): string => `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;

/** Of a week that nobody has decided yet: the usual hours of an office from Monday to Friday. */
export function typedWeek(week: WeekHours | undefined): TypedDay[] {
  if (!week) return Array.from({ length: 7 }, (_, day) => ({ ...USUAL, isOpen: day < 5 }));
  return week.map((day) => (day ? { isOpen: true, from: timeOf(day.from), to: timeOf(day.to) } : USUAL));
}

/** The index of a day that is wrong, or the week. `00:00` is the end of a day where something ends. */
export function weekOf(typed: readonly TypedDay[]): WeekHours | { readonly wrong: number } {
  const week: (DayHours | null)[] = [];
  for (const [index, { isOpen, from: begin, to: end }] of typed.entries()) {
    const [from, to] = [minutesOf(begin), minutesOf(end) || MIDNIGHT];
    if (!isOpen) week.push(null);
    else if (begin === "" || end === "" || from >= to) return { wrong: index };
    else week.push({ from, to });
  }
  return week;
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

export interface TypedPlace {
  /** Which of the rows it is, while rows come and go. */
  readonly key: number;
  readonly name: string;
  /** As they stand in their box: one a line. */
  readonly networks: string;
}

/** Full-width letters and marks are what a Japanese keyboard gives; ideographic commas too. */
const networksOf = (text: string): string[] =>
  text
    .normalize("NFKC")
    .split(/[\s,、]+/)
    .filter(Boolean);

/** The index of one that is wrong, the name that is there twice, or all of them. */
export function placesOf(
  typed: readonly TypedPlace[],
): Place[] | { readonly wrong: number } | { readonly twice: string } {
  const places: Place[] = [];
  for (const [index, { name, networks }] of typed.entries()) {
    const place = PlaceSchema.safeParse({ name: name.normalize("NFKC"), networks: networksOf(networks) });
    if (!place.success) return { wrong: index };
    if (places.some((one) => one.name === place.data.name)) return { twice: place.data.name };
    places.push(place.data);
  }
  return places;
}
