import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import type { AuditHead } from "../audit/chain.ts";
import { headText } from "../audit/heads.ts";
import type { BrokenChain } from "../audit/verify.ts";
import { auditRecords, recordReading, type VerifiedRecords, verifyRecords } from "../organisations/audit.ts";
import { exportRecords, startOfDay } from "../organisations/audit-export.ts";
import { type SealedSegment, sealSegments, verifySegmentFile } from "../organisations/audit-segments.ts";
import { CosignedFile } from "../protocol/audit.ts";
import { AuditExportQuery, EXPORT_FORMS, type ExportForm } from "../protocol/console-audit.ts";
import type { ChainId } from "../store/rows/audit.ts";
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
      "heads from the server's log (CHAIN:NUMBER:HASH), or the file audit-heads.json of an office PC: they must be part of it",
      headsArgument,
    )
    .option("--noted <head>", "the same, one", (text) => headsArgument(text))
    .option("--segment <file>", "check this file of old records instead, by itself")
    .action(({ segment, ...options }: VerifyOptions, command: Command) => {
      const noted = [...(options.head ?? []), ...(options.noted ?? [])];
      return segment === undefined ? verifyStore(cli, command, noted) : verifyFile(cli, command, segment, noted);
    });
  group
    .command("seal")
    .description("move old records into files of their own, one for each chain, signed; the table goes on behind them")
    .requiredOption("--before <day>", "all records before this day: YYYY-MM-DD", dayArgument)
    .requiredOption("--folder <folder>", "where the files go; keep them as long as records have to be kept")
    .action(({ before, folder }: { before: string; folder: string }, command: Command) =>
      cli.at(async (desk) => {
        const sealed = await sealSegments(desk, { before: startOfDay(before), folder });
        cli.say(command, sealed, () => sealed.map(sealedText).join("\n") || "(nothing so old)");
      }),
    );
  group
    .command("export")
    .description("all of it as a file on standard output, oldest first; that it was written out is recorded")
    .requiredOption("--form <form>", `one of ${EXPORT_FORMS.join(", ")}`, formArgument)
    .option("--organisation <organisation>", "only of this one, by code or name")
    .option("--from <day>", "from this day on: YYYY-MM-DD", dayArgument)
    .option("--to <day>", "until the end of this day", dayArgument)
    .action((wish: { form: ExportForm; organisation?: string; from?: string; to?: string }) =>
      cli.at(async (desk) => {
        for await (const piece of await exportRecords(desk, { ...wish, home: null }))
          cli.surroundings.print(piece.replace(/\r?\n$/, ""));
      }),
    );
  listCommand(group, cli, {
    description: "the records, newest first; that they were read is recorded",
    listing: auditRecords,
    begin: recordReading,
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

function formArgument(text: string): ExportForm {
  const form = EXPORT_FORMS.find((one) => one === text);
  if (form) return form;
  throw new InvalidArgumentError(`One of ${EXPORT_FORMS.join(", ")}.`);
}

function dayArgument(text: string): string {
  const day = AuditExportQuery.shape.from.safeParse(text);
  if (day.success && day.data) return day.data;
  throw new InvalidArgumentError("A day: YYYY-MM-DD.");
}

function numberArgument(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("The number of a record.");
}

/** The chain's name is left out in those from before each organisation had its own. */
const HEAD = /^(?:([0-9a-z-]{1,64}):)?(\d{1,15}):([0-9a-f]{64})$/;

function headsArgument(text: string, before: AuditHead[] = []): AuditHead[] {
  const [, chain = "legacy", number, hash] = HEAD.exec(text) ?? [];
  if (number === undefined || hash === undefined) return [...before, ...headsOfFile(text)];
  return [...before, { chain: chain as ChainId, number: Number(number), hash }];
}

/** As an office PC keeps them. */
function headsOfFile(path: string): AuditHead[] {
  try {
    const { heads, earlier } = CosignedFile.parse(JSON.parse(readFileSync(path, "utf8")));
    return [...earlier, ...heads];
  } catch {
    throw new InvalidArgumentError(
      'As the log and "audit verify" say it, or the file audit-heads.json of an office PC.',
    );
  }
}

interface VerifyOptions {
  readonly head?: AuditHead[];
  readonly noted?: AuditHead[];
  readonly segment?: string;
}

function verifyStore(cli: CommandLine, command: Command, noted: readonly AuditHead[]): Promise<void> {
  return cli.at(async (desk) => {
    const verdict = await verifyRecords(desk, ...noted);
    const broken = verdict.chains.flatMap((chain) => (chain.ok ? [] : [brokenText(chain)]));
    if (verdict.falselySigned > 0)
      broken.push(`${verdict.falselySigned} signatures under heads of the record are false: somebody put them there`);
    if (broken.length > 0) throw new CommandError(broken.join("\n"));
    cli.say(command, verdict, () => wholeText(verdict));
  });
}

function verifyFile(cli: CommandLine, command: Command, file: string, noted: readonly AuditHead[]): Promise<void> {
  return cli.at(async (desk) => {
    const verdict = await verifySegmentFile(desk, file, noted);
    if (!verdict.ok) throw new CommandError(`${file} is broken at number ${verdict.number ?? "?"}: ${verdict.problem}`);
    const whose = verdict.isOurs ? "sealed by this server" : `sealed with the key ${verdict.key}, not this server's`;
    cli.say(
      command,
      verdict,
      () => `${verdict.records} records, all as written, ${whose}. Head: ${headText(verdict.head)}`,
    );
  });
}

const sealedText = (one: SealedSegment): string =>
  "kept" in one
    ? `${one.chain}: nothing moved, because the collector does not have all of it yet`
    : `${one.chain}: ${one.first} to ${one.last} in ${one.file}`;

export function brokenText({ name, number, seq, problem }: BrokenChain & { readonly name: string }): string {
  const listed = seq === undefined || seq === number ? "" : ` (${seq} in the list)`;
  return `the record of ${name} is broken at number ${number}${listed}: ${problem}`;
}

function wholeText({ records, chains, signed, cosigned }: VerifiedRecords): string {
  const whole = chains.filter((chain) => chain.ok);
  const isSealed = whole.every(({ chain, sealedFrom }) => sealedFrom !== undefined || chain === "legacy");
  const old = whole.reduce((sum, { inSegments }) => sum + inSegments, 0);
  const files = old === 0 ? "" : ` ${old} older ones are in files (check each with --segment).`;
  const first = `${records} records in ${whole.length} chains, all as written${isSealed ? " and sealed" : ""}.${files}`;
  const second = `They fit ${signed} heads that the server signed, and ${cosigned} that office PCs did. Heads:`;
  return [first, second, ...whole.map(({ head, name }) => `${headText(head)} ${name}`)].join("\n");
}
