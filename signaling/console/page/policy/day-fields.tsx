/** What the rules of the day's end are typed in: days that are not like their weekday, and when the end is announced. */
import { EndNotices } from "../../../protocol/policy.ts";
import { Field, TextField } from "../parts/field.tsx";
import type { FieldProps } from "./rule-fields.tsx";
import { useSaid } from "./said.ts";

export function CalendarField({ inputs, setInputs }: FieldProps) {
  const said = useSaid();
  const { holidays, days } = inputs.calendar;
  const set = (change: Partial<typeof inputs.calendar>): void =>
    setInputs({ ...inputs, calendar: { ...inputs.calendar, ...change } });
  return (
    <>
      <label class="pick">
        <input
          type="checkbox"
          data-testid="calendar-holidays"
          checked={holidays}
          onChange={() => set({ holidays: !holidays })}
        />
        <span>{said.text("calendarHolidays")}</span>
      </label>
      <Field id="calendar-days" label={said.text("calendarDays")} hint={said.text("calendarDaysHint")}>
        <textarea
          id="calendar-days"
          data-testid="calendar-days"
          class="input mono"
          rows={6}
          spellcheck={false}
          aria-describedby="calendar-days-hint"
          value={days}
          onInput={(event) => set({ days: event.currentTarget.value })}
        />
      </Field>
    </>
  );
}

export const NOTICES = ["firstMin", "everyMin", "lastMin", "graceMin"] as const satisfies readonly (keyof EndNotices)[];

/** As the contract has them. */
export function limitsOfNotice(key: (typeof NOTICES)[number]): { readonly least: number; readonly most: number } {
  const { minValue, maxValue } = EndNotices.shape[key];
  return { least: minValue ?? 0, most: maxValue ?? 0 };
}

export function NoticesField({ inputs, setInputs }: FieldProps) {
  const said = useSaid();
  return (
    <>
      {NOTICES.map((key) => (
        <TextField
          key={key}
          id={`notice-${key}`}
          label={said.words.notices[key]}
          hint={said.text("noticeLimits", limitsOfNotice(key))}
          value={inputs.notices[key]}
          onValue={(typed) => setInputs({ ...inputs, notices: { ...inputs.notices, [key]: typed } })}
          more={{ inputMode: "numeric", autocomplete: "off", maxLength: 3 }}
        />
      ))}
    </>
  );
}
