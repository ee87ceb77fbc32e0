/** Before rules are saved: what changes, whom it concerns and whom it cuts off, in numbers; why; and a code of the moment. */
import { useEffect, useState } from "preact/hooks";
import type { Failure } from "../../../client/account.ts";
import type { PolicyEffect, PolicyView } from "../../../protocol/console-policy.ts";
import type { PolicyRule } from "../../../protocol/policy.ts";
import { ConfirmDialog } from "../parts/confirm-dialog.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { useDesk } from "../state/desk.ts";
import { type Changes, rulesWith } from "./draft.ts";
import * as routes from "./routes.ts";
import { useSaid } from "./said.ts";

interface PolicyDialogProps {
  readonly view: PolicyView;
  readonly changes: Changes;
  /** Kept while others are in the way. */
  readonly because: string;
  readonly setBecause: (because: string) => void;
  readonly close: () => void;
  /** Somebody else was first. */
  readonly overtaken: () => void;
  readonly done: (view: PolicyView) => void;
}

export function PolicyDialog({ view, changes, because, setBecause, close, overtaken, done }: PolicyDialogProps) {
  const said = useSaid();
  // what was looked at, whatever comes meanwhile
  const [{ place, version: basedOn, here }] = useState(view);
  const rules = rulesWith(here, changes);
  const { level, id } = place;
  return (
    <ConfirmDialog
      name="policy"
      title={said.text("confirmTitle", { place: said.place(place) })}
      what={said.text("confirmWhat")}
      yes={said.text("yes")}
      reason={because}
      setReason={setBecause}
      ask={({ reason, code }) => routes.set({ place: { level, id }, rules, basedOn, because: reason, code })}
      failed={({ code }) => {
        if (code !== "CONFLICT") return false;
        overtaken();
        return true;
      }}
      {...{ done, close }}
    >
      <dl class="policy-diff" data-testid="policy-diff">
        {(Object.keys(changes) as PolicyRule[]).map((rule) => (
          <div key={rule}>
            <dt>{said.name(rule)}</dt>
            <dd>
              <span class="hint">{said.text("before")}</span> {said.value(rule, here) ?? said.text("unsetWord")}
            </dd>
            <dd>
              <span class="hint">{said.text("after")}</span> {said.value(rule, rules) ?? said.text("unsetWord")}
            </dd>
          </div>
        ))}
      </dl>
      <EffectOf place={place} rules={rules} />
    </ConfirmDialog>
  );
}

function EffectOf({ place, rules }: Pick<PolicyView, "place"> & { rules: PolicyView["here"] }) {
  const { words } = useDesk();
  const said = useSaid();
  const [effect, setEffect] = useState<PolicyEffect | Failure>();
  useEffect(() => {
    let isOver = false;
    void routes.effect(place, rules).then((answer) => isOver || setEffect(answer.ok ? answer.value : answer.failure));
    return () => {
      isOver = true;
    };
  }, []);
  if (effect && "code" in effect) return <FailureNotice failure={effect} testId="policy-effect-problem" />;
  const line = (key: "effectPeople" | "effectTerminals" | "effectSessions" | "effectEnding", count: number) => (
    <li>{said.text(key, { count: words.number(count) })}</li>
  );
  return (
    <section class="effect" aria-live="polite" data-testid="effect">
      <h3>{said.text("effectTitle")}</h3>
      {!effect && <p>{said.text("effectAsking")}</p>}
      {effect && (
        <ul>
          {line("effectPeople", effect.people)}
          {line("effectTerminals", effect.terminals)}
          {line("effectSessions", effect.sessions)}
          {line("effectEnding", effect.ending)}
        </ul>
      )}
    </section>
  );
}
