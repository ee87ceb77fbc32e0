/** What an act comes to, in numbers, as the server says before it is done. Of many the sum. */
import { useEffect, useState } from "preact/hooks";
import type { ActType, Effect } from "../../../protocol/console-acts.ts";
import { type Chosen, useDesk } from "../state/desk.ts";
import { actOf, actOnAll, fieldsOf, TOGETHER, type Values } from "./build.ts";
import * as routes from "./routes.ts";
import type { FieldName } from "./subject.ts";

/** What is chosen for it changes what it comes to. */
const ASKED_AGAIN: ReadonlySet<ActType> = new Set<ActType>(["people.transfer", "terminal.replace", "division.move"]);
const PAUSE_MS = 250;

/** It needs one, and there is none yet; it is not recorded. */
const NO_REASON = "-";

/** What may yet be typed without changing what it comes to. */
const SAYS_NOTHING: ReadonlySet<FieldName> = new Set<FieldName>(["end", "liftCode"]);

export function EffectOf({ type, subjects, values }: Chosen & { type: ActType; values: Values }) {
  const { words } = useDesk();
  const [effect, setEffect] = useState<Effect | "unknown">();
  const isAskedAgain = ASKED_AGAIN.has(type);
  const isWhole =
    isAskedAgain || subjects.every(({ known }) => fieldsOf(type, known).every((field) => SAYS_NOTHING.has(field)));
  useEffect(() => {
    if (!isWhole) return;
    let isOver = false;
    if (effect !== undefined) setEffect(undefined);
    const said = { reason: NO_REASON };
    const acts = TOGETHER.has(type)
      ? [actOnAll(type, subjects, said)]
      : subjects.map(({ known }) => actOf(type, known, values, said));
    const timer = setTimeout(
      () => void sum(acts.filter((act) => act !== undefined)).then((found) => isOver || setEffect(found)),
      effect === undefined ? 0 : PAUSE_MS,
    );
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [isAskedAgain && JSON.stringify(values)]);
  if (!isWhole) return null;
  return (
    <section class="effect" aria-live="polite" data-testid="effect">
      <h3>{words.text("effectTitle")}</h3>
      {effect === undefined && <p>{words.text("effectAsking")}</p>}
      {effect === "unknown" && <p>{words.text("effectUnknown")}</p>}
      {typeof effect === "object" && <Numbers {...effect} />}
    </section>
  );
}

function Numbers({
  sessions,
  signIns,
  people,
  terminals,
  divisions = 0,
  devices = 0,
  grants = 0,
  forgets = 0,
}: Effect) {
  const { words } = useDesk();
  const lines = [
    sessions > 0 ? words.text("effectSessions", { count: words.number(sessions) }) : words.text("effectNone"),
    signIns > 0 && words.text("effectSignIns", { count: words.number(signIns) }),
    divisions > 0 && words.text("effectDivisions", { count: words.number(divisions) }),
    devices > 0 && words.text("effectDevices", { count: words.number(devices) }),
    grants > 0 && words.text("effectGrants", { count: words.number(grants) }),
    forgets > 0 && words.text("effectForgets", { count: words.number(forgets) }),
    people > 0 && words.text("effectPeople", { count: words.number(people) }),
    terminals > 0 && words.text("effectTerminals", { count: words.number(terminals) }),
  ];
  return <ul>{lines.map((line) => line && <li key={line}>{line}</li>)}</ul>;
}

async function sum(acts: readonly Parameters<typeof routes.effect>[0][]): Promise<Effect | "unknown"> {
  const all = { sessions: 0, signIns: 0, people: 0, terminals: 0, divisions: 0, devices: 0, grants: 0, forgets: 0 };
  for (const act of acts) {
    const answer = await routes.effect(act);
    if (!answer.ok) return "unknown";
    for (const key of Object.keys(all) as (keyof typeof all)[]) all[key] += answer.value[key] ?? 0;
  }
  return all;
}
