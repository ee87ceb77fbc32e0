/** The audit's columns, and how a record is put into words. */
import type { ItemOf } from "../../../protocol/console.ts";
import { SessionId, TerminalId } from "../../../protocol/ids.ts";
import { isoMoment } from "../format/moment.ts";
import { ItemLink, Moment } from "../parts/value.tsx";
import type { Words } from "../words/words.ts";
import type { Column } from "./column.ts";

type Record_ = ItemOf<"audit">;

export const actorText = (actor: string, words: Words): string => {
  const [kind = "", name] = actor.split(/:(.*)/, 2);
  if (kind === "server" || kind === "unknown") return words.fact(kind);
  if (kind === "administrator") return `${words.fact(kind)} ${name ?? ""}`;
  return name ?? actor;
};

const isTime = (name: string, value: unknown): value is number =>
  typeof value === "number" && /(At|until)$/.test(name) && value > 1e12;

const factText = (name: string, value: string | number | null, words: Words): string => {
  if (isTime(name, value)) return isoMoment(value);
  if (name === "reason" && typeof value === "string") return words.reason(value);
  return String(value);
};

const facts = ({ about }: Record_): (readonly [string, string | number])[] =>
  Object.entries(about).flatMap(([name, value]) => (value === null || value === "" ? [] : [[name, value] as const]));

export const aboutText = (record: Record_, words: Words): string =>
  facts(record)
    .map(([name, value]) => `${words.fact(name)}：${factText(name, value, words)}`)
    .join(" / ");

/** PCs and sessions are named by their IDs: each is a way to it. */
export const About = ({ record, words }: { record: Record_; words: Words }) => (
  <span class="about">
    {facts(record).map(([name, value]) => (
      <span key={name} class="about-fact">
        <span class="era">{words.fact(name)}</span> <Value name={name} value={value} words={words} />
      </span>
    ))}
  </span>
);

function Value({ name, value, words }: { name: string; value: string | number; words: Words }) {
  const text = factText(name, value, words);
  const list = name === "terminal" && TerminalId.safeParse(value).success ? "terminals" : undefined;
  const session = name === "session" && SessionId.safeParse(value).success ? "sessions" : undefined;
  const to = list ?? session;
  return to ? (
    <ItemLink list={to} id={text}>
      {to === "sessions" ? text.slice(0, 8) : text}
    </ItemLink>
  ) : (
    <span>{text}</span>
  );
}

export const auditColumns: readonly Column<Record_>[] = [
  {
    key: "at",
    rem: 10,
    text: ({ at }) => isoMoment(at),
    cell: ({ id, at }) => (
      <ItemLink list="audit" id={id}>
        <Moment at={at} />
      </ItemLink>
    ),
  },
  { key: "number", sort: "id", rem: 5, isExtra: true, text: ({ id }) => id },
  { key: "event", rem: 12, text: ({ event }, words) => words.event(event) },
  { key: "actor", rem: 10, text: ({ actor }, words) => actorText(actor, words) },
  { key: "organisation", rem: 9, text: ({ organisation }) => organisation?.name ?? "" },
  { key: "about", rem: 24, text: aboutText, cell: (record, words) => <About record={record} words={words} /> },
];
