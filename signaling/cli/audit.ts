import { Command, InvalidArgumentError } from "commander";
import type { AuditHead } from "../audit/chain.ts";
import { auditRecords, verifyRecords } from "../organisations/audit.ts";
import { CommandError, type CommandLine, timeOf } from "./command-line.ts";
import { listCommand } from "./list.ts";

const SHOWN = 50;

export function auditCommand(cli: CommandLine): Command {
  const group = new Command("audit").description("the record of what happened");
  group
    .command("verify")
    .description("check that nothing in it was changed; prints its head, to be noted elsewhere")
    .option(
      "--head <head...>",
      "heads from the server's log (NUMBER:HASH), which must still be part of it",
      headsArgument,
    )
    .option("--noted <head>", "the same, one", headArgument)
    .action((options: { head?: AuditHead[]; noted?: AuditHead }, command: Command) =>
      cli.at(async (desk) => {
        const verdict = await verifyRecords(desk, ...(options.head ?? []), options.noted);
        if (!verdict.ok) throw new CommandError(`the record is broken at number ${verdict.seq}: ${verdict.problem}`);
        const { seq, hash } = verdict.head;
        cli.say(
          command,
          verdict,
          () =>
            `${verdict.records} records, all as written${verdict.sealedFrom === undefined ? "" : " and sealed"}. Head: ${seq}:${hash}`,
        );
      }),
    );
  listCommand(group, cli, {
    description: "the records, newest first",
    listing: auditRecords,
    searched: "event, who and about",
    after: { is: "its number", parse: numberArgument, text: String },
    limit: SHOWN,
    columns: {
      Number: (r) => String(r.seq),
      At: (r) => timeOf(r.at),
      Event: (r) => r.event,
      For: (r) => r.organisationCode ?? "-",
      Who: (r) => r.actor,
      About: (r) => r.about,
    },
  });
  return group;
}

function numberArgument(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("The number of a record.");
}

const headsArgument = (text: string, before: AuditHead[] = []): AuditHead[] => [...before, headArgument(text)];

function headArgument(text: string): AuditHead {
  const [, seq, hash] = /^(\d+):([0-9a-f]{64})$/.exec(text) ?? [];
  if (seq === undefined || hash === undefined) throw new InvalidArgumentError('As the log and "audit verify" say it.');
  return { seq: Number(seq), hash };
}
