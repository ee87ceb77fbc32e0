/**
 * What happens to people, phones and PCs in the life of an office, as commands: each says in numbers what it comes to, and asks before
 * it is done (--yes answers).
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { Desk, Who } from "../organisations/desk.ts";
import { removeDevice } from "../organisations/devices.ts";
import { leave, loseDevice, losePhone, replaceTerminal, settleTwins, transfer } from "../organisations/life-cycle.ts";
import {
  foreseeLeaving,
  foreseeLostDevice,
  foreseeLostPhone,
  foreseeReplacement,
  foreseeSettling,
  foreseeTransfer,
} from "../organisations/life-cycle-effects.ts";
import { disablePerson } from "../organisations/people.ts";
import { disableTerminal, encodeToken, type IssuedToken } from "../organisations/terminals.ts";
import { type Unseen, unseenDevices, unseenPeople, unseenTerminals } from "../organisations/unseen.ts";
import type { Effect } from "../protocol/console-acts.ts";
import type { KeyCode, TerminalId } from "../protocol/ids.ts";
import { type CommandLine, codeArgument, loginArgument, terminalArgument, timeOf } from "./command-line.ts";
import { newCodesWords } from "./person.ts";
import { svgFile, withQrFile } from "./qr-file.ts";
import { Table } from "./table.ts";
import { whereAgentsGo } from "./terminal.ts";

interface Sure {
  yes?: boolean;
  reason?: string;
}

/** What all of them take. */
const asked = (command: Command): Command =>
  command
    .option("--reason <text>", "why, for the record")
    .option("--yes", "do it without asking; what it comes to is said all the same");

const because = (desk: Desk, { reason }: Sure): Desk => ({ ...desk, ...(reason !== undefined && { reason }) });

export function personLifeCycle(group: Command, cli: CommandLine): void {
  asked(group.command("leave").argument("<login>", "", loginArgument))
    .description(
      "somebody leaves (退職・休職): their sign-ins, sessions, devices and grants end, and they are disabled",
    )
    .action((login: Who, options: Sure, command: Command) =>
      cli.at(async (desk) => {
        const effect = await foreseeLeaving(desk, login);
        await cli.agree(command, `${login} leaves.`, linesOf(effect), options.yes);
        await leave(because(desk, options), login);
        cli.say(command, { login, effect }, () => `Done: ${login} has left.`);
      }),
    );
  transferCommand(group, cli);
  asked(group.command("lost-phone").argument("<login>", "", loginArgument))
    .description("the phone with their authenticator is lost: its codes are void at once; prints a new QR code, once")
    .option("--qr <file>", "write it as a picture, too: a new file, *.svg", svgFile)
    .action((login: Who, options: Sure & { qr?: string }, command: Command) =>
      cli.at(async (desk) => {
        const effect = await foreseeLostPhone(desk, login);
        await cli.agree(command, `The phone of ${login} is lost.`, linesOf(effect), options.yes);
        const done = await withQrFile(options.qr, () => losePhone(because(desk, options), login));
        if (done.waits) return cli.waits(command, done.waits);
        const words = await newCodesWords(done.otpauth ?? "", options.qr);
        cli.say(command, { ...done, effect }, () => words);
      }),
    );
  unseenCommand(group, cli, {
    ...{ what: "people who have not signed in", find: unseenPeople, verb: "disable" },
    act: (desk, { is }) => disablePerson(desk, loginArgument(is)),
  });
}

interface TransferOptions extends Sure {
  division?: string;
  keep?: TerminalId[];
  add?: TerminalId[];
}

function transferCommand(group: Command, cli: CommandLine): void {
  const several = (text: string, before: TerminalId[] = []): TerminalId[] => [...before, terminalArgument(text)];
  asked(group.command("transfer").argument("<login>", "", loginArgument))
    .description("into another division (異動): grants for office PCs of the former one end, unless they are kept")
    .option("--division <division>", "e.g. 総務部/総務課; without it they belong to no division")
    .addOption(
      new Option("--keep <id>", "an office PC of the former division that they keep; several times").argParser(several),
    )
    .addOption(new Option("--add <id>", "an office PC that they get; several times").argParser(several))
    .action((login: Who, options: TransferOptions, command: Command) =>
      cli.at(async (desk) => {
        const { division, add = [] } = options;
        const keep = new Set(options.keep);
        const effect = await foreseeTransfer(desk, login, { keep, add });
        const lines = [...linesOf(effect), ...(add.length > 0 ? [`${add.length} office PC(s) granted`] : [])];
        await cli.agree(command, `${login} goes to ${division ?? "no division"}.`, lines, options.yes);
        await transfer(because(desk, options), login, { division, keep, add });
        cli.say(command, { login, division, effect }, () => `Done: ${login} belongs to ${division ?? "no division"}.`);
      }),
    );
}

export function deviceLifeCycle(group: Command, cli: CommandLine): void {
  asked(group.command("lost").argument("<code>", "", codeArgument))
    .description("a home PC is lost: shut out at once, and struck off by every office PC that may know it")
    .requiredOption("--login <login>", "whose it is; others who use it within reach lose it too", loginArgument)
    .action((code: KeyCode, options: Sure & { login: Who }, command: Command) =>
      cli.at(async (desk) => {
        const effect = await foreseeLostDevice(desk, code, options.login);
        await cli.agree(command, `The device ${code} is lost.`, linesOf(effect), options.yes);
        await loseDevice(because(desk, options), code, options.login);
        cli.say(
          command,
          { code, effect },
          () => `Done: ${code} is out; office PCs that are off forget it when they return.`,
        );
      }),
    );
  unseenCommand(group, cli, {
    ...{ what: "devices that were not used", find: unseenDevices, verb: "remove" },
    act: (desk, { code, whose }) => removeDevice(desk, code, whose),
  });
}

export function terminalLifeCycle(group: Command, cli: CommandLine): void {
  asked(group.command("replace").argument("<id>", "", terminalArgument))
    .description(
      "another machine in its place (入れ替え): a new ID with a token, to which all grants go; this one is disabled",
    )
    .option("--name <name>", "of the new one; without it the same")
    .action((id: TerminalId, options: Sure & { name?: string }, command: Command) =>
      cli.at(async (desk, config) => {
        const where = whereAgentsGo(config); // before anything is changed
        const effect = await foreseeReplacement(desk, id);
        await cli.agree(command, `${id} is replaced by another machine.`, linesOf(effect), options.yes);
        const { people: _, ...issued } = await replaceTerminal(because(desk, options), id, options.name);
        const token = encodeToken({ ...where, secret: issued.secret });
        cli.say(command, { replaced: id, ...tokenFacts(issued, token), effect }, () =>
          [`Done: ${id} is disabled.`, ...tokenWords(issued, token)].join("\n"),
        );
      }),
    );
  asked(group.command("settle").argument("<id>", "", terminalArgument))
    .description(
      "of two PCs with one key (a copied disk): a token for the right one, and one for the other as a new terminal",
    )
    .requiredOption("--name <name>", "of the other one")
    .action((id: TerminalId, options: Sure & { name: string }, command: Command) =>
      cli.at(async (desk, config) => {
        const where = whereAgentsGo(config);
        const effect = await foreseeSettling(desk, id);
        await cli.agree(command, `Neither of the two PCs keeps the key of ${id}.`, linesOf(effect), options.yes);
        const { own, other } = await settleTwins(because(desk, options), id, options.name);
        const [first, second] = [own, other].map(({ secret }) => encodeToken({ ...where, secret }));
        const tokens = { own: tokenFacts(own, first ?? ""), other: tokenFacts(other, second ?? "") };
        cli.say(command, { ...tokens, effect }, () =>
          [...tokenWords(own, first ?? "", " --replace"), ...tokenWords(other, second ?? "", " --replace")].join("\n"),
        );
      }),
    );
  unseenCommand(group, cli, {
    ...{ what: "office PCs that were not seen", find: unseenTerminals, verb: "disable" },
    note: "One that has been connected without a break all this time is among them: see the console.",
    act: (desk, { is }) => disableTerminal(desk, is),
  });
}

const tokenFacts = ({ secret: _, ...issued }: IssuedToken, token: string) => ({ ...issued, token });

const tokenWords = ({ terminal, name, expiresAt }: IssuedToken, token: string, flag = ""): string[] => [
  `Terminal ${terminal} (${name}). The token is good once, until ${timeOf(expiresAt)}. On the office PC:`,
  `  agent enrol ${token}${flag}`,
];

interface UnseenSpec<Row extends Unseen> {
  readonly what: string;
  readonly note?: string;
  readonly find: (desk: Desk, days: number) => Promise<readonly Row[]>;
  readonly verb: "disable" | "remove";
  readonly act: (desk: Desk, row: Row) => Promise<unknown>;
}

/** What was not seen for long, and what is done with all of it. */
function unseenCommand<Row extends Unseen>(group: Command, cli: CommandLine, spec: UnseenSpec<Row>): void {
  const { what, note, find, verb, act } = spec;
  asked(group.command("unseen"))
    .description(
      `${what} for so many days${note === undefined ? "" : `. ${note}`}; with --${verb} all of them are ${verb}d`,
    )
    .option("--days <n>", "", daysArgument, 90)
    .option(`--${verb}`, `${verb} all of them, after asking`)
    .action((options: Sure & { days: number; disable?: boolean; remove?: boolean }, command: Command) =>
      cli.at(async (desk) => {
        const rows = await find(desk, options.days);
        const isToBeDone = options.disable === true || options.remove === true;
        const { print } = cli.surroundings;
        if (cli.isJson(command)) for (const row of rows) print(JSON.stringify(row));
        else if (rows.length === 0) print("(none)");
        else print(new Table<Row>(COLUMNS).rows(rows));
        if (!isToBeDone || rows.length === 0) return;
        const title = `${what} for ${options.days} days: ${rows.length} to ${verb}.`;
        await cli.agree(command, title, note === undefined ? [] : [note], options.yes);
        for (const row of rows) await act(because(desk, options), row);
        if (!cli.isJson(command)) print(`Done: ${rows.length} ${verb}d.`);
      }),
    );
}

const COLUMNS: Readonly<Record<string, (row: Unseen) => string>> = {
  What: ({ is }) => is,
  Name: ({ name }) => name,
  Organisation: ({ organisation }) => organisation,
  "Last seen": ({ lastAt }) => timeOf(lastAt),
};

function daysArgument(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 3_650) return days;
  throw new InvalidArgumentError("Between 1 and 3650 days.");
}

function linesOf(effect: Effect): string[] {
  const { sessions, signIns, people, terminals, devices = 0, grants = 0, forgets = 0 } = effect;
  return [
    `${sessions} session(s) end`,
    ...(signIns > 0 ? [`${signIns} sign-in(s) end`] : []),
    ...(devices > 0 ? [`${devices} device(s) removed`] : []),
    ...(grants > 0 ? [`${grants} grant(s) end`] : []),
    ...(forgets > 0 ? [`${forgets} office PC(s) told to forget the device`] : []),
    ...(people > 0 ? [`${people} person(s) concerned`] : []),
    ...(terminals > 0 ? [`${terminals} office PC(s) concerned`] : []),
  ];
}
