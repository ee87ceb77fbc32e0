import { Command, InvalidArgumentError } from "commander";
import type { Who } from "../organisations/desk.ts";
import { type Lockable, liftLock, locks, setLock } from "../organisations/locks.ts";
import {
  type KeyCode,
  type LiftCode,
  LockId,
  parseLiftCode,
  type SessionId,
  type TerminalId,
} from "../protocol/ids.ts";
import type { LockListed } from "../store/queries/locks.ts";
import {
  CommandError,
  type CommandLine,
  codeArgument,
  loginArgument,
  momentArgument,
  reasonArgument,
  sessionArgument,
  terminalArgument,
  timeOf,
} from "./command-line.ts";
import { listCommand } from "./list.ts";

interface Subject {
  person?: Who;
  device?: KeyCode;
  login?: Who;
  terminal?: TerminalId;
  session?: SessionId;
  organisation?: string;
  division?: string;
}

export function lockCommand(cli: CommandLine): Command {
  const group = new Command("lock").description(
    "somebody or something kept out at once; the office PCs keep the lock by themselves",
  );
  group
    .command("add")
    .description("lock one of these; the code that lifts it is said once")
    .option("--person <login>", "a person", loginArgument)
    .option("--device <code>", "a browser", codeArgument)
    .option("--login <login>", "with --device: whose, where several people use it", loginArgument)
    .option("--terminal <id>", "an office PC", terminalArgument)
    .option("--session <id>", "this person at this office PC", sessionArgument)
    .option("--division <division>", "its people and office PCs and those below, e.g. 総務部/総務課")
    .option("--organisation <organisation>", "a whole organisation and those below; with --division only in which")
    .option("--until <moment>", "e.g. 2027-03-31 or 2027-03-31T17:15; without it until it is lifted", momentArgument)
    .requiredOption("--reason <text>", "why, for the record and for IT at the office PC", reasonArgument)
    .action((options: Subject & { until?: number; reason: string }, command: Command) =>
      cli.at(async (desk) => {
        const { until = null, reason } = options;
        const done = await setLock({ ...desk, reason }, subjectOf(options), until);
        cli.say(command, done, () =>
          [
            `Locked: ${done.lock}, ${until === null ? "until it is lifted" : `until ${timeOf(until)}`}.`,
            "What lifts it again, at the office PCs too (it is said only now, and kept nowhere):",
            `  engawa-admin lock lift ${done.lock} --code ${done.code} --reason …`,
          ].join("\n"),
        );
      }),
    );
  listCommand(group, cli, {
    description: "those in force, the newest first",
    listing: locks,
    searched: "number, login, name, PC, device and reason",
    after: { is: "its number", parse: lockArgument, text: String },
    flags: [{ flag: "--all", description: "also those that have ended", key: "all" }],
    columns: {
      Number: (lock) => lock.id,
      On: (lock) => lock.kind,
      What: whatOf,
      Organisation: (lock) => lock.organisationCode,
      Set: (lock) => timeOf(lock.createdAt),
      By: (lock) => lock.setBy,
      Until: (lock) => timeOf(lock.until),
      Lifted: (lock) => (lock.liftedAt === null ? "-" : `${timeOf(lock.liftedAt)} ${lock.liftedBy}`),
      Reason: (lock) => lock.reason,
    },
    json: ({ hash: _, liftCode: __, ...lock }) => lock,
  });
  liftCommand(group, cli);
  return group;
}

function liftCommand(group: Command, cli: CommandLine): void {
  group
    .command("lift")
    .argument("<number>", "", lockArgument)
    .option("--code <code>", "what was said when it was set; without it only this server lifts it", liftCodeArgument)
    .requiredOption("--reason <text>", "why, for the record", reasonArgument)
    .description("let in again")
    .action((id: LockId, { code, reason }: { code?: LiftCode; reason: string }, command: Command) =>
      cli.at(async (desk) => {
        const { keptUntil } = await liftLock({ ...desk, reason }, id, code);
        cli.say(command, { lock: id, keptUntil }, () =>
          keptUntil === null
            ? `Lifted: ${id}. Office PCs that are connected let go within seconds, others when they connect.`
            : [
                `Lifted at this server only: ${id}. The office PCs keep it until ${timeOf(keptUntil)}, unless it is lifted with its code, or by IT at each of them:`,
                `  agent locks lift ${id}`,
              ].join("\n"),
        );
      }),
    );
}

function subjectOf({ person, device, login, terminal, session, organisation, division }: Subject): Lockable {
  const all: Array<Lockable | false | undefined> = [
    person !== undefined && { kind: "person", who: person },
    device !== undefined && { kind: "device", code: device, who: login },
    terminal !== undefined && { kind: "terminal", terminal },
    session !== undefined && { kind: "session", session },
    division !== undefined && { kind: "division", organisation, division },
    division === undefined && organisation !== undefined && { kind: "organisation", organisation },
  ];
  const [one, ...others] = all.filter((each): each is Lockable => typeof each === "object");
  if (one && others.length === 0) return one;
  throw new CommandError(
    "say one thing to lock: --person, --device, --terminal, --session, --division or --organisation",
  );
}

function whatOf({ kind, login, deviceCode, terminalName, divisionName, organisationName }: LockListed): string {
  switch (kind) {
    case "person":
      return login ?? "";
    case "device":
      return `${deviceCode} (${login})`;
    case "terminal":
      return terminalName ?? "";
    case "session":
      return `${login} at ${terminalName}`;
    case "division":
      return divisionName ?? "";
    case "organisation":
      return organisationName;
  }
}

function lockArgument(text: string): LockId {
  const id = LockId.safeParse(text.trim().toUpperCase());
  if (!id.success) throw new InvalidArgumentError('A lock\'s number looks like K7QM-2Z9P; "lock list" shows them.');
  return id.data;
}

function liftCodeArgument(text: string): LiftCode {
  const code = parseLiftCode(text);
  if (!code) throw new InvalidArgumentError("It has four groups of five letters and digits.");
  return code;
}
