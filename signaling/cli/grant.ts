import { Command } from "commander";
import type { Who } from "../organisations/desk.ts";
import { addGrant, grants, removeGrant } from "../organisations/grants.ts";
import type { TerminalId } from "../protocol/ids.ts";
import { type CommandLine, loginArgument, momentArgument, terminalArgument, timeOf } from "./command-line.ts";

export function grantCommand(cli: CommandLine): Command {
  const group = new Command("grant").description("who may use which office PC");
  group
    .command("add")
    .argument("<login>", "", loginArgument)
    .argument("<terminal>", "", terminalArgument)
    .option("--until <day>", "the last day (2027-03-31) or moment; without it the grant has no end", momentArgument)
    .description("allow it, or change until when")
    .action((login: Who, terminal: TerminalId, options: { until?: number }, command: Command) =>
      cli.at(async (desk) => {
        const until = options.until ?? null;
        await addGrant(desk, login, terminal, until);
        const end = until === null ? "without end" : `until ${timeOf(until)}`;
        cli.say(command, { login, terminal, until }, () => `${login} may use ${terminal}, ${end}.`);
      }),
    );
  group
    .command("remove")
    .argument("<login>", "", loginArgument)
    .argument("<terminal>", "", terminalArgument)
    .description("end it at once, with the session that rests on it")
    .action((login: Who, terminal: TerminalId, _options, command: Command) =>
      cli.at(async (desk) => {
        await removeGrant(desk, login, terminal);
        cli.say(command, { login, terminal }, () => `${login} may no longer use ${terminal}.`);
      }),
    );
  group
    .command("list")
    .description("show all")
    .action((_options, command: Command) =>
      cli.at(async (desk) => {
        cli.table(command, await grants(desk), {
          Login: (g) => g.whose,
          Terminal: (g) => g.terminalId,
          Name: (g) => g.terminalName,
          Until: (g) => timeOf(g.until),
        });
      }),
    );
  return group;
}
