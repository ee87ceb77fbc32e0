import { readFileSync } from "node:fs";
import { Argument, Command, InvalidArgumentError } from "commander";
import { loadToldSettings } from "../config.ts";
import type { RelayFacts } from "../documents/facts.ts";
import { pageOf } from "../documents/html.ts";
import { writeDocument } from "../documents/write.ts";
import { look } from "../organisations/desk.ts";
import { organisationNamed } from "../organisations/organisation-named.ts";
import { DOCUMENTS, type DocumentName } from "../protocol/console-documents.ts";
import type { CommandLine } from "./command-line.ts";

interface Options {
  organisation?: string;
  relay?: RelayFacts;
}

export function documentCommand(cli: CommandLine): Command {
  return new Command("document")
    .addArgument(new Argument("<name>", "which one").choices(DOCUMENTS))
    .option("--organisation <organisation>", "of an organisation: its code or name; without it of the whole server")
    .option("--relay <file>", "the relay's turnserver.conf, for what this server does not know of it", relayArgument)
    .description("a document from the settings and rules in force, in Japanese: a page of HTML, to be read and printed")
    .action(async (name: DocumentName, { organisation, relay }: Options, command: Command) => {
      const settings = loadToldSettings(cli.surroundings.environment);
      await cli.at(async (desk) => {
        const row =
          organisation === undefined
            ? undefined
            : await look(desk, (q, ask) => organisationNamed(q, ask, "document.read", organisation));
        const document = await writeDocument(desk, name, { settings, relay, organisation: row?.id });
        cli.say(command, document, () => pageOf(document));
      });
    });
}

/** What turn-config/generate.ts writes there; its secrets are passed over. */
function relayArgument(file: string): RelayFacts {
  const text = readConf(file);
  const settingOf = (name: string): string => new RegExp(`^${name}=(\\S+)$`, "m").exec(text)?.[1] ?? "";
  const [relayIp, min, max] = [settingOf("relay-ip"), Number(settingOf("min-port")), Number(settingOf("max-port"))];
  if (relayIp === "" || !(min > 0 && max >= min))
    throw new InvalidArgumentError("It is no turnserver.conf of turn:conf: relay-ip, min-port or max-port is missing.");
  return { relayIp, ports: { min, max } };
}

function readConf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new InvalidArgumentError(`It cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}
