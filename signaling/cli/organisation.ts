import { Command } from "commander";
import { addOrganisation, organisations } from "../organisations/organisations.ts";
import { type CommandLine, timeOf } from "./command-line.ts";
import { listCommand } from "./list.ts";

export function organisationCommand(cli: CommandLine): Command {
  const group = new Command("organisation").description("municipalities on this server");
  group
    .command("add <name>")
    .description("add one")
    .action((name: string, _options, command: Command) =>
      cli.at(async (desk) => {
        const row = await addOrganisation(desk, name);
        cli.say(command, row, () => `Added ${row.name}.`);
      }),
    );
  listCommand(group, cli, {
    description: "organisations, by name",
    listing: organisations,
    searched: "the name",
    ofOrganisations: false,
    after: { is: "its name", parse: String, text: String },
    columns: { Name: (o) => o.name, Since: (o) => timeOf(o.createdAt) },
  });
  return group;
}
