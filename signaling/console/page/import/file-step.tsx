/** The first step: which file; and what was imported last, while it can be undone. */
import { useEffect, useState } from "preact/hooks";
import type { Failure } from "../../../client/account.ts";
import {
  IMPORT_COLUMNS,
  type ImportPreview,
  type ImportUndone,
  type LastImport,
  MAX_IMPORT_BYTES,
  MAX_IMPORT_LINES,
} from "../../../protocol/console-import.ts";
import { csv, download } from "../format/csv.ts";
import { isoMoment } from "../format/moment.ts";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { useDesk } from "../state/desk.ts";
import { ImportDialog } from "./import-dialog.tsx";
import type { Routes } from "./routes.ts";
import { useSaid } from "./said.ts";

export type Readable = Extract<ImportPreview, { is: "readable" }>;

interface FileStepProps {
  readonly routes: Routes;
  readonly read: (preview: Readable) => void;
  readonly undone: (outcome: ImportUndone) => void;
}

export function FileStep({ routes, read, undone }: FileStepProps) {
  const { words, lost } = useDesk();
  const said = useSaid();
  const [problem, setProblem] = useState<string>();
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);
  const chosen = async (input: HTMLInputElement): Promise<void> => {
    const file = input.files?.[0];
    if (!file) return;
    input.value = ""; // the same file, mended, can be chosen again
    setProblem(undefined);
    setFailure(undefined);
    const mega = Math.round(MAX_IMPORT_BYTES / 1024 / 1024);
    if (file.size > MAX_IMPORT_BYTES) return setProblem(said.text("tooBig", { size: mega }));
    setBusy(true);
    const answer = await routes.preview(file);
    setBusy(false);
    if (!answer.ok) return answer.failure.code === "NOT_SIGNED_IN" ? lost(answer.failure) : setFailure(answer.failure);
    if (answer.value.is === "readable") return read(answer.value);
    const { problem: what, row = 0, column } = answer.value;
    const named = column === undefined ? "" : words.column(column);
    setProblem(said.file(what, { row, column: named, count: words.number(MAX_IMPORT_LINES) }));
  };
  return (
    <>
      <p>{said.own("intro")}</p>
      <p>{said.text("rules", { count: words.number(MAX_IMPORT_LINES) })}</p>
      <Template />
      <div class="field">
        <label for="import-file">{said.text("file")}</label>
        <input
          id="import-file"
          data-testid="import-file"
          type="file"
          class="input"
          accept=".csv,text/csv"
          aria-describedby="import-file-hint"
          disabled={isBusy}
          onChange={(event) => void chosen(event.currentTarget)}
        />
        <p class="hint" id="import-file-hint">
          {said.text("fileHint")}
        </p>
      </div>
      {isBusy && <Notice kind="info" what={said.text("reading")} testId="reading" />}
      {problem && (
        <Notice kind="problem" what={said.text("badFile")} testId="bad-file">
          <p>{problem}</p>
        </Notice>
      )}
      {failure && <FailureNotice failure={failure} testId="import-failure" />}
      <Last routes={routes} undone={undone} />
    </>
  );
}

function Template() {
  const { words, self } = useDesk();
  const said = useSaid();
  const isOneOrganisation = (self?.organisations.length ?? 1) <= 1;
  const save = (): void => {
    const all = Object.keys(IMPORT_COLUMNS[said.kind]);
    const columns = all.filter((key) => !(key === "organisation" && isOneOrganisation));
    download(`${said.text("templateName")}.csv`, csv([columns.map((key) => words.column(key))]));
  };
  return (
    <div class="tools">
      <button type="button" class="button" data-testid="template" onClick={save}>
        {said.text("template")}
      </button>
    </div>
  );
}

function Last({ routes, undone }: Pick<FileStepProps, "routes" | "undone">) {
  const { words } = useDesk();
  const said = useSaid();
  const [last, setLast] = useState<LastImport["last"]>();
  const [isAsking, setAsking] = useState(false);
  useEffect(() => void routes.last().then((answer) => answer.ok && setLast(answer.value.last)), [routes]);
  if (!last) return null;
  const { at, until } = last;
  const counts = { added: words.number(last.added), changed: words.number(last.changed) };
  return (
    <section class="card last-import" data-testid="last-import">
      <h2>{said.text("lastTitle")}</h2>
      <p>{said.text("last", { at: isoMoment(at), until: isoMoment(until), ...counts })}</p>
      <button type="button" class="button" data-testid="undo" onClick={() => setAsking(true)}>
        {said.text("undo")}
      </button>
      {isAsking && (
        <ImportDialog
          title={said.text("undoTitle")}
          what={said.own("undoWhat", counts)}
          yes={said.text("undoYes")}
          ask={(because) => routes.undo(last.import, because)}
          done={undone}
          close={() => setAsking(false)}
        />
      )}
    </section>
  );
}
