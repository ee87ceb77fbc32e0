import { Command, InvalidArgumentError } from "commander";
import type { AuditHead } from "../audit/chain.ts";
import { headText } from "../audit/heads.ts";
import type { BrokenChain } from "../audit/verify.ts";
import { auditRecords, type VerifiedChain, verifyRecords } from "../organisations/audit.ts";
import type { ChainId } from "../store/rows/tables.ts";
import { CommandError, type CommandLine, timeOf } from "./command-line.ts";
import { listCommand } from "./list.ts";

const SHOWN = 50;

export function auditCommand(cli: CommandLine): Command {
  const group = new Command("audit").description("the record of what happened");
  group
    .command("verify")
    .description("check that nothing in it was changed; prints the head of each chain, to be noted elsewhere")
    .option(
      "--head <head...>",
      "heads from the server's log (CHAIN:NUMBER:HASH), which must still be part of it",
      headsArgument,
    )
    .option("--noted <head>", "the same, one", headArgument)
    .action((options: { head?: AuditHead[]; noted?: AuditHead }, command: Command) =>
      cli.at(async (desk) => {
        const noted = [...(options.head ?? []), ...(options.noted ? [options.noted] : [])];
        const verdict = await verifyRecords(desk, ...noted);
        const broken = verdict.chains.flatMap((chain) => (chain.ok ? [] : [brokenText(chain)]));
        if (broken.length > 0) throw new CommandError(broken.join("\n"));
        cli.say(command, verdict, () => wholeText(verdict));
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

/** From before each organisation had its chain, without the name of one. */
function headArgument(text: string): AuditHead {
  const [, chain = "legacy", number, hash] = /^(?:([0-9a-z-]{1,64}):)?(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (number === undefined || hash === undefined)
    throw new InvalidArgumentError('As the log and "audit verify" say it.');
  return { chain: chain as ChainId, number: Number(number), hash };
}

function brokenText({ name, number, seq, problem }: BrokenChain & { readonly name: string }): string {
  const listed = seq === undefined || seq === number ? "" : ` (${seq} in the list)`;
  return `the record of ${name} is broken at number ${number}${listed}: ${problem}`;
}

function wholeText({ records, chains }: { records: number; chains: readonly VerifiedChain[] }): string {
  const whole = chains.filter((chain) => chain.ok);
  const isSealed = whole.every(({ chain, sealedFrom }) => sealedFrom !== undefined || chain === "legacy");
  const first = `${records} records in ${whole.length} chains, all as written${isSealed ? " and sealed" : ""}. Heads:`;
  return [first, ...whole.map(({ head, name }) => `${headText(head)} ${name}`)].join("\n");
}
