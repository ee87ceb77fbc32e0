import { Argument, Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import type { Who } from "../organisations/desk.ts";
import { duties, giveDuty, takeDuty } from "../organisations/duties.ts";
import { DivisionId, OrganisationId, QualifiedLogin } from "../protocol/ids.ts";
import type { OfDuty } from "../store/queries/duties.ts";
import type { DutyRole } from "../store/rows/tables.ts";
import { type CommandLine, loginArgument, timeOf } from "./command-line.ts";
import { listCommand } from "./list.ts";

const ROLES = ["operator", "prefecture", "administrator", "manager", "auditor"] as const satisfies DutyRole[];

const OneDuty = z.tuple([QualifiedLogin, z.enum(ROLES), OrganisationId, z.union([z.literal(""), DivisionId])]);

interface Where {
  organisation?: string;
  division?: string;
}

export function dutyCommand(cli: CommandLine): Command {
  const group = new Command("duty").description("what people may do beyond using their own office PC, and where");
  for (const [name, act, done, description] of [
    ["give", giveDuty, "has the duty", "give one"],
    ["take", takeDuty, "no longer has the duty", "take it away"],
  ] as const) {
    group
      .command(name)
      .argument("<login>", "", loginArgument)
      .addArgument(new Argument("<role>").choices(ROLES))
      .option("--organisation <organisation>", "for which, by code or name; may be left out while there is only one")
      .option("--division <division>", "for one part of it only, e.g. 総務部/総務課")
      .description(description)
      .action((who: Who, role: DutyRole, where: Where, command: Command) =>
        cli.at(async (desk) => {
          await act(desk, who, role, where);
          cli.say(command, { login: who, role, ...where }, () => `${who} ${done} ${role}.`);
        }),
      );
  }
  listCommand(group, cli, {
    description: "all, by login",
    listing: duties,
    searched: "login, name and role",
    after: { is: "CODE/LOGIN:ROLE:…", parse: dutyArgument, text: (duty) => duty.join(":") },
    columns: {
      Login: (d) => `${d.homeCode}/${d.login}`,
      Name: (d) => d.personName,
      Role: (d) => d.role,
      For: (d) => [d.organisationCode, d.division].filter((part) => part !== "").join(" "),
      Since: (d) => timeOf(d.since),
      "Given by": (d) => d.givenBy,
    },
  });
  return group;
}

function dutyArgument(text: string): OfDuty {
  const duty = OneDuty.safeParse(text.split(":"));
  if (!duty.success) throw new InvalidArgumentError("As the line below a list that was cut says it.");
  return duty.data;
}
