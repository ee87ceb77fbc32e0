/** The states of a list with their numbers; each is the filter. Beside them, how long something has not been seen. */
import { type List, STATES, UNSEEN_DAYS, UNSEEN_LISTS } from "../../../protocol/console.ts";
import { useDesk } from "../state/desk.ts";
import { changed, formatRoute } from "../state/route.ts";

export function Chips({ list, counts }: { list: List; counts: Readonly<Record<string, number>> }) {
  const { words, route } = useDesk();
  const states: readonly string[] = STATES[list];
  if (states.length === 0) return null;
  const all = states.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
  const chips = [
    [undefined, words.text("all"), all] as const,
    ...states.map((state) => [state, words.state(list, state), counts[state] ?? 0] as const),
  ];
  return (
    <>
      <ul class="chips" aria-label={words.text("filter")}>
        {chips.map(([state, name, count]) => (
          <li key={state ?? ""}>
            <a
              class="chip"
              href={formatRoute(changed(route, { state }))}
              data-testid={`chip-${state ?? "all"}`}
              {...(route.state === state && { "aria-current": "true" as const })}
            >
              {name} <span class="chip-count">{words.number(count)}</span>
            </a>
          </li>
        ))}
      </ul>
      {UNSEEN_LISTS.has(list) && <Unseen />}
    </>
  );
}

/** Pressed once more it is taken away. */
function Unseen() {
  const { words, route } = useDesk();
  return (
    <ul class="chips" aria-label={words.text("unseen")}>
      {UNSEEN_DAYS.map(String).map((days) => (
        <li key={days}>
          <a
            class="chip"
            href={formatRoute(changed(route, { unseen: route.unseen === days ? undefined : days }))}
            data-testid={`unseen-${days}`}
            {...(route.unseen === days && { "aria-current": "true" as const })}
          >
            {words.text("unseenDays", { days })}
          </a>
        </li>
      ))}
    </ul>
  );
}
