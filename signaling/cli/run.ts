/** `engawa-admin`: the administrator's command line, on the same store as the server. */
import { Command, CommanderError } from "commander";
import { ConfigError } from "../config.ts";
import { DeskError } from "../organisations/desk.ts";
import { RequestError } from "../protocol/errors.ts";
import { CopyRefused } from "../store/copying/tables.ts";
import { StoreTooNew, StoreUnusable } from "../store/store.ts";
import { auditCommand } from "./audit.ts";
import { CommandError, CommandLine, type Surroundings } from "./command-line.ts";
import { confirmCommand } from "./confirm.ts";
import { deviceCommand } from "./device.ts";
import { divisionCommand } from "./division.ts";
import { documentCommand } from "./document.ts";
import { dutyCommand } from "./duty.ts";
import { eventCommand } from "./event.ts";
import { grantCommand } from "./grant.ts";
import { deviceLifeCycle, personLifeCycle, terminalLifeCycle } from "./life-cycle.ts";
import { lockCommand } from "./lock.ts";
import { organisationCommand } from "./organisation.ts";
import { personCommand } from "./person.ts";
import { policyCommand } from "./policy.ts";
import { sessionCommand } from "./session.ts";
import { storeCommand } from "./store.ts";
import { terminalCommand } from "./terminal.ts";
import { waveCommand } from "./wave.ts";

/** What says by itself what is wrong; the rest is a bug. */
const SAID = [DeskError, CommandError, ConfigError, CopyRefused, RequestError, StoreTooNew, StoreUnusable];

/** Runs one command. Returns the exit code: 0 done, 1 could not be done, 2 misunderstood. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    await programOf(surroundings).parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (SAID.some((kind) => error instanceof kind)) {
      surroundings.complain((error as Error).message);
      return 1;
    }
    throw error;
  }
}

function programOf(surroundings: Surroundings): Command {
  const cli = new CommandLine(surroundings);
  const program = new Command("engawa-admin")
    .description(
      "Organisations, people, devices, office PCs and grants of this server. Settings come from the server's ENGAWA_ variables.",
    )
    .option("--json", "print JSON instead of words");
  for (const make of [
    organisationCommand,
    divisionCommand,
    documentCommand,
    personCommand,
    dutyCommand,
    terminalCommand,
    grantCommand,
    deviceCommand,
    confirmCommand,
    sessionCommand,
    lockCommand,
    policyCommand,
    eventCommand,
    waveCommand,
    auditCommand,
    storeCommand,
  ]) {
    program.addCommand(make(cli));
  }
  lifeCycle(program, cli);
  speakThrough(program, surroundings);
  return program;
}

/** Beside the commands of the things they are about. */
function lifeCycle(program: Command, cli: CommandLine): void {
  const groups = { person: personLifeCycle, device: deviceLifeCycle, terminal: terminalLifeCycle };
  for (const [name, add] of Object.entries(groups)) {
    const group = program.commands.find((command) => command.name() === name);
    if (!group) throw new Error(`no command ${name}`);
    add(group, cli);
  }
}

/** Commander prints and exits by itself unless told otherwise, for each command. */
function speakThrough(
  command: Command,
  surroundings: { readonly print: (text: string) => void; readonly complain: (text: string) => void },
): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => surroundings.print(text.trimEnd()),
    writeErr: (text) => surroundings.complain(text.trimEnd()),
  });
  for (const sub of command.commands) speakThrough(sub, surroundings);
}
