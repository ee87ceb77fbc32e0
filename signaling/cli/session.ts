import { Command } from "commander";
import { type KeptReceipt, sessionReceipt } from "../organisations/receipts.ts";
import { endSession, sessions } from "../organisations/sessions.ts";
import type { SessionId } from "../protocol/ids.ts";
import { CommandError, type CommandLine, sessionArgument, timeOf } from "./command-line.ts";
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
  group
    .command("receipt")
    .argument("<id>", "", sessionArgument)
    .description("what the office PC signed about it when it was over, and whether the signature holds")
    .action((id: SessionId, _options, command: Command) =>
      cli.at(async (desk) => {
        const kept = await sessionReceipt(desk, id);
        if (!kept) throw new CommandError("its office PC has not said anything about it");
        if (!kept.isSigned) throw new CommandError(`the signature is wrong: do not rely on this\n${kept.text}`);
        cli.say(command, kept, () => receiptWords(kept));
      }),
    );
  return group;
}

const receiptWords = ({ text, digest, isItsKeyNow }: KeptReceipt): string =>
  [
    JSON.stringify(JSON.parse(text), null, 2),
    `the signature holds, with ${isItsKeyNow ? "the key of this office PC" : "the key that this office PC had then"}`,
    `digest: ${digest}`,
  ].join("\n");
