import { resolve } from "node:path";
import { Command } from "commander";
import type { AuditEventName } from "../audit/events.ts";
import { ROOT } from "../auth/principal.ts";
import { type AdminConfig, loadAdminConfig } from "../config.ts";
import { verifyRecords } from "../organisations/audit.ts";
import { type Desk, perform } from "../organisations/desk.ts";
import { backUp, fileOf, move, restore } from "../store/copying/copies.ts";
import { brokenText } from "./audit.ts";
import { CommandError, type CommandLine } from "./command-line.ts";

export function storeCommand(cli: CommandLine): Command {
  const group = new Command("store").description("all that is kept: backups, and moving to PostgreSQL");
  group
    .command("backup <file>")
    .description("write a copy of the database, as it is now, to a new file; the server may run")
    .action(async (name: string, _: unknown, command: Command) => {
      const file = resolve(name);
      const config = loadAdminConfig(cli.surroundings.environment);
      // looked at is the copy, and not what goes on meanwhile: whoever takes it back has exactly this
      const found = await backUp(config, file, (copy) => cli.at(look, copy));
      await cli.at((desk) => note(desk, "audit.backed-up", { file }));
      mustBeWhole(found);
      cli.say(command, { file, ...found }, () => `${file}: ${wholeText(found)} Keep it apart from the keys (README).`);
    });
  group
    .command("restore <file>")
    .description("put a backup into a store that is empty: a new database, or a folder without one; no server may run")
    .action((name: string, _: unknown, command: Command) => {
      const file = resolve(name);
      return taken(cli, command, "audit.restored", { file }, (config) => restore(file, config));
    });
  group
    .command("move")
    .description(
      "copy engawa.db of this server into the new, empty PostgreSQL of ENGAWA_DATABASE_URL; no server may run. The file stays as it is",
    )
    .action((_: unknown, command: Command) =>
      taken(cli, command, "audit.moved", {}, (config) => {
        if (config.database) return move(config, config.database);
        throw new CommandError("ENGAWA_DATABASE_URL is not set: it says into which database");
      }),
    );
  return group;
}

/** What was put into the store of the settings is looked through to its end before anybody relies on it. */
async function taken(
  cli: CommandLine,
  command: Command,
  event: AuditEventName,
  about: Readonly<Record<string, string>>,
  put: (config: AdminConfig) => Promise<void>,
): Promise<void> {
  const config = loadAdminConfig(cli.surroundings.environment);
  await put(config);
  await cli.at(async (desk) => {
    const found = await look(desk);
    await note(desk, event, about);
    mustBeWhole(found);
    cli.say(command, { ...about, ...found }, () => {
      const left = event === "audit.moved" ? ` ${fileOf(config)} is as it was: keep it until all is well.` : "";
      return `Done: ${wholeText(found)}${left} Now start the server.`;
    });
  });
}

interface Found {
  readonly records: number;
  readonly chains: number;
  readonly broken: readonly string[];
}

async function look(desk: Desk): Promise<Found> {
  const { chains, records, falselySigned } = await verifyRecords(desk);
  const broken = chains.flatMap((chain) => (chain.ok ? [] : [brokenText(chain)]));
  if (falselySigned > 0) broken.push(`${falselySigned} signatures under heads of the record are false`);
  return { records, chains: chains.length, broken };
}

/** It is kept all the same: there may be nothing better. */
function mustBeWhole({ broken }: Found): void {
  if (broken.length === 0) return;
  const first = "It was copied as it is, but the audit in it is broken (look at where it came from, too):";
  throw new CommandError([first, ...broken].join("\n"));
}

const wholeText = ({ records, chains }: Found): string =>
  `${records} records of the audit in ${chains} chains, all as written.`;

const note = (desk: Desk, event: AuditEventName, about: Readonly<Record<string, string>>): Promise<void> =>
  perform(desk, event, async (_q, ask) => {
    ask.must("store.copy", ROOT);
    return { organisation: null, about, result: undefined };
  });
