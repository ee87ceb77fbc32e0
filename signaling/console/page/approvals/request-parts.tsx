/** What a card that waits and a line that was answered say alike. */
import type { Approval } from "../../../protocol/requests.ts";
import { clock, isoDate, isoMoment } from "../format/moment.ts";
import { ItemLink } from "../parts/value.tsx";
import { useOwnWords } from "../state/own-words.ts";
import { APPROVAL_WORDS } from "./approval-words.ts";

export function Person({ one: { person, division } }: { one: Approval }) {
  return (
    <>
      <ItemLink list="people" id={person.id}>
        {person.name}
      </ItemLink>{" "}
      <span class="era">
        {person.login} {division}
      </span>
    </>
  );
}

export function Answers({ one: { answers, askedAt, state } }: { one: Approval }) {
  const say = useOwnWords(APPROVAL_WORDS);
  const no = state === "taken-back" ? "takenBackBy" : "refusedBy";
  return (
    <>
      {answers.map(({ who, name, at, yes, word }) => (
        <p key={`${who} ${yes}`}>
          {say(yes ? "approvedBy" : no, { name, at: timeOf(at, askedAt) })}
          {word !== undefined && `「${word}」`}
        </p>
      ))}
    </>
  );
}

/** Of the day on which it was asked for the time is enough. */
export const timeOf = (at: number, day: number): string => (isoDate(at) === isoDate(day) ? clock(at) : isoMoment(at));
