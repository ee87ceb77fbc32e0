/** On 今日: IDs that end within a week. */
import type { Today } from "../../../protocol/console.ts";
import { isoDate } from "../format/moment.ts";
import { NotLoaded } from "../parts/lazy.tsx";
import { useDesk } from "../state/desk.ts";
import { useLoadedSaid } from "./said.ts";

export function Expiring({ all }: { all: NonNullable<Today["expiring"]> }) {
  const { words } = useDesk();
  const { part: said, ...rest } = useLoadedSaid();
  if (!said) return <NotLoaded {...rest} />;
  return (
    <section class="card" aria-labelledby="expiring">
      <h2 id="expiring">{said.text("expiring")}</h2>
      <ul class="lines">
        {all.map(({ organisation, event, endsAt, terminals: count }) => (
          <li key={`${organisation} ${event}`} class="line" data-testid="expiring">
            {said.text("expiringLine", { organisation, event, count: words.number(count), day: isoDate(endsAt - 1) })}
          </li>
        ))}
      </ul>
    </section>
  );
}
