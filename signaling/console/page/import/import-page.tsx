/**
 * People, office PCs, grants or divisions from a CSV file:
 *
 *   file ──read──▶ look (each line's fate) ──imported, with a code──▶ done (first passwords or tokens, once)
 *    │  ▲            │
 *    │  └─another────┘
 *    └──the last one undone──▶ undone
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import {
  type Imported,
  type ImportKind,
  type ImportLine,
  type ImportUndone,
  PROBLEM_COLUMN,
} from "../../../protocol/console-import.ts";
import { csv, download } from "../format/csv.ts";
import { NotLoaded } from "../parts/lazy.tsx";
import { Notice } from "../parts/notice.tsx";
import { useDesk } from "../state/desk.ts";
import { formatRoute } from "../state/route.ts";
import { FileStep, type Readable } from "./file-step.tsx";
import { ImportDialog } from "./import-dialog.tsx";
import { Letters } from "./letters.tsx";
import { wrongLines } from "./lines-csv.ts";
import { detailOf, LinesTable } from "./lines-table.tsx";
import { type Routes, routesOf } from "./routes.ts";
import { SaidContext, useLoadedSaid, useSaid } from "./said.ts";
import { Tokens } from "./tokens.tsx";

type Step =
  | { readonly is: "file" }
  | { readonly is: "look"; readonly preview: Readable }
  | { readonly is: "done"; readonly outcome: Imported; readonly header: readonly string[] }
  | { readonly is: "undone"; readonly outcome: ImportUndone };

export function ImportPage({ kind }: { kind: ImportKind }) {
  const { words } = useDesk();
  const { part: said, ...ownWords } = useLoadedSaid(kind);
  const routes = useMemo(() => routesOf(kind), [kind]);
  const title = useRef<HTMLHeadingElement>(null);
  const [step, setStep] = useState<Step>({ is: "file" });
  // who listens instead of looking hears that there is another step
  useEffect(() => void (step.is !== "file" && title.current?.focus()), [step.is]);
  if (!said) return <NotLoaded {...ownWords} isPage />;
  const again = (): void => setStep({ is: "file" });
  return (
    <SaidContext.Provider value={said}>
      <div class="page import-page">
        <h1 ref={title} tabIndex={-1}>
          {words.text("importCsv")}：{words.list(kind)}
        </h1>
        <Steps at={step.is} />
        {step.is === "file" && (
          <FileStep
            routes={routes}
            read={(preview) => setStep({ is: "look", preview })}
            undone={(outcome) => setStep({ is: "undone", outcome })}
          />
        )}
        {step.is === "look" && (
          <LookStep
            {...step}
            routes={routes}
            again={again}
            done={(outcome) => setStep({ is: "done", outcome, header: step.preview.header })}
          />
        )}
        {step.is === "done" && <DoneStep {...step} again={again} />}
        {step.is === "undone" && <UndoneStep {...step} again={again} />}
      </div>
    </SaidContext.Provider>
  );
}

function Steps({ at }: { at: Step["is"] }) {
  const said = useSaid();
  const now = at === "undone" ? "done" : at;
  const steps = [["file", said.text("stepFile")] as const, ["look", said.text("stepLook")] as const];
  return (
    <ol class="steps" aria-label={said.text("steps")}>
      {[...steps, ["done", said.text("stepDone")] as const].map(([step, name]) => (
        <li key={step} {...(step === now && { "aria-current": "step" as const })}>
          {name}
        </li>
      ))}
    </ol>
  );
}

interface LookStepProps {
  readonly routes: Routes;
  readonly preview: Readable;
  readonly again: () => void;
  readonly done: (outcome: Imported) => void;
}

function LookStep({ routes, preview, again, done }: LookStepProps) {
  const { words } = useDesk();
  const said = useSaid();
  const [isAsking, setAsking] = useState(false);
  const { counts, lines, ignored, header, token } = preview;
  const count = words.number(counts.add + counts.change);
  const numbers = {
    add: words.number(counts.add),
    change: words.number(counts.change),
    wrong: words.number(counts.wrong),
  };
  return (
    <>
      <p role="status" data-testid="import-counts">
        {said.text("counts", { count: words.number(lines.length) })}
      </p>
      {ignored.length > 0 && <p class="hint">{said.text("ignored", { names: ignored.join("、") })}</p>}
      {counts.add + counts.change === 0 && <Notice kind="info" what={said.text("nothing")} testId="import-nothing" />}
      <Wrong header={header} lines={lines} count={counts.wrong} />
      <div class="tools">
        <button type="button" class="button" data-testid="import-again" onClick={again}>
          {said.text("other")}
        </button>
        <button
          type="button"
          class="button primary"
          data-testid="import-go"
          disabled={counts.add + counts.change === 0}
          onClick={() => setAsking(true)}
        >
          {said.text("go", { count })}
        </button>
      </div>
      <LinesTable lines={lines} counts={counts} />
      {isAsking && (
        <ImportDialog
          title={said.text("goTitle", { count })}
          what={said.text("goWhat", numbers)}
          yes={said.text("goYes")}
          ask={(because) => routes.apply(token, because)}
          done={done}
          close={() => setAsking(false)}
        />
      )}
    </>
  );
}

interface WrongProps {
  readonly header: readonly string[];
  readonly lines: readonly ImportLine[];
  readonly count: number;
}

/** The lines that are left out, as a file to be mended. */
function Wrong({ header, lines, count }: WrongProps) {
  const { words } = useDesk();
  const said = useSaid();
  if (count === 0) return null;
  const number = words.number(count);
  const save = (): void => {
    const [ja, en] = PROBLEM_COLUMN;
    const title = words.language === "ja" ? ja : en;
    const rows = wrongLines(header, lines, (line) => detailOf(line, words, said).join(" "), title);
    download(`${said.text("wrongName")}.csv`, csv(rows));
  };
  return (
    <Notice kind="info" what={said.text("wrongSaved", { count: number })} testId="import-wrong">
      <p>
        <button type="button" class="button" data-testid="save-wrong" onClick={save}>
          {said.text("saveWrong", { count: number })}
        </button>
      </p>
    </Notice>
  );
}

interface DoneStepProps {
  readonly outcome: Imported;
  readonly header: readonly string[];
  readonly again: () => void;
}

function DoneStep({ outcome: { counts, wrong, letters, tokens }, header, again }: DoneStepProps) {
  const { words } = useDesk();
  const said = useSaid();
  const [isOpen, setOpen] = useState(letters.length + tokens.length > 0);
  const numbers = Object.fromEntries(Object.entries(counts).map(([fate, count]) => [fate, words.number(count)]));
  return (
    <>
      <Notice kind="info" what={said.text("doneTitle")} testId="import-done">
        <p>{said.text("done", numbers)}</p>
      </Notice>
      <Wrong header={header} lines={wrong} count={wrong.length} />
      {wrong.length > 0 && <LinesTable lines={wrong} />}
      <Ways again={again} />
      {isOpen && letters.length > 0 && <Letters letters={letters} close={() => setOpen(false)} />}
      {isOpen && tokens.length > 0 && <Tokens tokens={tokens} close={() => setOpen(false)} />}
    </>
  );
}

function UndoneStep({ outcome: { removed, restored, left }, again }: { outcome: ImportUndone; again: () => void }) {
  const { words } = useDesk();
  const said = useSaid();
  const numbers = { removed: words.number(removed), restored: words.number(restored), left: words.number(left.length) };
  return (
    <>
      <Notice kind="info" what={said.text("undoneTitle")} testId="import-undone">
        <p>{said.text("undone", numbers)}</p>
      </Notice>
      {left.length > 0 && (
        <section class="card">
          <h2>{said.text("leftTable")}</h2>
          <ul>
            {left.map(({ id, name, why }) => (
              <li key={`${id} ${name}`} data-testid="left">
                {name}
                {id && (
                  <>
                    （<span class="mono">{id}</span>）
                  </>
                )}
                ：{said.why(why)}
              </li>
            ))}
          </ul>
        </section>
      )}
      <Ways again={again} />
    </>
  );
}

function Ways({ again }: { again: () => void }) {
  const said = useSaid();
  return (
    <div class="tools">
      <a class="button" href={formatRoute({ place: said.kind })}>
        {said.own("toList")}
      </a>
      <button type="button" class="button" data-testid="import-again" onClick={again}>
        {said.text("other")}
      </button>
    </div>
  );
}
