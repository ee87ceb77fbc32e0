import { Command } from "commander";
import qrcode from "qrcode";
import { type Drift, phoneTime } from "../auth/drift.ts";
import { driftOfPerson } from "../auth/phone-clocks.ts";
import { MAX_FAILURES } from "../auth/throttle.ts";
import { isWaiting } from "../organisations/confirmations.ts";
import type { Who } from "../organisations/desk.ts";
import {
  addPerson,
  disablePerson,
  enablePerson,
  movePerson,
  people,
  resetOtp,
  setMail,
  setPassword,
  signOutPerson,
  unlockPerson,
} from "../organisations/people.ts";
import type { Login } from "../protocol/ids.ts";
import { type MailAddress, maskedMail } from "../protocol/mail-address.ts";
import { type CommandLine, loginArgument, mailArgument, newLoginArgument, timeOf } from "./command-line.ts";
import { listCommand } from "./list.ts";
import { qrFileWords, svgFile, withQrFile } from "./qr-file.ts";

interface AddOptions {
  organisation?: string;
  division?: string;
  login: Login;
  name: string;
  mail?: MailAddress;
  passwordStdin?: boolean;
  /** False with --no-change. */
  change: boolean;
  qr?: string;
}

export function personCommand(cli: CommandLine): Command {
  const group = new Command("person").description("people who may sign in");
  addCommand(group, cli);
  peopleCommand(group, cli);
  secretCommands(group, cli);
  simpleCommand(group, cli, "disable", "shut out at once: ends sign-ins and sessions", disablePerson);
  simpleCommand(group, cli, "enable", "let in again", enablePerson);
  simpleCommand(group, cli, "unlock", "after too many failed attempts, let the counters begin anew", unlockPerson);
  group
    .command("move")
    .argument("<login>", "", loginArgument)
    .option("--division <division>", "e.g. 総務部/総務課; without it they belong to no division")
    .description("into another division of their organisation")
    .action((login: Who, { division }: { division?: string }, command: Command) =>
      cli.at(async (desk) => {
        await movePerson(desk, login, division);
        cli.say(command, { login, division }, () => `Done: ${login} belongs to ${division ?? "no division"}.`);
      }),
    );
  group
    .command("set-mail")
    .argument("<login>", "", loginArgument)
    .option("--mail <address>", "without it nothing is sent to them any more", mailArgument)
    .description("where codes for signing in may be sent, where the policy says so (signInWays)")
    .action((login: Who, { mail }: { mail?: MailAddress }, command: Command) =>
      cli.at(async (desk) => {
        await setMail(desk, login, mail);
        const masked = mail && maskedMail(mail);
        cli.say(command, { login, ...(masked && { mail: masked }) }, () =>
          masked ? `Done: codes for ${login} go to ${masked}.` : `Done: ${login} has no mail address.`,
        );
      }),
    );
  group
    .command("sign-out")
    .argument("<login>", "", loginArgument)
    .description("end all sign-ins, and the sessions opened with them, at once; they may sign in again")
    .action((login: Who, _options, command: Command) =>
      cli.at(async (desk) => {
        const signIns = await signOutPerson(desk, login);
        cli.say(command, { login, signIns }, () => `Ended ${signIns} sign-in(s) of ${login}.`);
      }),
    );
  return group;
}

function addCommand(group: Command, cli: CommandLine): void {
  group
    .command("add")
    .description("add one; prints the password and the QR code for the authenticator app, once")
    .requiredOption("--login <login>", "what the person types to sign in", newLoginArgument)
    .requiredOption("--name <name>", "the person's name")
    .option("--organisation <organisation>", "code or name; may be left out while there is only one")
    .option("--division <division>", "e.g. 総務部/総務課")
    .option("--mail <address>", "where codes for signing in may be sent, where the policy says so", mailArgument)
    .option("--password-stdin", "read the password from standard input instead of generating one")
    .option("--no-change", "the password need not be changed at the first sign-in: for demonstrations and tests only")
    .option("--qr <file>", "write the QR code as a picture, too: a new file, *.svg", svgFile)
    .action((options: AddOptions, command: Command) =>
      cli.at(async (desk) => {
        const password = await cli.password(options.passwordStdin === true);
        const { login, name, organisation, division, mail } = options;
        const added = await withQrFile(options.qr, () =>
          addPerson(desk, { login, name, organisation, division, mail, password, mustChange: options.change }),
        );
        const qr = await qrcode.toString(added.otpauth, { type: "utf8" });
        cli.say(command, { login, ...added }, () =>
          [
            `Added ${name} (${login}).`,
            ...(password === undefined ? [`Password: ${added.password}`] : []),
            ...(options.change ? ["At the first sign-in they have to choose their own password."] : []),
            "One-time codes: scan this with an authenticator app. It is shown only now.",
            qr,
            added.otpauth,
            ...qrFileWords(options.qr),
          ].join("\n"),
        );
      }),
    );
}

function peopleCommand(group: Command, cli: CommandLine): void {
  listCommand(group, cli, {
    description: "people, by login",
    listing: people,
    searched: "login and name",
    after: { is: "the login", parse: loginArgument, text: String },
    json: ({ passwordHash, totpSeed, mail, ...shown }) => ({ ...shown, ...(mail && { mail: maskedMail(mail) }) }),
    columns: {
      Login: (p) => p.whose,
      Name: (p) => p.name,
      Organisation: (p) => p.organisationName,
      Division: (p) => p.division || "-",
      Password: (p) => (p.mustChange === 1 ? "to be changed" : "own"),
      Codes: (p) => (p.seedConfirmedAt === null ? "never used" : "confirmed"),
      Mail: (p) => (p.mail === null ? "-" : maskedMail(p.mail)),
      Phone: (p) => phoneWords(driftOfPerson(p)),
      State: (p) => {
        if (p.disabledAt !== null) return `disabled ${timeOf(p.disabledAt)}`;
        return p.failures < MAX_FAILURES ? "active" : "active; new browsers barred (person unlock)";
      },
    },
  });
}

function secretCommands(group: Command, cli: CommandLine): void {
  group
    .command("set-password")
    .argument("<login>", "", loginArgument)
    .description("a new password, which they have to change at the next sign-in; ends sign-ins")
    .option("--password-stdin", "read it from standard input instead of generating one")
    .action((login: Who, options: { passwordStdin?: boolean }, command: Command) =>
      cli.at(async (desk) => {
        const chosen = await cli.password(options.passwordStdin === true);
        const password = await setPassword(desk, login, chosen);
        cli.say(command, { login, password }, () =>
          chosen === undefined ? `New password of ${login}: ${password}` : `The password of ${login} was changed.`,
        );
      }),
    );
  group
    .command("reset-otp")
    .argument("<login>", "", loginArgument)
    .description("a new QR code for the authenticator app; the old one is worthless; ends sign-ins")
    .option("--qr <file>", "write it as a picture, too: a new file, *.svg", svgFile)
    .action((login: Who, options: { qr?: string }, command: Command) =>
      cli.at(async (desk) => {
        const done = await withQrFile(options.qr, () => resetOtp(desk, login));
        if (isWaiting(done)) return cli.waits(command, done);
        const words = await newCodesWords(done.otpauth, options.qr);
        cli.say(command, done, () => words);
      }),
    );
}

export async function newCodesWords(otpauth: string, file: string | undefined): Promise<string> {
  const qr = await qrcode.toString(otpauth, { type: "utf8" });
  return ["Scan this with an authenticator app:", qr, otpauth, ...qrFileWords(file)].join("\n");
}

function simpleCommand(
  group: Command,
  cli: CommandLine,
  name: string,
  description: string,
  act: typeof disablePerson,
): void {
  group
    .command(name)
    .argument("<login>", "", loginArgument)
    .description(description)
    .action((login: Who, _options, command: Command) =>
      cli.at(async (desk) => {
        await act(desk, login);
        cli.say(command, { login }, () => `Done: ${name} ${login}.`);
      }),
    );
}

/** How wrong the clock is that makes a person's codes. */
function phoneWords(drift: Drift | undefined): string {
  if (!drift) return "-";
  const seconds = Math.round(phoneTime(0, drift) / 1_000);
  return `clock ${Math.abs(seconds)} s ${seconds < 0 ? "behind" : "ahead"}`;
}
