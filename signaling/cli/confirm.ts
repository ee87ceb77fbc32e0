import { Command, InvalidArgumentError } from "commander";
import { confirm } from "../organisations/confirm.ts";
import { confirmations, parseConfirmation, type WaitingConfirmation } from "../organisations/confirmations.ts";
import type { OfConfirmation } from "../store/queries/confirmations.ts";
import { type CommandLine, timeOf } from "./command-line.ts";
import { approvedWords } from "./device.ts";
import { type ListCommand, type ListOptions, listOptions, pairArgument, printList } from "./list.ts";
import { newCodesWords } from "./person.ts";
import { svgFile, withQrFile } from "./qr-file.ts";

const WAITING: ListCommand<WaitingConfirmation, OfConfirmation> = {
  description: "what waits, the oldest first",
  listing: confirmations,
  searched: "login, name and action",
  after: { is: "TIME:NUMBER", parse: pairArgument(momentOf, parseConfirmation), text: (after) => after.join(":") },
  columns: {
    Number: (c) => c.id,
    What: (c) => c.wish.action,
    Login: (c) => c.whose,
    Device: (c) => ("code" in c.wish ? c.wish.code : "-"),
    "Asked by": (c) => c.askedBy,
    Until: (c) => timeOf(c.expiresAt),
  },
};

export function confirmCommand(cli: CommandLine): Command {
  const command = new Command("confirm")
    .argument("[number]", "as it was said to who asked; without it, what waits is shown")
    .option("--qr <file>", "of new one-time codes: write the QR code as a picture, too: a new file, *.svg", svgFile)
    .description("as the second person, confirm what somebody else asked for");
  listOptions(command, WAITING);
  return command.action((number: string | undefined, options: ListOptions<OfConfirmation> & { qr?: string }) =>
    number === undefined
      ? printList(cli, command, WAITING, options)
      : cli.at(async (desk) => {
          const done = await withQrFile(options.qr, () => confirm(desk, parseConfirmation(number)));
          const words = await ("otpauth" in done ? newCodesWords(done.otpauth, options.qr) : approvedWords(done));
          cli.say(command, done, () => words);
        }),
  );
}

/** Epoch ms. */
function momentOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("As the line below a list that was cut says it.");
}
