/** Before lines are imported or taken back. */
import { useState } from "preact/hooks";
import type { Result } from "../../../client/account.ts";
import { type Because, ConfirmDialog } from "../parts/confirm-dialog.tsx";
import { useSaid } from "./said.ts";

interface ImportDialogProps<T> {
  readonly title: string;
  readonly what: string;
  readonly yes: string;
  readonly ask: (because: Because) => Promise<Result<T>>;
  readonly done: (value: T) => void;
  readonly close: () => void;
}

export function ImportDialog<T>(props: ImportDialogProps<T>) {
  const said = useSaid();
  const [reason, setReason] = useState("");
  return (
    <ConfirmDialog
      name="import"
      reason={reason}
      setReason={setReason}
      // a file of thousands takes a while, after which nobody may answer any more
      explain={({ code }) =>
        code === "unreachable" ? { what: said.text("unsure"), todo: said.text("unsureTodo") } : undefined
      }
      {...props}
    />
  );
}
