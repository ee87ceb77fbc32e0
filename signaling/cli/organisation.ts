import { Command, Option } from "commander";
import { addOrganisation, organisations, setOrganisationCode } from "../organisations/organisations.ts";
import type { OrganisationCode } from "../protocol/ids.ts";
import type { OrganisationKind } from "../store/rows/tables.ts";
import { type CommandLine, organisationCodeArgument, timeOf } from "./command-line.ts";
import { listCommand } from "./list.ts";

interface AddOptions {
  code?: OrganisationCode;
  kind?: OrganisationKind;
  parent?: string;
}

export function organisationCommand(cli: CommandLine): Command {
  const group = new Command("organisation").description("the operator, prefectures and municipalities on this server");
  group
    .command("add <name>")
    .description("add one")
    .option(
      "--code <code>",
      "its short name, by which people sign in where there are several",
      organisationCodeArgument,
    )
    .addOption(new Option("--kind <kind>", "its level").choices(["operator", "prefecture", "municipality"]))
    .option("--parent <organisation>", "code or name of the one above it")
    .action((name: string, options: AddOptions, command: Command) =>
      cli.at(async (desk) => {
        const row = await addOrganisation(desk, name, options);
        cli.say(command, row, () => `Added ${row.name} (${row.code}).`);
      }),
    );
  group
    .command("set-code <organisation> <code>")
    .description("another short name; browsers that remember the former one ask again")
    .action((organisation: string, code: string, _options, command: Command) =>
      cli.at(async (desk) => {
        const parsed = organisationCodeArgument(code);
        await setOrganisationCode(desk, organisation, parsed);
        cli.say(command, { organisation, code: parsed }, () => `The code of ${organisation} is ${parsed}.`);
      }),
    );
  listCommand(group, cli, {
    description: "organisations, by name",
    listing: organisations,
    searched: "name and code",
    ofOrganisations: false,
    after: { is: "its name", parse: String, text: String },
    columns: {
      Name: (o) => o.name,
      Code: (o) => o.code,
      Kind: (o) => o.kind,
      Below: (o) => o.parentCode ?? "-",
      Since: (o) => timeOf(o.createdAt),
    },
  });
  return group;
}
