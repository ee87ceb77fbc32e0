/** What an act has to be told: names, a day, or something that is there already. */
import { useEffect, useRef, useState } from "preact/hooks";
import { type ItemOf, PAGE_ROWS } from "../../../protocol/console.ts";
import type { ActType } from "../../../protocol/console-acts.ts";
import { Field, TextField } from "../parts/field.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import * as api from "../state/api.ts";
import { type Subject, useDesk } from "../state/desk.ts";
import { useOwnWords } from "../state/own-words.ts";
import { offered, type Values } from "./build.ts";
import { KeptGrants, ManyPicker } from "./choices.tsx";
import { FIELD_WORDS, type FieldKey } from "./field-words.ts";
import { Picker, useAsked } from "./picker.tsx";
import { type FieldName, isOptional } from "./subject.ts";

interface ActFieldProps {
  readonly type: ActType;
  readonly field: FieldName;
  readonly subject: Subject;
  readonly values: Values;
  readonly problem: string | undefined;
  readonly onValue: (value: string) => void;
}

const HINTS: Partial<Record<ActType, FieldKey>> = {
  "terminal.replace": "sameName",
  "terminal.settle": "otherName",
};

/** As a field is called; what has no name of its own is asked for by nobody. */
const labelOf = (field: FieldName): FieldKey => (field in FIELD_WORDS.ja ? (field as FieldKey) : "name");

export function ActField({ type, field, subject, values, problem, onValue }: ActFieldProps) {
  const say = useOwnWords(FIELD_WORDS);
  const isGoal = type === "people.transfer" && field === "division";
  const label = say(isGoal ? "newDivision" : labelOf(field));
  const common = { label, problem, value: values[field] ?? "", onValue };
  const need = isOptional(type, field) ? ("optional" as const) : ("required" as const);
  if (field === "organisation") return <OrganisationField {...common} />;
  if (field === "person") return <Picker list="people" {...common} />;
  if (field === "terminal") return <Picker list="terminals" {...common} />;
  if (field === "division" || field === "parent") {
    return (
      <DivisionField id={`field-${field}`} organisation={subject.organisation ?? values.organisation} {...common} />
    );
  }
  if (field === "keep") return <KeptGrants person={subject.known["person"] ?? ""} {...common} />;
  if (field === "add") return <ManyPicker {...common} />;
  if (field === "until") {
    const hint = say("untilHint");
    return <TextField id="field-until" need={need} hint={hint} more={{ type: "date" }} {...common} />;
  }
  if (field === "end") {
    const hint = say("endHint");
    return <TextField id="field-end" need={need} hint={hint} more={{ type: "datetime-local" }} {...common} />;
  }
  if (field === "liftCode") {
    const hint = say("liftCodeHint");
    const more = { autocomplete: "off", autocapitalize: "characters", spellcheck: false } as const;
    return <TextField id="field-liftCode" need={need} hint={hint} more={more} {...common} />;
  }
  const hint = HINTS[type] && say(HINTS[type]);
  const more = field === "login" || field === "mail" ? ({ autocapitalize: "none", spellcheck: false } as const) : {};
  return (
    <TextField
      id={`field-${field}`}
      need={need}
      hint={hint}
      more={{ maxLength: 200, autocomplete: "off", ...more }}
      {...common}
    />
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly problem: string | undefined;
  readonly value: string;
  readonly onValue: (value: string) => void;
}

/** Of those in reach. Where there is one only, nobody is asked. */
function OrganisationField({ label, problem, value, onValue }: ChoiceProps) {
  const { self } = useDesk();
  const say = useOwnWords(FIELD_WORDS);
  const all = self?.organisations ?? [];
  const only = all.length === 1 ? all[0]?.id : undefined;
  useEffect(() => {
    if (only !== undefined && value === "") onValue(only);
  }, [only]);
  if (only !== undefined) return null;
  return (
    <Field id="field-organisation" label={label} need="required" problem={problem}>
      <Select id="field-organisation" problem={problem} value={value} onValue={onValue}>
        <option value="">{say("choose")}</option>
        {all.map(({ id, name, code }) => (
          <option key={id} value={id}>
            {name}（{code}）
          </option>
        ))}
      </Select>
    </Field>
  );
}

/** Each with the way to it. Where there are more than a page, some letters of the name find the others. */
function DivisionField({
  id,
  organisation,
  label,
  problem,
  value,
  onValue,
}: ChoiceProps & { id: string; organisation: string | undefined }) {
  const { words, self } = useDesk();
  const say = useOwnWords(FIELD_WORDS);
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState<ItemOf<"divisions">>();
  const areMore = useRef(false);
  const known = self?.organisations ?? [];
  const code = known.length > 1 ? known.find((one) => one.id === organisation)?.code : undefined;
  const q = `${code === undefined ? "" : `organisation:${code} `}${typed.trim()}`;
  const answer = useAsked(q, () => api.list("divisions", { q, limit: PAGE_ROWS }));
  const found = answer?.ok ? answer.value : undefined;
  areMore.current ||= found?.next !== undefined;
  const here = offered(found?.rows ?? [], organisation, chosen?.id === value ? chosen : undefined);
  const choose = (id: string): void => {
    setChosen(here.find((one) => one.id === id));
    onValue(id);
  };
  return (
    <>
      {areMore.current && (
        <TextField
          id={`${id}-q`}
          label={words.text("search")}
          hint={say("pickerHint")}
          problem={undefined}
          value={typed}
          onValue={setTyped}
          more={{ type: "search", autocomplete: "off", spellcheck: false }}
        />
      )}
      {answer?.ok === false && <FailureNotice failure={answer.failure} testId="pick-problem" />}
      <Field id={id} label={label} need="optional" problem={problem}>
        <Select id={id} problem={problem} value={value} onValue={choose}>
          <option value="">{say("noDivision")}</option>
          {here.map((division) => (
            <option key={division.id} value={division.id}>
              {[...division.above, division].map(({ name }) => name).join(" › ")}
            </option>
          ))}
        </Select>
      </Field>
    </>
  );
}

function Select({
  id,
  problem,
  value,
  onValue,
  children,
}: Omit<ChoiceProps, "label"> & { id: string; children: preact.ComponentChildren }) {
  return (
    <select
      id={id}
      data-testid={id}
      class="input"
      value={value}
      aria-describedby={`${id}-problem`}
      aria-invalid={problem ? "true" : undefined}
      onChange={(event) => onValue(event.currentTarget.value)}
    >
      {children}
    </select>
  );
}
