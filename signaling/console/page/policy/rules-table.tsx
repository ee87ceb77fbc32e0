/** All rules there are: what is decided here, what holds, and where that was decided. */
import type { PolicyView } from "../../../protocol/console-policy.ts";
import { ORGANISATION_RULES, POLICY_RULES, type PolicyRule } from "../../../protocol/policy.ts";
import { useDesk } from "../state/desk.ts";
import { formatRoute } from "../state/route.ts";
import { type Changes, rulesWith } from "./draft.ts";
import { useSaid } from "./said.ts";

interface RulesTableProps {
  readonly view: PolicyView;
  readonly changes: Changes;
  readonly edit: (rule: PolicyRule) => void;
  readonly undo: (rule: PolicyRule) => void;
}

const isSetAt = (level: PolicyView["place"]["level"], rule: PolicyRule): boolean =>
  level === "server" || level === "organisation" || !ORGANISATION_RULES.includes(rule);

export function RulesTable(props: RulesTableProps) {
  const { words } = useDesk();
  const said = useSaid();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways, so the keyboard has to reach it
    <section class="table-frame" aria-label={words.text("tableLabel", { list: said.text("title") })} tabIndex={0}>
      <table class="policy-table">
        <thead>
          <tr>
            {(["rule", "here", "inForce", "from"] as const).map((key) => (
              <th key={key} scope="col">
                {said.text(key)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {POLICY_RULES.map((rule) => (
            <Row key={rule} rule={rule} {...props} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ rule, view, changes, edit, undo }: RulesTableProps & { rule: PolicyRule }) {
  const said = useSaid();
  const { place, maySet, here, inForce } = view;
  const { name, hint, unset } = said.words.rules[rule];
  const isChanged = changes[rule] !== undefined;
  const own = said.value(rule, rulesWith(here, changes)) ?? said.text("inherits");
  const canBeSet = isSetAt(place.level, rule);
  return (
    <tr data-testid={`policy-${rule}`} data-changed={isChanged ? "true" : undefined}>
      <th scope="row">
        {name}
        <span class="era">{hint}</span>
      </th>
      <td>
        <p>{canBeSet ? own : said.text("aboveOnly")}</p>
        {isChanged && <p class="policy-mark">{said.text("changed")}</p>}
        {maySet && canBeSet && (
          <p class="policy-edit">
            <button
              type="button"
              class="button"
              data-testid={`policy-edit-${rule}`}
              aria-label={said.text("editRule", { rule: name })}
              onClick={() => edit(rule)}
            >
              {said.text("edit")}
            </button>
            {isChanged && (
              <button type="button" class="button quiet" onClick={() => undo(rule)}>
                {said.text("dropOne")}
              </button>
            )}
          </p>
        )}
      </td>
      <td>
        {said.value(rule, inForce) ?? unset}
        {rule === "signInWays" && view.noMail && rulesWith(inForce, changes).signInWays === "app-or-mail" && (
          <p class="policy-mark" data-testid="policy-no-mail-mark">
            {said.text("noMail")}
          </p>
        )}
      </td>
      <td>
        <From view={view} rule={rule} />
      </td>
    </tr>
  );
}

function From({ view: { place, from }, rule }: { view: PolicyView; rule: PolicyRule }) {
  const said = useSaid();
  const where = from[rule];
  if (!where) return <span class="none">{said.text("fromNobody")}</span>;
  if (where.level === place.level && where.id === place.id) return <>{said.text("fromHere")}</>;
  const { level, id } = where;
  return (
    <a href={formatRoute({ place: "policy", at: { level, id } })}>
      {said.place(where)}
      <span class="era">{said.words.levels[level]}</span>
    </a>
  );
}
