/** The audit's columns, and how a record is put into words. */
import type { ItemOf, List } from "../../../protocol/console.ts";
import { DivisionId, KeyCode, LockId, SessionId, TerminalId } from "../../../protocol/ids.ts";
import { isoMoment } from "../format/moment.ts";
import { ItemLink, Moment } from "../parts/value.tsx";
import { formatRoute } from "../state/route.ts";
import type { Words } from "../words/words.ts";
import type { Column } from "./column.ts";

type Record_ = ItemOf<"audit">;

const isTime = (name: string, value: unknown): value is number =>
  typeof value === "number" && /(At|[uU]ntil|^since)$/.test(name) && value > 1e12;

const factText = (name: string, value: string | number | null, words: Words): string => {
  if (isTime(name, value)) return isoMoment(value);
  if (name === "reason" && typeof value === "string") return words.reason(value);
  if (["faults", "fault", "way", "unsent"].includes(name))
    return String(value)
      .split(" ")
      .map((fault) => words.fault(fault))
      .join("、");
  // of a session there may be several
  if (name === "request") return String(value).replace(/\b([0-9a-f]{8})-[0-9a-f-]{27}\b/g, "$1");
  if (name === "wish") return words.fact(String(value));
  if (name === "askedBy" || name === "approvedBy") return words.actor(String(value));
  if (name === "kind") return words.kind(String(value));
  if (name === "basis") return words.fact(String(value));
  if (name === "role") return words.role(String(value));
  if (name === "what" || name === "action") return words.deed(String(value));
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
  if ((name === "terminal" || name === "successor") && TerminalId.safeParse(value).success)
    return (
      <ItemLink list="terminals" id={text}>
        {text}
      </ItemLink>
    );
  if (name === "session" && SessionId.safeParse(value).success) {
    return (
      <ItemLink list="sessions" id={text}>
        {text.slice(0, 8)}
      </ItemLink>
    );
  }
  if (name === "number" && LockId.safeParse(value).success)
    return (
      <ItemLink list="locks" id={text}>
        {text}
      </ItemLink>
    );
  if (name === "login" || name === "person") return <Found list="people" q={loginOf(text)} />;
  if (["division", "below", "before"].includes(name) && DivisionId.safeParse(value).success) {
    return (
      <ItemLink list="divisions" id={text}>
        {words.list("divisions")}
      </ItemLink>
    );
  }
  if (KeyCode.safeParse(value).success) return <Found list="devices" q={text} />;
  return <span>{name === "signIn" ? text.slice(0, 8) : text}</span>;
}

/** Who is known by a name and no id is found by it. */
const Found = ({ list, q }: { list: List; q: string }) => <a href={formatRoute({ place: list, q })}>{q}</a>;

/** Without its organisation's code. */
const loginOf = (who: string): string => who.replace(/^.*\//, "");

/** Who did it. A login may have its organisation's code before it. */
export function Actor({ actor, words }: { actor: string; words: Words }) {
  const [kind, name = ""] = actor.split(/:(.*)/, 2);
  if (kind === "person") return <Found list="people" q={loginOf(name)} />;
  if (kind === "terminal")
    return (
      <ItemLink list="terminals" id={name}>
        {name}
      </ItemLink>
    );
  return <span>{words.actor(actor)}</span>;
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
  {
    key: "actor",
    rem: 10,
    text: ({ actor }, words) => words.actor(actor),
    cell: ({ actor }, words) => <Actor actor={actor} words={words} />,
  },
  { key: "organisation", rem: 9, text: ({ organisation }) => organisation?.name ?? "" },
  { key: "about", rem: 24, text: aboutText, cell: (record, words) => <About record={record} words={words} /> },
];
