/** Numbers from a CSV file, in three steps: a file to fill in, what its lines ask for and what is wrong in them, and the form below. */
import { useState } from "preact/hooks";
import type { Failure } from "../../../client/account.ts";
import { APPLICATION_COLUMNS, type ApplicationFile, type WavesView } from "../../../protocol/console-waves.ts";
import { csv, download } from "../format/csv.ts";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { useDesk } from "../state/desk.ts";
import * as routes from "./routes.ts";
import { useSaid } from "./said.ts";

interface FromFileProps extends Pick<WavesView, "applyFor"> {
  /** What is chosen above, in words. */
  readonly under: string;
  /** Numbers by the id of the organisation, and the event where the file says one. */
  readonly read: (counts: Readonly<Record<string, string>>, event: string | undefined) => void;
}

type Readable = Extract<ApplicationFile, { is: "readable" }>;

export function FromFile({ applyFor, under, read }: FromFileProps) {
  const { words, lost } = useDesk();
  const said = useSaid();
  const [file, setFile] = useState<ApplicationFile>();
  const [failure, setFailure] = useState<Failure>();
  const save = (): void => {
    const { code, organisation, count, event } = APPLICATION_COLUMNS;
    const head = [code, organisation, count, event].map((names) =>
      words.language === "ja" ? names[0] : (names.at(-1) ?? ""),
    );
    download("terminal-ids.csv", csv([head, ...applyFor.map((one) => [one.code, one.name, "", under])]));
  };
  const chosen = async (input: HTMLInputElement): Promise<void> => {
    const [own] = input.files ?? [];
    if (!own) return;
    input.value = ""; // the same file, mended, can be chosen again
    setFailure(undefined);
    const answer = await routes.read(own);
    if (!answer.ok) {
      setFile(undefined);
      return answer.failure.code === "NOT_SIGNED_IN" ? lost(answer.failure) : setFailure(answer.failure);
    }
    setFile(answer.value);
    if (answer.value.is === "unreadable") return;
    const { lines, event } = answer.value;
    const asked = lines.flatMap(({ line }) => (line ? [[line.organisation.id, `${line.count}`] as const] : []));
    read(Object.fromEntries(asked), event === undefined ? undefined : `${event}`);
  };
  return (
    <details class="waves-file" data-testid="apply-file">
      <summary>{said.text("fromFile")}</summary>
      <p>
        <button type="button" class="button" data-testid="apply-template" onClick={save}>
          {said.text("template")}
        </button>
      </p>
      <div class="field">
        <label for="apply-csv">{said.text("file")}</label>
        <input
          id="apply-csv"
          data-testid="apply-csv"
          type="file"
          class="input"
          accept=".csv,text/csv"
          aria-describedby="apply-csv-hint"
          onChange={({ currentTarget }) => void chosen(currentTarget)}
        />
        <p class="hint" id="apply-csv-hint">
          {said.text("fileHint")}
        </p>
      </div>
      {failure && <FailureNotice failure={failure} testId="apply-csv-failure" />}
      {file?.is === "unreadable" && (
        <Notice kind="problem" what={said.words.fileProblems[file.problem]} testId="apply-csv-bad" />
      )}
      {file?.is === "readable" && <Read {...file} />}
    </details>
  );
}

function Read({ lines }: Readable) {
  const { words } = useDesk();
  const said = useSaid();
  const good = lines.flatMap(({ line }) => line ?? []);
  const wrong = lines.filter(({ problem }) => problem !== undefined);
  const what = said.text("fileRead", {
    count: words.number(good.length),
    ids: words.number(good.reduce((sum, { count }) => sum + count, 0)),
    wrong: words.number(wrong.length),
  });
  return (
    <Notice kind={wrong.length > 0 ? "problem" : "info"} what={what} testId="apply-csv-read">
      {wrong.length > 0 && (
        <ul>
          {wrong.map(({ row, name, problem }) => (
            <li key={row}>
              {said.text("fileRow", { row, name, problem: problem ? said.words.lineProblems[problem] : "" })}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  );
}
