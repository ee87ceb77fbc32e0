/** Who decided what, when and why, newest first. */
import type { PolicyView } from "../../../protocol/console-policy.ts";
import { Moment } from "../parts/value.tsx";
import { useDesk } from "../state/desk.ts";
import { changedBy } from "./draft.ts";
import { useSaid } from "./said.ts";

export function History({ history }: Pick<PolicyView, "history">) {
  const { words } = useDesk();
  const said = useSaid();
  return (
    <section class="card" aria-labelledby="policy-history">
      <h3 id="policy-history">{said.text("history")}</h3>
      {history.length === 0 && <p class="hint">{said.text("historyNone")}</p>}
      <ol class="lines" data-testid="policy-history">
        {history.map(({ version, at, by, because }, index) => (
          <li key={version} class="line policy-version">
            <p>
              <strong>{said.text("version", { version })}</strong>{" "}
              {by === "server" ? said.text("byServer") : words.actor(by)} <Moment at={at} />
            </p>
            <p>{said.text("historyBecause", { because })}</p>
            <ul>
              {changedBy(history, index)?.map(({ rule, before, after }) => (
                <li key={rule}>
                  {said.text("set", {
                    rule: said.name(rule),
                    before: said.value(rule, before) ?? said.text("unsetWord"),
                    after: said.value(rule, after) ?? said.text("unsetWord"),
                  })}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  );
}
