import { Command } from "commander";
import type { Who } from "../organisations/desk.ts";
import { addGrant, grants, removeGrant } from "../organisations/grants.ts";
import type { TerminalId } from "../protocol/ids.ts";
import { type CommandLine, loginArgument, momentArgument, terminalArgument, timeOf } from "./command-line.ts";
import { listCommand, pairArgument } from "./list.ts";

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
  listCommand(group, cli, {
    description: "who may use what, by login",
    listing: grants,
    searched: "login, name, terminal and its ID",
    after: {
      is: "LOGIN:TERMINAL",
      parse: pairArgument(loginArgument, terminalArgument),
      text: ([whose, terminal]) => `${whose}:${terminal}`,
    },
    columns: {
      Login: (g) => g.whose,
      Terminal: (g) => g.terminalId,
      Name: (g) => g.terminalName,
      Until: (g) => timeOf(g.until),
    },
  });
  return group;
}
