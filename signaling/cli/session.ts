import { Command } from "commander";
import { endSession, sessions } from "../organisations/sessions.ts";
import type { SessionId } from "../protocol/ids.ts";
import { type CommandLine, sessionArgument, timeOf } from "./command-line.ts";
import { listCommand } from "./list.ts";

const SHOWN = 50;

export function sessionCommand(cli: CommandLine): Command {
  const group = new Command("session").description("remote sessions");
  listCommand(group, cli, {
    description: "sessions, newest first",
    listing: sessions,
    searched: "login, name, terminal and its ID",
    after: { is: "its ID", parse: sessionArgument, text: String },
    limit: SHOWN,
    flags: [{ flag: "--open", description: "only those that have not ended", key: "open" }],
    columns: {
      ID: (s) => s.id,
      Login: (s) => s.whose,
      Terminal: (s) => s.terminalName,
      Requested: (s) => timeOf(s.requestedAt),
      Live: (s) => timeOf(s.liveAt),
      Ended: (s) => (s.endedAt === null ? "-" : `${timeOf(s.endedAt)} ${s.reason}`),
      Lock: (s) => (s.lock === null ? "-" : `${s.lock} ${timeOf(s.lockAt)}`),
    },
  });
  group
    .command("end")
    .argument("<id>", "", sessionArgument)
    .description("end it at both ends")
    .action((id: SessionId, _options, command: Command) =>
      cli.at(async (desk) => {
        await endSession(desk, id);
        cli.say(command, { session: id }, () => `The session ${id} is ended.`);
      }),
    );
  return group;
}
