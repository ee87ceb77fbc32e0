/** An application: for what, why, and how many for each organisation; the numbers may come from a file. */
import { useRef, useState } from "preact/hooks";
import { MAX_IDS_APPLIED, type WavesView } from "../../../protocol/console-waves.ts";
import { EventId } from "../../../protocol/ids.ts";
import { Field, focusProblem, half, TextField } from "../parts/field.tsx";
import { useDesk } from "../state/desk.ts";
import type { Doing } from "./doing.ts";
import { FromFile } from "./from-file.tsx";
import * as routes from "./routes.ts";
import { useSaid } from "./said.ts";

interface ApplyFormProps {
  readonly view: WavesView;
  readonly does: Doing;
}

/** Of more, some can be searched for. */
const FEW = 12;
const REGULAR = "";

/** By the id of the organisation, as it was typed. */
export type Counts = Readonly<Record<string, string>>;

const countOf = (typed: string): number | undefined => {
  const text = half(typed).replaceAll(",", "");
  return /^[1-9][0-9]{0,5}$/.test(text) && Number(text) <= MAX_IDS_APPLIED ? Number(text) : undefined;
};

// long: one form
export function ApplyForm({ view: { events, applyFor }, does }: ApplyFormProps) {
  const { words } = useDesk();
  const said = useSaid();
  const form = useRef<HTMLFormElement>(null);
  const [event, setEvent] = useState(REGULAR);
  const [because, setBecause] = useState("");
  const [counts, setCounts] = useState<Counts>({});
  const [problems, setProblems] = useState<{ because?: string; lines?: string }>({});
  const [isBusy, setBusy] = useState(false);
  const on = events.filter(({ isOver }) => !isOver);
  const typed = applyFor.filter(({ id }) => half(counts[id] ?? "") !== "");
  const lines = typed.flatMap(({ id }) => {
    const count = countOf(counts[id] ?? "");
    return count === undefined ? [] : [{ organisation: id, count }];
  });
  const ids = lines.reduce((sum, { count }) => sum + count, 0);
  const send = async (submit: Event): Promise<void> => {
    submit.preventDefault();
    const found = {
      ...(because.trim() === "" && { because: said.text("missing") }),
      ...(lines.length === 0 && { lines: said.text("noLines") }),
      ...(lines.length < typed.length && { lines: said.text("badCount") }),
    };
    setProblems(found);
    if (Object.keys(found).length > 0) return focusProblem(form.current);
    setBusy(true);
    const id = event === REGULAR ? undefined : EventId.parse(Number(event));
    const wish = { ...(id !== undefined && { event: id }), because: because.trim(), lines };
    if (await does(routes.apply(wish), said.text("applied"))) {
      setCounts({});
      setBecause("");
    }
    setBusy(false);
  };
  return (
    <section class="card" aria-labelledby="apply">
      <h2 id="apply">{said.text("apply")}</h2>
      <p>{said.text("applyWhat")}</p>
      <form ref={form} class="form" noValidate onSubmit={(submit) => void send(submit)}>
        <Field id="apply-event" label={said.text("what")}>
          <select
            id="apply-event"
            class="input"
            data-testid="apply-event"
            value={event}
            onChange={({ currentTarget: { value } }) => setEvent(value)}
          >
            <option value={REGULAR}>{said.text("regular")}</option>
            {on.map((one) => (
              <option key={one.id} value={`${one.id}`}>
                {one.name}（{said.basis(one)}・{said.until(one)}）
              </option>
            ))}
          </select>
        </Field>
        <TextField
          id="apply-because"
          label={said.text("because")}
          hint={said.text("becauseHint")}
          problem={problems.because}
          need="required"
          value={because}
          onValue={setBecause}
          more={{ maxLength: 200, autocomplete: "off" }}
        />
        <FromFile
          applyFor={applyFor}
          under={said.under(on.find(({ id }) => `${id}` === event))}
          read={(asked, under) => {
            setCounts({ ...counts, ...asked });
            if (under !== undefined) setEvent(under);
          }}
        />
        <Lines
          applyFor={applyFor}
          counts={counts}
          problem={problems.lines}
          setCount={(id, count) => setCounts({ ...counts, [id]: count })}
        />
        <p role="status" data-testid="apply-sum">
          {said.text("applySum", { count: words.number(lines.length), ids: words.number(ids) })}
        </p>
        <button type="submit" class="button primary" data-testid="apply-yes" disabled={isBusy}>
          {said.text("applyYes")}
        </button>
      </form>
    </section>
  );
}

interface LinesProps extends Pick<WavesView, "applyFor"> {
  readonly counts: Counts;
  readonly problem: string | undefined;
  readonly setCount: (id: string, count: string) => void;
}

const folded = (text: string): string => text.normalize("NFKC").toLowerCase();

function Lines({ applyFor, counts, problem, setCount }: LinesProps) {
  const said = useSaid();
  const [q, setQ] = useState("");
  const shown = applyFor.filter(({ name, code }) => folded(`${name} ${code}`).includes(folded(q.trim())));
  const isBad = (typed: string): boolean => half(typed) !== "" && countOf(typed) === undefined;
  return (
    <fieldset class="waves-choice">
      <legend>{said.text("forWhom")}</legend>
      <p class="problem-line" id="apply-lines-problem" role="alert">
        {problem}
      </p>
      {applyFor.length > FEW && (
        <TextField
          id="apply-find"
          label={said.text("find")}
          value={q}
          onValue={setQ}
          need="optional"
          more={{ type: "search", autocomplete: "off" }}
        />
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it */}
      <ul class="waves-lines" tabIndex={0} aria-label={said.text("forWhom")}>
        {shown.map(({ id, code, name }) => (
          <li key={id}>
            <span id={`apply-for-${id}`}>
              {name} <span class="era">{code}</span>
            </span>
            <input
              class="input"
              data-testid={`apply-count-${code}`}
              aria-labelledby={`apply-for-${id}`}
              aria-describedby="apply-lines-problem"
              aria-invalid={
                isBad(counts[id] ?? "") || (problem && half(counts[id] ?? "") === "" && shown[0]?.id === id)
                  ? "true"
                  : undefined
              }
              inputMode="numeric"
              autocomplete="off"
              maxLength={9}
              value={counts[id] ?? ""}
              onInput={({ currentTarget: { value } }) => setCount(id, value)}
            />
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
