import { Command } from "commander";
import { confirm } from "../organisations/confirm.ts";
import { confirmations, parseConfirmation } from "../organisations/confirmations.ts";
import { type CommandLine, timeOf } from "./command-line.ts";
import { approvedWords } from "./device.ts";
import { newCodesWords } from "./person.ts";
import { svgFile, withQrFile } from "./qr-file.ts";

export function confirmCommand(cli: CommandLine): Command {
  return new Command("confirm")
    .argument("[number]", "as it was said to who asked; without it, what waits is shown")
    .option("--qr <file>", "of new one-time codes: write the QR code as a picture, too: a new file, *.svg", svgFile)
    .description("as the second person, confirm what somebody else asked for")
    .action((number: string | undefined, options: { qr?: string }, command: Command) =>
      cli.at(async (desk) => {
        if (number === undefined) {
          cli.table(command, await confirmations(desk), {
            Number: (c) => c.id,
            What: (c) => c.wish.action,
            Login: (c) => c.wish.login,
            Device: (c) => ("code" in c.wish ? c.wish.code : "-"),
            "Asked by": (c) => c.askedBy,
            Until: (c) => timeOf(c.expiresAt),
          });
          return;
        }
        const done = await withQrFile(options.qr, () => confirm(desk, parseConfirmation(number)));
        const words = await ("otpauth" in done ? newCodesWords(done.otpauth, options.qr) : approvedWords(done));
        cli.say(command, done, () => words);
      }),
    );
}
