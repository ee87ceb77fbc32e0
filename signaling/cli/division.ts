import { Command, InvalidArgumentError } from "commander";
import { addDivision, divisions, moveDivision } from "../organisations/divisions.ts";
import type { OfDivision } from "../store/queries/organisations.ts";
import { type CommandLine, organisationCodeArgument } from "./command-line.ts";
import { listCommand } from "./list.ts";

interface Where {
  organisation?: string;
  below?: string;
}

export function divisionCommand(cli: CommandLine): Command {
  const group = new Command("division").description("parts of an organisation (部・課・係)");
  const organisation = [
    "--organisation <organisation>",
    "code or name; may be left out while there is only one",
  ] as const;
  group
    .command("add <name>")
    .description("add one")
    .option(...organisation)
    .option("--below <division>", "the one above it, e.g. 総務部 or 総務部/総務課")
    .action((name: string, { organisation: where, below }: Where, command: Command) =>
      cli.at(async (desk) => {
        const row = await addDivision(desk, name, { organisation: where, division: below });
        cli.say(command, row, () => `Added ${name}.`);
      }),
    );
  group
    .command("move <division>")
    .description("with all that is in it, below another one, or (without --below) to the top")
    .option(...organisation)
    .option("--below <division>")
    .action((division: string, { organisation: where, below }: Where, command: Command) =>
      cli.at(async (desk) => {
        await moveDivision(desk, { organisation: where, division }, below);
        cli.say(command, { division, below }, () => `Done: ${division} is ${below ? `below ${below}` : "at the top"}.`);
      }),
    );
  listCommand(group, cli, {
    description: "all, by the organisation's code",
    listing: divisions,
    searched: "the name, with those above it",
    after: { is: "CODE/DIVISION", parse: divisionArgument, text: ([code, path]) => `${code}/${path}` },
    columns: { Organisation: (d) => d.organisationName, Code: (d) => d.organisationCode, Division: (d) => d.path },
  });
  return group;
}

/** `midori/総務部/総務課` */
function divisionArgument(text: string): OfDivision {
  const slash = text.indexOf("/");
  if (slash < 0) throw new InvalidArgumentError("As the line below a list that was cut says it.");
  return [organisationCodeArgument(text.slice(0, slash)), text.slice(slash + 1)];
}
