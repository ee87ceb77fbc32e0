/** What is asked before something is done: why, and a code of the moment. */
import { useDesk } from "../state/desk.ts";
import { DIGITS, TextField } from "./field.tsx";

interface ReasonFieldProps {
  readonly problem: string | undefined;
  readonly value: string;
  readonly onValue: (value: string) => void;
}

export function ReasonField(props: ReasonFieldProps) {
  const { words } = useDesk();
  const more = { maxLength: 200, autocomplete: "off" } as const;
  return (
    <TextField
      id="reason"
      label={words.text("reason")}
      hint={words.text("reasonHint")}
      need="required"
      more={more}
      {...props}
    />
  );
}

export function FreshCodeField(props: ReasonFieldProps) {
  const { words } = useDesk();
  return (
    <TextField
      id="fresh-code"
      label={words.text("freshCode")}
      hint={words.text("freshCodeHint")}
      need="required"
      more={DIGITS}
      {...props}
    />
  );
}
