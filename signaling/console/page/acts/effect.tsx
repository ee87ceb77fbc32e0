/** What an act comes to, in numbers, as the server says before it is done. Of many the sum. */
import { useEffect, useState } from "preact/hooks";
import type { Act, Effect } from "../../../protocol/console-acts.ts";
import { type Chosen, useDesk } from "../state/desk.ts";
import { useOwnWords } from "../state/own-words.ts";
import { foreseen, type Values } from "./build.ts";
import { EFFECT_WORDS } from "./effect-words.ts";
import * as routes from "./routes.ts";

const PAUSE_MS = 250;

export function EffectOf({ type, subjects, values }: Chosen & { values: Values }) {
  const say = useOwnWords(EFFECT_WORDS);
  const [effect, setEffect] = useState<Effect | "unknown">();
  const acts = foreseen(type, subjects, values);
  const question = JSON.stringify(acts);
  useEffect(() => {
    if (!acts) return;
    const asking = new AbortController();
    if (effect !== undefined) setEffect(undefined);
    const timer = setTimeout(
      () => void sum(acts, asking.signal).then((found) => asking.signal.aborted || setEffect(found)),
      effect === undefined ? 0 : PAUSE_MS,
    );
    return () => {
      asking.abort();
      clearTimeout(timer);
    };
  }, [question]);
  if (!acts) return null;
  return (
    <section class="effect" aria-live="polite" data-testid="effect">
      <h3>{say("title")}</h3>
      {effect === undefined && <p>{say("asking")}</p>}
      {effect === "unknown" && <p>{say("unknown")}</p>}
      {typeof effect === "object" && <Numbers {...effect} />}
    </section>
  );
}

const COUNTS = ["sessions", "signIns", "divisions", "devices", "grants", "forgets", "people", "terminals"] as const;

function Numbers(effect: Effect) {
  const { words } = useDesk();
  const say = useOwnWords(EFFECT_WORDS);
  const counts = COUNTS.map((key) => [key, effect[key] ?? 0] as const).filter(([, count]) => count > 0);
  return (
    <ul>
      {effect.sessions === 0 && <li>{say("none")}</li>}
      {counts.map(([key, count]) => (
        <li key={key}>{say(key, { count: words.number(count) })}</li>
      ))}
    </ul>
  );
}

/** Of many each is asked about: not any longer than somebody looks. */
async function sum(acts: readonly Act[], asking: AbortSignal): Promise<Effect | "unknown"> {
  const all = { sessions: 0, signIns: 0, people: 0, terminals: 0, divisions: 0, devices: 0, grants: 0, forgets: 0 };
  for (const act of acts) {
    if (asking.aborted) break;
    const answer = await routes.effect(act);
    if (!answer.ok) return "unknown";
    for (const key of COUNTS) all[key] += answer.value[key] ?? 0;
  }
  return all;
}
