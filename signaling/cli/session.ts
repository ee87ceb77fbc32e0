import { Command } from "commander";
import { endSession, sessions } from "../organisations/sessions.ts";
import type { SessionId } from "../protocol/ids.ts";
import { type CommandLine, sessionArgument, timeOf } from "./command-line.ts";

const SHOWN = 50;

export function sessionCommand(cli: CommandLine): Command {
  const group = new Command("session").description("remote sessions");
  group
    .command("list")
    .description(`the last ${SHOWN}, newest first`)
    .option("--open", "only those that have not ended")
    .action((options: { open?: boolean }, command: Command) =>
      cli.at(async (desk) => {
        const rows = await sessions(desk, SHOWN);
        const shown = options.open ? rows.filter((one) => one.endedAt === null) : rows;
        cli.table(command, shown, {
          ID: (s) => s.id,
          Login: (s) => s.whose,
          Terminal: (s) => s.terminalName,
          Requested: (s) => timeOf(s.requestedAt),
          Live: (s) => timeOf(s.liveAt),
          Ended: (s) => (s.endedAt === null ? "-" : `${timeOf(s.endedAt)} ${s.reason}`),
          Lock: (s) => (s.lock === null ? "-" : `${s.lock} ${timeOf(s.lockAt)}`),
        });
      }),
    );
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
