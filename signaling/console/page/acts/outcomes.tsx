/** Of an act on many: what came of each. */
import type { Failure } from "../../../client/account.ts";
import { useRefusals } from "../parts/refusal.ts";
import { type Subject, useDesk } from "../state/desk.ts";

export type Outcome = "done" | Failure;

interface OutcomesProps {
  readonly subjects: readonly Subject[];
  readonly outcomes: readonly Outcome[];
  readonly isOver: boolean;
}

export function Outcomes({ subjects, outcomes, isOver }: OutcomesProps) {
  const { words } = useDesk();
  const done = outcomes.filter((outcome) => outcome === "done").length;
  const why = useRefusals(outcomes.some((one) => one !== "done" && one.refusal));
  const said = (outcome: Outcome | undefined): string => {
    if (outcome === undefined) return words.text("outcomeWaiting");
    return outcome === "done" ? words.text("outcomeDone") : (why(outcome.refusal) ?? words.failure(outcome).what);
  };
  return (
    <>
      {isOver && (
        <p role="status" data-testid="many-done">
          {words.text("manyDone", { count: subjects.length, done })}
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it */}
      <ul class="lines outcomes" tabIndex={0} aria-label={words.text("manyTitle", { count: subjects.length })}>
        {subjects.map(({ name, known }, index) => (
          <li key={Object.values(known).join(" ")} class="line">
            <span class="line-part">{name}</span>
            {outcomes.length > 0 && (
              <span class="line-part" data-outcome={outcomes[index] === "done" ? "done" : "other"}>
                {said(outcomes[index])}
              </span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
