/** A labelled box: what it is for, whether it has to be filled in, a hint, and its own problem below it. */
import type { ComponentChildren, InputHTMLAttributes } from "preact";
import { useDesk } from "../state/desk.ts";

interface FieldProps {
  readonly id: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly problem?: string | undefined;
  /** Left out where a form asks for everything. */
  readonly need?: "required" | "optional";
  readonly children: ComponentChildren;
}

export function Field({ id, label, hint, problem, need, children }: FieldProps) {
  const { words } = useDesk();
  return (
    <div class="field">
      <label for={id}>
        {label}
        {need && <span class={`need ${need}`}>{words.text(need)}</span>}
      </label>
      <div class="input-box">{children}</div>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <p class="problem-line" id={`${id}-problem`} role="alert">
        {problem}
      </p>
    </div>
  );
}

interface TextFieldProps extends Omit<FieldProps, "children"> {
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly more?: InputHTMLAttributes<HTMLInputElement>;
}

export function TextField({ value, onValue, more = {}, ...field }: TextFieldProps) {
  const described = [field.hint && `${field.id}-hint`, `${field.id}-problem`].filter(Boolean).join(" ");
  return (
    <Field {...field}>
      <input
        id={field.id}
        name={field.id}
        data-testid={field.id}
        class="input"
        value={value}
        aria-describedby={described}
        aria-invalid={field.problem ? "true" : undefined}
        required={field.need !== "optional"}
        onInput={(event) => onValue(event.currentTarget.value)}
        {...more}
      />
    </Field>
  );
}

/** For a one-time code. */
export const DIGITS = {
  class: "input digits",
  autocomplete: "one-time-code",
  inputMode: "numeric",
  maxLength: 12,
} as const;

/** Full-width letters are what a Japanese keyboard gives when the input method is on. */
export const half = (text: string): string => text.normalize("NFKC").trim();

export function digitsOf(text: string): string | undefined {
  const digits = half(text).replace(/\s/g, "");
  return /^[0-9]{6}$/.test(digits) ? digits : undefined;
}

/** The first box that has a problem gets the cursor, once it is drawn. */
export const focusProblem = (form: HTMLElement | null): void => {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
};
