/** What each kind of rule is typed in: a number, one of some, the week, places. */
import { ELSEWHERE, type EndNotices, type Place, type PolicyRule, PolicyRules } from "../../../protocol/policy.ts";
import { Field, TextField } from "../parts/field.tsx";
import { useSaid } from "./said.ts";
import type { TypedDay, TypedPlace } from "./typed.ts";

export interface Inputs {
  readonly text: string;
  readonly places: readonly TypedPlace[];
  readonly from: readonly string[];
  /** From Monday to Sunday. */
  readonly week: readonly TypedDay[];
  /** `days`: one a line, see typed-days.ts. */
  readonly calendar: { readonly holidays: boolean; readonly days: string };
  readonly notices: Readonly<Record<keyof EndNotices, string>>;
}

export interface FieldProps {
  readonly inputs: Inputs;
  readonly setInputs: (inputs: Inputs) => void;
  /** Of the rule. */
  readonly name: string;
}

const NUMBERS = [
  "approvals",
  "overtimeUntil",
  "idleMinutes",
  "sessionHours",
  "signInHours",
  "kbps",
  "retentionDays",
] as const;
type NumberRule = (typeof NUMBERS)[number];

export const isNumber = (rule: PolicyRule): rule is NumberRule => (NUMBERS as readonly PolicyRule[]).includes(rule);

/** As the contract has them. */
export function limitsOf(rule: NumberRule): { readonly least: number; readonly most: number } {
  const { minValue, maxValue } = PolicyRules.shape[rule].unwrap();
  return { least: minValue ?? Number.MIN_SAFE_INTEGER, most: maxValue ?? Number.MAX_SAFE_INTEGER };
}

export function NumberField({ rule, inputs, setInputs, name }: FieldProps & { rule: NumberRule }) {
  const said = useSaid();
  const { least, most } = limitsOf(rule);
  return (
    <TextField
      id="policy-number"
      label={name}
      hint={`${said.words.units[rule].replace("{count}", `${least}～${most}`)}`}
      value={inputs.text}
      onValue={(text) => setInputs({ ...inputs, text })}
      more={{ inputMode: "numeric", autocomplete: "off", maxLength: 6 }}
    />
  );
}

type Chosen = "signInWays" | "lockBefore" | "lockOn" | "cover" | "viewOnly" | "wake" | "shutDown";

export function Choices({ rule, inputs, setInputs, name }: FieldProps & { rule: Chosen }) {
  const said = useSaid();
  return (
    <fieldset class="picker">
      <legend>{name}</legend>
      {Object.entries(said.words.choices[rule]).map(([value, label]) => (
        <label key={value} class="pick">
          <input
            type="radio"
            name="choice"
            data-testid={`policy-choice-${value}`}
            checked={inputs.text === value}
            onChange={() => setInputs({ ...inputs, text: value })}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Names that are not there any more stay, so that they can be taken away. */
export function FromField({ inputs, setInputs, name, places }: FieldProps & { places: readonly Place[] }) {
  const said = useSaid();
  const names = [...new Set([...places.map((place) => place.name), ELSEWHERE, ...inputs.from])];
  const toggle = (one: string): void => {
    const isChosen = inputs.from.includes(one);
    const chosen = names.filter((each) => (each === one ? !isChosen : inputs.from.includes(each)));
    setInputs({ ...inputs, from: chosen });
  };
  return (
    <fieldset class="picker">
      <legend>{name}</legend>
      {places.length === 0 && <p class="hint">{said.text("placeNone")}</p>}
      {names.map((one) => (
        <label key={one} class="pick">
          <input type="checkbox" checked={inputs.from.includes(one)} onChange={() => toggle(one)} />
          <span>{said.where(one)}</span>
        </label>
      ))}
    </fieldset>
  );
}

export function HoursField({ inputs, setInputs, name }: FieldProps) {
  const said = useSaid();
  const { week } = inputs;
  const set = (days: readonly number[], change: Partial<TypedDay>): void =>
    setInputs({ ...inputs, week: week.map((day, index) => (days.includes(index) ? { ...day, ...change } : day)) });
  return (
    <>
      <table class="policy-week" aria-label={name}>
        <tbody>
          {week.map(({ isOpen, from, to }, index) => {
            const day = said.words.days[index] ?? "";
            const time = (key: "from" | "to", value: string) => (
              <input
                class="input"
                type="time"
                data-testid={`hours-${key}-${index}`}
                aria-label={said.text(key === "from" ? "hoursFrom" : "hoursTo", { day })}
                value={value}
                disabled={!isOpen}
                onInput={(event) => set([index], { [key]: event.currentTarget.value })}
              />
            );
            return (
              <tr key={day}>
                <th class="policy-day" scope="row">
                  {day}
                </th>
                <td>
                  <label class="pick">
                    <input
                      type="checkbox"
                      data-testid={`hours-open-${index}`}
                      aria-label={`${day} ${said.text("hoursUse")}`}
                      checked={isOpen}
                      onChange={() => set([index], { isOpen: !isOpen })}
                    />
                    <span>{said.text("hoursUse")}</span>
                  </label>
                </td>
                <td>{time("from", from)}</td>
                <td aria-hidden="true">～</td>
                <td>{time("to", to)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <button type="button" class="button" data-testid="hours-same" onClick={() => set([1, 2, 3, 4], week[0] ?? {})}>
        {said.text("hoursSame")}
      </button>
    </>
  );
}

export function PlacesField({ inputs, setInputs }: FieldProps) {
  const said = useSaid();
  const { places } = inputs;
  const set = (key: number, change: Partial<TypedPlace>): void =>
    setInputs({ ...inputs, places: places.map((one) => (one.key === key ? { ...one, ...change } : one)) });
  const next = Math.max(-1, ...places.map(({ key }) => key)) + 1;
  return (
    <>
      <datalist id="policy-place-examples">
        {said
          .text("placeExamples")
          .split("|")
          .map((example) => (
            <option key={example} value={example} />
          ))}
      </datalist>
      {places.map(({ key, name, networks }) => (
        <fieldset key={key} class="picker" data-testid="policy-named">
          <legend>{name || said.text("placeName")}</legend>
          <TextField
            id={`place-name-${key}`}
            label={said.text("placeName")}
            value={name}
            onValue={(typed) => set(key, { name: typed })}
            more={{ maxLength: 40, autocomplete: "off", list: "policy-place-examples" }}
          />
          <Field id={`place-networks-${key}`} label={said.text("placeNetworks")} hint={said.text("placeNetworksHint")}>
            <textarea
              id={`place-networks-${key}`}
              class="input mono"
              rows={3}
              spellcheck={false}
              aria-describedby={`place-networks-${key}-hint`}
              value={networks}
              onInput={(event) => set(key, { networks: event.currentTarget.value })}
            />
          </Field>
          <button
            type="button"
            class="button quiet"
            onClick={() => setInputs({ ...inputs, places: places.filter((one) => one.key !== key) })}
          >
            {said.text("placeRemove", { name })}
          </button>
        </fieldset>
      ))}
      <button
        type="button"
        class="button"
        data-testid="place-add"
        onClick={() => setInputs({ ...inputs, places: [...places, { key: next, name: "", networks: "" }] })}
      >
        {said.text("placeAdd")}
      </button>
    </>
  );
}
