/** Finds one person or PC among thousands: a few letters, then one of the first that fit. */
import { useEffect, useState } from "preact/hooks";
import { TextField } from "../parts/field.tsx";
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
  const found = useFound(list, q);
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
      {found?.length === 0 && <p class="hint">{say("pickerNone")}</p>}
      {found?.map(({ id, name, small }) => (
        <label key={id} class="pick">
          <input type="radio" name={`pick-${list}`} value={id} checked={id === value} onChange={() => onValue(id)} />
          <span>{name}</span> <span class="era mono">{small}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Undefined until the first answer. */
export const useFound = (list: "people" | "terminals", q: string): readonly Found[] | undefined =>
  useAsked(`${list} ${q}`, () => find(list, q));

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

async function find(list: "people" | "terminals", q: string): Promise<readonly Found[]> {
  const answer = await api.list(list, { q, limit: SHOWN });
  if (!answer.ok) return [];
  return answer.value.rows.map((row) => ({ id: row.id, name: row.name, small: "login" in row ? row.login : row.id }));
}
