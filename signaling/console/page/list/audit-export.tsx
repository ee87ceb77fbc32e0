/** The record of what happened as a file: all that one may read, or of some days. The server writes it, however long it is. */
import { useState } from "preact/hooks";
import { EXPORT_FORMS } from "../../../protocol/console-audit.ts";
import { useDesk } from "../state/desk.ts";

/** Few open it: these words are loaded with it. */
const WORDS = {
  ja: {
    open: "記録をすべて書き出す",
    from: "この日から",
    to: "この日まで",
    hint: "読める記録をすべて、古い順に書き出します。日付を空けると、はじめから、または最後までです。書き出したことも記録に残ります。",
    csv: "CSV（表計算用）",
    json: "JSON（検査用）",
  },
  en: {
    open: "Export all records",
    from: "From this day",
    to: "To this day",
    hint: "All records that you may read, oldest first. Leave a day empty for the beginning or the end. That you exported them is recorded, too.",
    csv: "CSV (for spreadsheets)",
    json: "JSON (for checking)",
  },
} as const;

export function AuditExport() {
  const words = WORDS[useDesk().words.language];
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const query = (form: string) => new URLSearchParams({ form, ...(from && { from }), ...(to && { to }) });
  const day = (key: "from" | "to", value: string, set: (text: string) => void) => (
    <label>
      {words[key]}{" "}
      <input type="date" value={value} data-testid={`export-${key}`} onInput={(e) => set(e.currentTarget.value)} />
    </label>
  );
  return (
    <details class="card audit-export" data-testid="export">
      <summary>{words.open}</summary>
      <p class="hint">{words.hint}</p>
      <p>
        {day("from", from, setFrom)} {day("to", to, setTo)}
      </p>
      <p>
        {EXPORT_FORMS.map((form) => (
          <>
            <a class="button" download href={`/api/console/audit/export?${query(form)}`} data-testid={`export-${form}`}>
              {words[form]}
            </a>{" "}
          </>
        ))}
      </p>
    </details>
  );
}
