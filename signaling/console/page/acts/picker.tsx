/** Finds one person or PC among thousands: a few letters, then one of the first that fit. What was chosen stays in sight. */
import { useEffect, useState } from "preact/hooks";
import type { Failure } from "../../../client/account.ts";
import { TextField } from "../parts/field.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import * as api from "../state/api.ts";
import { useDesk } from "../state/desk.ts";
import { useOwnWords } from "../state/own-words.ts";
import { FIELD_WORDS } from "./field-words.ts";

const SHOWN = 8;
const PAUSE_MS = 250;

interface PickerProps {
  readonly list: "people" | "terminals";
  readonly label: string;
  readonly problem: string | undefined;
  readonly value: string;
  readonly onValue: (id: string) => void;
}

export interface Found {
  readonly id: string;
  readonly name: string;
  readonly small: string;
}

export function Picker({ list, label, problem, value, onValue }: PickerProps) {
  const { words } = useDesk();
  const say = useOwnWords(FIELD_WORDS);
  const [q, setQ] = useState("");
  const [chosen, setChosen] = useState<Found>();
  const { found, failure } = useFound(list, q);
  const others = found?.filter(({ id }) => id !== chosen?.id) ?? [];
  const choose = (one: Found): void => {
    setChosen(one);
    onValue(one.id);
  };
  return (
    <fieldset class="picker" data-testid={`pick-${list}`}>
      <legend>{label}</legend>
      <TextField
        id={`pick-${list}-q`}
        label={words.text("search")}
        hint={say("pickerHint")}
        problem={problem}
        value={q}
        onValue={setQ}
        more={{ type: "search", autocomplete: "off", spellcheck: false }}
      />
      {failure && <FailureNotice failure={failure} testId="pick-problem" />}
      {found?.length === 0 && <p class="hint">{say("pickerNone")}</p>}
      {[...(chosen ? [chosen] : []), ...others].map((one) => (
        <label key={one.id} class="pick">
          <input
            type="radio"
            name={`pick-${list}`}
            value={one.id}
            checked={one.id === value}
            onChange={() => choose(one)}
          />
          <span>{one.name}</span> <span class="era mono">{one.small}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Of the first that fit; neither until the first answer. */
export function useFound(
  list: "people" | "terminals",
  q: string,
): { readonly found?: readonly Found[]; readonly failure?: Failure } {
  const answer = useAsked(`${list} ${q}`, () => api.list(list, { q, limit: SHOWN }));
  if (!answer) return {};
  if (!answer.ok) return { failure: answer.failure };
  const { rows } = answer.value;
  return { found: rows.map((row) => ({ id: row.id, name: row.name, small: "login" in row ? row.login : row.id })) };
}

/** What is asked while somebody types: after a pause, and only the last answer counts. Undefined until the first one. */
export function useAsked<T>(key: string, ask: () => Promise<T>): T | undefined {
  const [answer, setAnswer] = useState<T>();
  useEffect(() => {
    let isOver = false;
    const timer = setTimeout(() => void ask().then((value) => isOver || setAnswer(() => value)), PAUSE_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [key]);
  return answer;
}
