/** One place: its rules, what was changed of them and is not saved yet, how far they have come, and what they were before. */
import { useState } from "preact/hooks";
import type { PolicyPlaceId, PolicyView } from "../../../protocol/console-policy.ts";
import type { PolicyRule } from "../../../protocol/policy.ts";
import { isoMoment } from "../format/moment.ts";
import { FailureNotice, Notice } from "../parts/notice.tsx";
import { useDesk } from "../state/desk.ts";
import { useGuard } from "../state/guard.ts";
import { useLive } from "../state/live.ts";
import { type Changes, differing, rulesWith, withChange } from "./draft.ts";
import { History } from "./history.tsx";
import { PolicyDialog } from "./policy-dialog.tsx";
import { PresetBar } from "./preset-bar.tsx";
import { withPreset } from "./presets.ts";
import * as routes from "./routes.ts";
import { RuleDialog } from "./rule-dialog.tsx";
import { RulesTable } from "./rules-table.tsx";
import { useSaid } from "./said.ts";

/** While a change travels to the office PCs somebody watches it. */
const EVERY_MS = 3_000;

interface PlacePaneProps {
  readonly at: PolicyPlaceId;
  readonly saved: () => void;
}

// long: one place with what is done to it, from looking to saving
export function PlacePane({ at, saved }: PlacePaneProps) {
  const said = useSaid();
  const [again, setAgain] = useState(0);
  const { value, failure } = useLive(`policy ${again}`, (isAuto) => routes.view(at, isAuto), EVERY_MS);
  const [changes, setChanges] = useState<Changes>({});
  /** On which version they were begun, or looked at last. */
  const [seen, setSeen] = useState<PolicyView>();
  const [because, setBecause] = useState("");
  const [editing, setEditing] = useState<PolicyRule>();
  const [isConfirming, setConfirming] = useState(false);
  const [done, setDone] = useState<number>();
  useGuard(Object.keys(changes).length > 0 ? said.text("leave") : undefined);
  if (!value) return failure ? <FailureNotice failure={failure} testId="policy-problem" /> : null;
  const { place, here, inForce, maySet, agents, history } = value;
  const changed = Object.keys(changes) as PolicyRule[];
  const overtaken = changed.length > 0 && seen && value.version > seen.version ? seen : undefined;
  const unset = (rule: PolicyRule): string => said.words.rules[rule].unset;
  const draft = (changes: Changes): void => {
    if (changed.length === 0) setSeen(value);
    setChanges(changes);
    setDone(undefined);
    setEditing(undefined);
  };
  const change = (rule: PolicyRule, to: Changes[PolicyRule]): void =>
    draft(withChange(here, changes, rule, to ?? null));
  const drafted = { ...inForce, ...rulesWith(here, changes) };
  return (
    <section class="policy-rules" aria-labelledby="policy-place-name">
      <div class="title-row">
        <h2 id="policy-place-name" data-testid="policy-place-name">
          {said.place(place)} <span class="hint">{said.words.levels[place.level]}</span>
        </h2>
        <p class="hint" data-testid="policy-agents">
          {agents.online === 0 ? said.text("agentsNone") : said.text("agents", agents)}
        </p>
      </div>
      {failure && <FailureNotice failure={failure} testId="policy-problem" />}
      {!maySet && <p class="hint">{said.text("readOnly")}</p>}
      {done !== undefined && <Notice kind="info" what={said.text("saved", { version: done })} testId="policy-saved" />}
      {overtaken && <Overtaken before={overtaken} now={value} changed={changed} />}
      {maySet && <PresetBar use={(preset) => draft(withPreset(preset, here, drafted, changes))} />}
      <RulesTable view={value} changes={changes} edit={setEditing} undo={(rule) => change(rule, here[rule] ?? null)} />
      {changed.length > 0 && (
        <section class="selection" aria-label={said.text("changed")} data-testid="policy-changes">
          <p role="status">{said.text("changes", { count: changed.length })}</p>
          <button type="button" class="button" data-testid="policy-drop" onClick={() => setChanges({})}>
            {said.text("drop")}
          </button>
          <button
            type="button"
            class="button primary"
            data-testid="policy-check"
            onClick={() => {
              setSeen(value);
              setConfirming(true);
            }}
          >
            {said.text("check")}
          </button>
        </section>
      )}
      <History history={history} />
      {editing && (
        <RuleDialog
          rule={editing}
          rules={drafted}
          isOwn={rulesWith(here, changes)[editing] !== undefined}
          noMail={value.noMail === true}
          // what comes from above is known only where nothing is set here
          inherited={here[editing] === undefined ? (said.value(editing, inForce) ?? unset(editing)) : undefined}
          close={() => setEditing(undefined)}
          use={(to) => change(editing, to)}
        />
      )}
      {isConfirming && (
        <PolicyDialog
          view={value}
          changes={changes}
          because={because}
          setBecause={setBecause}
          close={() => setConfirming(false)}
          overtaken={() => {
            setConfirming(false);
            setAgain(again + 1);
          }}
          done={({ version }) => {
            setConfirming(false);
            setChanges({});
            setBecause("");
            setDone(version);
            setAgain(again + 1);
            saved();
          }}
        />
      )}
    </section>
  );
}

interface OvertakenProps {
  readonly before: PolicyView;
  readonly now: PolicyView;
  readonly changed: readonly PolicyRule[];
}

function Overtaken({ before, now, changed }: OvertakenProps) {
  const { words } = useDesk();
  const said = useSaid();
  const [newest] = now.history;
  const both = differing(before.here, now.here).filter((rule) => changed.includes(rule));
  if (!newest) return null;
  const by = newest.by === "server" ? said.text("byServer") : words.actor(newest.by);
  const facts = { by, at: isoMoment(newest.at), version: newest.version, because: newest.because };
  return (
    <Notice kind="problem" what={said.text("conflictWhat")} testId="policy-conflict">
      <p>{said.text("conflict", facts)}</p>
      {both.length > 0 && (
        <p>{said.text("conflictRules", { rules: both.map((rule) => said.name(rule)).join(said.text("list")) })}</p>
      )}
    </Notice>
  );
}
