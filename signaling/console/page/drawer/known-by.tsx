/** Which office PCs know a device, and whether those that are to forget it have. */
import type { KnowingTerminal } from "../../../protocol/console.ts";
import { isoMoment } from "../format/moment.ts";
import { ItemLink } from "../parts/value.tsx";
import { useDesk } from "../state/desk.ts";
import { useOwnWords } from "../state/own-words.ts";
import { DRAWER_WORDS } from "./drawer-words.ts";

export function KnownBy({ all }: { all: readonly KnowingTerminal[] }) {
  const { words } = useDesk();
  const say = useOwnWords(DRAWER_WORDS);
  return (
    <section aria-labelledby="known-by">
      <h3 id="known-by">
        {say("knownTitle")} <span class="chip-count">{words.number(all.length)}</span>
      </h3>
      {all.length === 0 && <p class="hint">{say("knownNone")}</p>}
      <ul class="lines" data-testid="known-by">
        {all.map(({ terminal: { id, name }, state, at }) => (
          <li key={id} class="line" data-state={state}>
            <span class="line-part">
              <ItemLink list="terminals" id={id}>
                {name}
              </ItemLink>
            </span>
            <span class="line-part">{say(state, { at: isoMoment(at) })}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
