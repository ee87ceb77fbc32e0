/** One rule: inherited, or decided here, with what is decided. Nothing is saved by it. */
import { useRef, useState } from "preact/hooks";
import { EndNotices, type PolicyRule, PolicyRules } from "../../../protocol/policy.ts";
import { half } from "../parts/field.tsx";
import { Modal } from "../parts/modal.tsx";
import { CalendarField, limitsOfNotice, NOTICES, NoticesField } from "./day-fields.tsx";
import type { RuleValue } from "./draft.ts";
import {
  Choices,
  FromField,
  HoursField,
  type Inputs,
  isNumber,
  limitsOf,
  NumberField,
  PlacesField,
} from "./rule-fields.tsx";
import { type Said, useSaid } from "./said.ts";
import { placesOf, typedWeek, weekOf } from "./typed.ts";
import { daysOf, typedDays } from "./typed-days.ts";

interface RuleDialogProps {
  readonly rule: PolicyRule;
  /** What holds now, with what was changed already. */
  readonly rules: PolicyRules;
  readonly isOwn: boolean;
  /** This server sends no mails. */
  readonly noMail: boolean;
  /** In words; undefined: not known. */
  readonly inherited: string | undefined;
  readonly close: () => void;
  /** Null: inherited. */
  readonly use: (value: RuleValue | null) => void;
}

export function RuleDialog({ rule, rules, isOwn, noMail, inherited, close, use }: RuleDialogProps) {
  const said = useSaid();
  const form = useRef<HTMLFormElement>(null);
  const [isSet, setIsSet] = useState(isOwn);
  const [inputs, setInputs] = useState(() => inputsOf(said, rule, rules));
  const [problem, setProblem] = useState("");
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!isSet) {
      use(null);
      return;
    }
    const read = readInputs(said, rule, inputs);
    if ("value" in read) {
      use(read.value);
      return;
    }
    setProblem(read.problem);
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("#policy-problem")?.focus());
  };
  const { name, hint } = said.words.rules[rule];
  const mode = (set: boolean, label: string) => (
    <label class="pick">
      <input
        type="radio"
        name="mode"
        data-testid={set ? "policy-mode-set" : "policy-mode-inherit"}
        checked={isSet === set}
        onChange={() => setIsSet(set)}
      />
      <span>{label}</span>
    </label>
  );
  return (
    <Modal class="dialog act policy-dialog" testId="rule-dialog" titleId="rule-title" close={close}>
      <form ref={form} class="form" noValidate onSubmit={submit}>
        <h2 id="rule-title">{said.text("editRule", { rule: name })}</h2>
        <p>{hint}</p>
        <fieldset class="picker">
          <legend>{said.text("mode")}</legend>
          {mode(false, inherited ? said.text("modeInheritNow", { value: inherited }) : said.text("modeInherit"))}
          {mode(true, said.text("modeSet"))}
        </fieldset>
        {rule === "signInWays" && noMail && <p data-testid="policy-no-mail">{said.text("noMail")}</p>}
        {isSet && <RuleField rule={rule} rules={rules} inputs={inputs} setInputs={setInputs} name={name} />}
        <p class="problem-line" id="policy-problem" role="alert" tabIndex={-1} data-testid="policy-problem-line">
          {problem}
        </p>
        <div class="dialog-answers">
          <button type="button" class="button" data-testid="rule-no" onClick={close}>
            {said.text("cancel")}
          </button>
          <button type="submit" class="button primary" data-testid="rule-yes">
            {said.text("ok")}
          </button>
        </div>
      </form>
    </Modal>
  );
}

interface RuleFieldProps {
  readonly rule: PolicyRule;
  readonly rules: PolicyRules;
  readonly inputs: Inputs;
  readonly setInputs: (inputs: Inputs) => void;
  readonly name: string;
}

function RuleField({ rule, rules, inputs, setInputs, name }: RuleFieldProps) {
  const common = { inputs, setInputs, name };
  switch (rule) {
    case "places":
      return <PlacesField {...common} />;
    case "from":
      return <FromField {...common} places={rules.places ?? []} />;
    case "hours":
      return <HoursField {...common} />;
    case "calendar":
      return <CalendarField {...common} />;
    case "endNotices":
      return <NoticesField {...common} />;
    case "signInWays":
    case "lockBefore":
    case "lockOn":
    case "cover":
    case "viewOnly":
    case "wake":
    case "shutDown":
      return <Choices {...common} rule={rule} />;
    default:
      return <NumberField {...common} rule={rule} />;
  }
}

/** The first that comes to mind where nobody has decided anything. */
const USUAL: Readonly<Partial<Record<PolicyRule, string>>> = {
  idleMinutes: "15",
  approvals: "1",
  overtimeUntil: "22",
  sessionHours: "10",
  signInHours: "10",
  kbps: "100",
  retentionDays: "365",
  signInWays: "app-or-mail",
  lockBefore: "when-possible",
  lockOn: "end",
  cover: "when-possible",
  viewOnly: "true",
  wake: "false",
  shutDown: "after-hours",
};
const USUAL_CALENDAR: NonNullable<PolicyRules["calendar"]> = { holidays: true, days: [] };
const USUAL_NOTICES: EndNotices = { firstMin: 30, everyMin: 30, lastMin: 5, graceMin: 0 };

function inputsOf(said: Said, rule: PolicyRule, rules: PolicyRules): Inputs {
  const { holidays, days } = rules.calendar ?? USUAL_CALENDAR;
  const { firstMin, everyMin, lastMin, graceMin } = rules.endNotices ?? USUAL_NOTICES;
  const places = (rules.places ?? []).map(({ name, networks }, key) => ({ key, name, networks: networks.join("\n") }));
  return {
    text: `${rules[rule] ?? USUAL[rule] ?? ""}`,
    places: rule === "places" && places.length === 0 ? [{ key: 0, name: "", networks: "" }] : places,
    from: rules.from ?? [],
    week: typedWeek(rules.hours),
    calendar: { holidays, days: typedDays(days, said.text("calendarAsWeekday")) },
    notices: { firstMin: `${firstMin}`, everyMin: `${everyMin}`, lastMin: `${lastMin}`, graceMin: `${graceMin}` },
  };
}

type Read = { readonly value: RuleValue } | { readonly problem: string };

function readInputs(said: Said, rule: PolicyRule, { text, places, from, week, calendar, notices }: Inputs): Read {
  if (rule === "places") {
    const read = placesOf(places);
    if ("wrong" in read) return { problem: said.text("placeWrong", { name: places[read.wrong]?.name || "？" }) };
    return "twice" in read ? { problem: said.text("placeTwice", { name: read.twice }) } : { value: read };
  }
  if (rule === "from") return from.length === 0 ? { problem: said.text("fromNone") } : { value: [...from] };
  if (rule === "hours") {
    const read = weekOf(week);
    if ("wrong" in read) return { problem: said.text("hoursWrong", { day: said.words.days[read.wrong] ?? "" }) };
    return read.some((day) => day !== null) ? { value: read } : { problem: said.text("hoursNone") };
  }
  if (rule === "calendar") {
    const days = daysOf(calendar.days);
    return "wrong" in days
      ? { problem: said.text("calendarWrong", { line: days.wrong }) }
      : { value: { holidays: calendar.holidays, days } };
  }
  if (rule === "endNotices") return readNotices(said, notices);
  const plain = half(text);
  const typed =
    rule === "viewOnly" || rule === "wake" ? plain === "true" : isNumber(rule) ? Number(plain || "x") : plain;
  const value = PolicyRules.shape[rule].safeParse(typed);
  if (value.success && value.data !== undefined) return { value: value.data };
  return { problem: said.text("numberWrong", isNumber(rule) ? limitsOf(rule) : {}) };
}

function readNotices(said: Said, typed: Inputs["notices"]): Read {
  const read = EndNotices.safeParse(Object.fromEntries(NOTICES.map((key) => [key, Number(half(typed[key]) || "x")])));
  if (read.success) return { value: read.data };
  const wrong = NOTICES.find((key) => read.error.issues[0]?.path[0] === key) ?? "firstMin";
  return { problem: `${said.words.notices[wrong]}：${said.text("numberWrong", limitsOfNotice(wrong))}` };
}
