import { Command } from "commander";
import type { Desk, Who } from "../organisations/desk.ts";
import { policyEffect, policyView, setPolicy } from "../organisations/policies.ts";
import { type PolicyPlaceName, policyPlaceNamed } from "../organisations/policy-named.ts";
import type { PolicyEffect, PolicyPlace, PolicyView } from "../protocol/console-policy.ts";
import { RequestError } from "../protocol/errors.ts";
import { POLICY_RULES, type PolicyRule, type PolicyRules } from "../protocol/policy.ts";
import { CommandError, type CommandLine, loginArgument, reasonArgument, timeOf } from "./command-line.ts";
import { formatRule, parseRules, ruleNamed } from "./policy-words.ts";
import { Table } from "./table.ts";

const YES = ["--yes", "do it without asking; what it comes to is said all the same"] as const;

interface Where {
  organisation?: string;
  division?: string;
  person?: Who;
}

/** Office PCs say to the server what they have, and not to this program. */
type Shown = Omit<PolicyView, "agents">;

export function policyCommand(cli: CommandLine): Command {
  const group = new Command("policy").description(
    "what is decided for the server, an organisation, a division or a person; of each rule the nearest holds",
  );
  placed(group.command("show"))
    .description("the rules that hold there, and where each was set")
    .action((where: Where, command: Command) =>
      cli.at(async (desk) => {
        const { agents: _, ...view } = await policyView(desk, await policyPlaceNamed(desk, nameOf(where)));
        cli.say(command, view, () => inForce(view));
      }),
    );
  placed(group.command("set"))
    .argument("<rule=value...>", "e.g. hours=mon-fri:08:30-17:15 viewOnly=yes")
    .requiredOption("--reason <text>", "why, for the record", reasonArgument)
    .option(...YES)
    .description("set these rules there; others that are set there stay")
    .action((words: string[], { reason, yes, ...where }: Where & Sure, command: Command) =>
      change(cli, { where, reason, yes, command, what: words.join(" ") }, (before) => ({
        ...before,
        ...parseRules(words),
      })),
    );
  placed(group.command("clear"))
    .argument("<rule...>", "e.g. hours viewOnly")
    .requiredOption("--reason <text>", "why, for the record", reasonArgument)
    .option(...YES)
    .description("inherit these rules there from now on")
    .action((names: string[], { reason, yes, ...where }: Where & Sure, command: Command) =>
      change(cli, { where, reason, yes, command, what: `without ${names.join(" ")} of its own` }, (before) => {
        const cleared = new Set<string>(names.map(ruleNamed));
        return Object.fromEntries(Object.entries(before).filter(([rule]) => !cleared.has(rule)));
      }),
    );
  placed(group.command("history"))
    .description("who set what there, the newest first")
    .action((where: Where, command: Command) =>
      cli.at(async (desk) => {
        const { history } = await policyView(desk, await policyPlaceNamed(desk, nameOf(where)));
        if (cli.isJson(command)) for (const version of history) cli.surroundings.print(JSON.stringify(version));
        else cli.surroundings.print(history.length === 0 ? "(none)" : versions(history));
      }),
    );
  return group;
}

const placed = (command: Command): Command =>
  command
    .option("--organisation <organisation>", "of an organisation: its code or name; without any of these of the server")
    .option("--division <division>", "of a division, e.g. 総務部/総務課; with --organisation where there are several")
    .option("--person <login>", "of a person", loginArgument);

function nameOf({ organisation, division, person }: Where): PolicyPlaceName {
  if (person === undefined) return { organisation, division };
  if (organisation ?? division)
    throw new CommandError("say a person alone; with their organisation: --person midori/tanaka");
  return { person };
}

interface Sure {
  reason: string;
  yes?: boolean | undefined;
}

interface Wish extends Readonly<Sure> {
  readonly where: Where;
  /** In words. */
  readonly what: string;
  readonly command: Command;
}

function change(
  cli: CommandLine,
  { where, what, reason, yes, command }: Wish,
  work: (before: PolicyRules) => PolicyRules,
): Promise<void> {
  return cli.at(async (desk) => {
    const place = await policyPlaceNamed(desk, nameOf(where));
    const { place: named, here, version } = await policyView(desk, place);
    const rules = work(here);
    const effect = await policyEffect(desk, place, rules);
    await cli.agree(command, `${placeText(named)}: ${what}.`, [effectText(effect)], yes);
    await set(desk, { place, rules, basedOn: version, because: reason });
    const { agents: _, ...view } = await policyView(desk, place);
    cli.say(command, { ...view, effect }, () => inForce(view));
  });
}

async function set(desk: Desk, wish: Parameters<typeof setPolicy>[1]): Promise<void> {
  try {
    await setPolicy(desk, wish);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    throw new CommandError("somebody else has changed it at this moment; look at it again", { cause: error });
  }
}

function inForce({ place, version, inForce: rules, from }: Shown): string {
  const title = `${placeText(place)}, ${version === 0 ? "nothing set here" : `version ${version}`}`;
  const set = POLICY_RULES.filter((rule) => rules[rule] !== undefined);
  if (set.length === 0) return `${title}\n(no rules: as the server and each office PC are configured)`;
  const table = new Table<PolicyRule>({
    Rule: (rule) => rule,
    Value: (rule) => formatRule(rules, rule),
    From: (rule) => placeText(from[rule]),
  });
  return `${title}\n${table.rows(set)}`;
}

function versions(history: PolicyView["history"]): string {
  const table = new Table<PolicyView["history"][number]>({
    Version: ({ version }) => String(version),
    Set: ({ at }) => timeOf(at),
    By: ({ by }) => by,
    Reason: ({ because }) => because,
    Rules: ({ rules }) => {
      const set = POLICY_RULES.filter((rule) => rules[rule] !== undefined);
      return set.length === 0 ? "(none)" : set.map((rule) => `${rule}=${formatRule(rules, rule)}`).join(" ");
    },
  });
  return table.rows(history);
}

const placeText = (place: PolicyPlace | undefined): string =>
  place === undefined ? "" : place.level === "server" ? "server" : `${place.level} ${place.name}`;

const effectText = ({ people, terminals, sessions, ending }: PolicyEffect): string =>
  `It concerns ${people} people and ${terminals} office PCs. ${sessions} of their sessions are open, ${ending} of which end by it.`;
