/** On 今日: IDs that end within a week. */
import type { Today } from "../../../protocol/console.ts";
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
        {all.map(({ organisation, event, until, terminals: count }) => (
          <li key={`${organisation} ${event} ${until}`} class="line" data-testid="expiring">
            {said.text("expiringLine", { organisation, event, count: words.number(count), until })}
          </li>
        ))}
      </ul>
    </section>
  );
}
