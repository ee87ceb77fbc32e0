/** Several office PCs at once: which of the present ones somebody keeps, and which they get. Ids with a space between them. */
import { useEffect, useState } from "preact/hooks";
import type { Failure } from "../../../client/account.ts";
import { TextField } from "../parts/field.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import * as api from "../state/api.ts";
import { useDesk } from "../state/desk.ts";
import { useOwnWords } from "../state/own-words.ts";
import { FIELD_WORDS } from "./field-words.ts";
import { type Found, useFound } from "./picker.tsx";

interface ChoicesProps {
  readonly label: string;
  readonly problem: string | undefined;
  readonly value: string;
  readonly onValue: (ids: string) => void;
}

const idsOf = (value: string): readonly string[] => value.split(" ").filter(Boolean);
const toggled = (value: string, id: string): string => {
  const ids = idsOf(value);
  return (ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id]).join(" ");
};

/** Grants of this person for PCs of their own division. */
export function KeptGrants({ person, label, value, onValue }: ChoicesProps & { person: string }) {
  const say = useOwnWords(FIELD_WORDS);
  const [grants, setGrants] = useState<readonly Found[]>();
  const [failure, setFailure] = useState<Failure>();
  useEffect(() => {
    void api.item("people", person).then((answer) => {
      if (!answer.ok) return setFailure(answer.failure);
      const own = (answer.value.grants ?? []).filter(({ inDivision, state }) => inDivision && state !== "ended");
      setGrants(own.map(({ terminal: { id, name } }) => ({ id, name, small: id })));
    });
  }, [person]);
  return (
    <fieldset class="picker" data-testid="field-keep">
      <legend>{label}</legend>
      {failure ? (
        <FailureNotice failure={failure} testId="keep-problem" />
      ) : (
        <p class="hint">{say(grants?.length === 0 ? "keepNone" : "keepHint")}</p>
      )}
      {grants?.map((one) => (
        <Choice
          key={one.id}
          {...one}
          isChosen={idsOf(value).includes(one.id)}
          toggle={() => onValue(toggled(value, one.id))}
        />
      ))}
    </fieldset>
  );
}

/** A few letters, then some of the first that fit; what was chosen stays in sight. */
export function ManyPicker({ label, problem, value, onValue }: ChoicesProps) {
  const { words } = useDesk();
  const say = useOwnWords(FIELD_WORDS);
  const [q, setQ] = useState("");
  const [chosen, setChosen] = useState<readonly Found[]>([]);
  const { found, failure } = useFound("terminals", q);
  const toggle = (one: Found): void => {
    const isChosen = idsOf(value).includes(one.id);
    setChosen((before) => (isChosen ? before.filter(({ id }) => id !== one.id) : [...before, one]));
    onValue(toggled(value, one.id));
  };
  const others = found?.filter(({ id }) => !chosen.some((one) => one.id === id));
  return (
    <fieldset class="picker" data-testid="field-add">
      <legend>{label}</legend>
      <TextField
        id="field-add-q"
        label={words.text("search")}
        hint={say("pickerHint")}
        need="optional"
        problem={problem}
        value={q}
        onValue={setQ}
        more={{ type: "search", autocomplete: "off", spellcheck: false }}
      />
      {failure && <FailureNotice failure={failure} testId="pick-problem" />}
      {found?.length === 0 && <p class="hint">{say("pickerNone")}</p>}
      {[...chosen, ...(others ?? [])].map((one) => (
        <Choice key={one.id} {...one} isChosen={chosen.includes(one)} toggle={() => toggle(one)} />
      ))}
    </fieldset>
  );
}

const Choice = ({ id, name, small, isChosen, toggle }: Found & { isChosen: boolean; toggle: () => void }) => (
  <label class="pick">
    <input type="checkbox" value={id} checked={isChosen} onChange={toggle} />
    <span>{name}</span> <span class="era mono">{small}</span>
  </label>
);
