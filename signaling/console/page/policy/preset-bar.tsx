/** Ways of ending the day that are known, to begin from. They fill the draft; nothing is saved. */
import { PRESETS, type Preset } from "./presets.ts";
import { useSaid } from "./said.ts";

export function PresetBar({ use }: { use: (preset: Preset) => void }) {
  const said = useSaid();
  return (
    <section class="policy-presets" aria-labelledby="policy-presets-title" data-testid="policy-presets">
      <h3 id="policy-presets-title">{said.text("presets")}</h3>
      <p class="hint">{said.text("presetsHint")}</p>
      <ul>
        {PRESETS.map((preset) => (
          <li key={preset}>
            <button
              type="button"
              class="button"
              data-testid={`policy-preset-${preset}`}
              aria-describedby={`policy-preset-${preset}-hint`}
              onClick={() => use(preset)}
            >
              {said.words.presets[preset].name}
            </button>
            <span class="hint" id={`policy-preset-${preset}-hint`}>
              {said.words.presets[preset].hint}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
