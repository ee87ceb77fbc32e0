/** How many are chosen, and what can be done to all of them. Stays at the foot of the window. */
import type { List } from "../../../protocol/console.ts";
import { subjectOf } from "../acts/subject.ts";
import { papersOf, useDesk } from "../state/desk.ts";
import { MANY } from "./many.ts";
import type { AnyRow } from "./shown-columns.ts";

interface SelectionBarProps {
  readonly list: List;
  readonly rows: readonly AnyRow[];
  readonly clear: () => void;
}

export function SelectionBar({ list, rows, clear }: SelectionBarProps) {
  const { words, self, choose, print } = useDesk();
  const acts = MANY[list].filter((act) => (self?.acts ?? []).includes(act));
  const subjects = rows.map((row) => subjectOf(list, row));
  const papers = papersOf(list, rows);
  return (
    <section class="selection" data-testid="selection" aria-label={words.text("selected", { count: rows.length })}>
      <p role="status">{words.text("selected", { count: words.number(rows.length) })}</p>
      {acts.map((type) => (
        <button
          key={type}
          type="button"
          class="button"
          data-testid={`many-${type}`}
          onClick={() => choose({ type, subjects })}
        >
          {words.act(type)}
        </button>
      ))}
      {papers && (
        <button type="button" class="button" data-testid="many-papers" onClick={() => print(papers)}>
          {words.text("papers")}
        </button>
      )}
      <button type="button" class="button quiet" onClick={clear}>
        {words.text("deselect")}
      </button>
    </section>
  );
}
