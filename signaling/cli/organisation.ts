import { Command } from "commander";
import { addOrganisation, organisations } from "../organisations/organisations.ts";
import { type CommandLine, timeOf } from "./command-line.ts";

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
  group
    .command("list")
    .description("show all")
    .action((_options, command: Command) =>
      cli.at(async (desk) => {
        cli.table(command, await organisations(desk), { Name: (o) => o.name, Since: (o) => timeOf(o.createdAt) });
      }),
    );
  return group;
}
