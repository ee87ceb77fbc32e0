/** How many are chosen, and what can be done to all of them. Stays at the foot of the window. */
import type { ActType } from "../../../protocol/console.ts";
import { type Subject, useDesk } from "../state/desk.ts";

interface SelectionBarProps {
  readonly acts: readonly ActType[];
  readonly subjects: readonly Subject[];
  readonly clear: () => void;
}

export function SelectionBar({ acts, subjects, clear }: SelectionBarProps) {
  const { words, choose } = useDesk();
  return (
    <section class="selection" data-testid="selection" aria-label={words.text("selected", { count: subjects.length })}>
      <p role="status">{words.text("selected", { count: words.number(subjects.length) })}</p>
      {acts.map((type) => (
        <button
          key={type}
          type="button"
          class="button"
          data-testid={`many-${type}`}
          onClick={() => choose({ type, subjects })}
        >
          {words.act(type).label}
        </button>
      ))}
      <button type="button" class="button quiet" onClick={clear}>
        {words.text("deselect")}
      </button>
    </section>
  );
}
