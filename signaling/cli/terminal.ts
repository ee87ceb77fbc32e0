import { Command } from "commander";
import type { AdminConfig } from "../config.ts";
import {
  allotTerminal,
  disableTerminal,
  enableTerminal,
  encodeToken,
  interfacesOf,
  issueToken,
  moveTerminal,
  otherRelayHosts,
  TOKEN_TTL_MS,
  terminals,
} from "../organisations/terminals.ts";
import type { EnrolmentToken } from "../protocol/api.ts";
import type { EventId, TerminalId } from "../protocol/ids.ts";
import {
  CommandError,
  type CommandLine,
  hostArgument,
  hoursArgument,
  terminalArgument,
  timeOf,
} from "./command-line.ts";
import { eventArgument } from "./event.ts";
import { listCommand } from "./list.ts";

const HOUR_MS = 3_600_000;

interface TokenOptions {
  organisation?: string;
  division?: string;
  name?: string;
  terminal?: TerminalId;
  hours: number;
  host?: string;
  event?: EventId;
  regular?: true;
}

export function terminalCommand(cli: CommandLine): Command {
  const group = new Command("terminal").description("office PCs");
  tokenCommand(
    group,
    cli,
    "token",
    "a token with which the agent of one office PC enrols, once; makes the terminal unless it exists",
  );
  tokenCommand(group, cli, "add", "the same, for a new office PC");
  listCommand(group, cli, {
    description: "office PCs, by name",
    listing: terminals,
    searched: "name and ID",
    after: { is: "its ID", parse: terminalArgument, text: String },
    columns: {
      ID: (t) => t.id,
      Name: (t) => t.name,
      Organisation: (t) => t.organisationName,
      Division: (t) => t.division || "-",
      State: (t) => {
        if (t.disabledAt !== null) return `disabled ${timeOf(t.disabledAt)}`;
        return t.enrolledAt === null ? "waits for enrolment" : "enrolled";
      },
      Wake: (t) => (interfacesOf(t).length > 0 ? "wired" : "-"),
      "Last seen": (t) => timeOf(t.lastSeenAt),
    },
  });
  group
    .command("move")
    .argument("<id>", "", terminalArgument)
    .option("--division <division>", "e.g. 総務部/総務課; without it it belongs to no division")
    .description("into another division of its organisation")
    .action((id: TerminalId, { division }: { division?: string }, command: Command) =>
      cli.at(async (desk) => {
        await moveTerminal(desk, id, division);
        cli.say(command, { terminal: id, division }, () => `Done: ${id} belongs to ${division ?? "no division"}.`);
      }),
    );
  allotCommand(group, cli);
  for (const [name, act, description] of [
    ["disable", disableTerminal, "shut out at once: ends its session"],
    ["enable", enableTerminal, "let in again"],
  ] as const) {
    group
      .command(name)
      .argument("<id>", "", terminalArgument)
      .description(description)
      .action((id: TerminalId, _options, command: Command) =>
        cli.at(async (desk) => {
          await act(desk, id);
          cli.say(command, { terminal: id }, () => `Done: ${name} ${id}.`);
        }),
      );
  }
  return group;
}

function allotCommand(group: Command, cli: CommandLine): void {
  group
    .command("allot")
    .argument("<id>", "", terminalArgument)
    .option(
      "--event <number>",
      "from the IDs that were given for this event; without it from those without an end",
      eventArgument,
    )
    .description("its ID counts for another event from now on, or without an end")
    .action((id: TerminalId, { event }: { event?: EventId }, command: Command) =>
      cli.at(async (desk) => {
        await allotTerminal(desk, id, event ?? "regular");
        cli.say(
          command,
          { terminal: id, event },
          () => `Done: ${id} ${event ? `is under event ${event}` : "has no end"}.`,
        );
      }),
    );
}

function tokenCommand(group: Command, cli: CommandLine, name: "token" | "add", description: string): void {
  group
    .command(name)
    .description(description)
    .option("--name <name>", "of a new terminal")
    .option(
      "--organisation <organisation>",
      "of a new terminal, by code or name; may be left out while there is only one",
    )
    .option("--division <division>", "of a new terminal, e.g. 総務部/総務課")
    .option("--terminal <id>", "one that exists and is to enrol again", terminalArgument)
    .option("--host <name>", "only the PC with this host name may use it", hostArgument)
    .option("--event <number>", "of a new terminal: from the IDs that were given for this event", eventArgument)
    .option("--regular", "of a new terminal: from the IDs without an end")
    .option("--hours <n>", "how long the token is good", hoursArgument, TOKEN_TTL_MS / HOUR_MS)
    .action((options: TokenOptions, command: Command) =>
      cli.at(async (desk, config) => {
        const where = whereAgentsGo(config);
        const { hours, event, regular, ...request } = options;
        const under = event ?? (regular && "regular");
        const { secret, ...issued } = await issueToken(desk, { ...request, under, ttlMs: hours * HOUR_MS });
        const token = encodeToken({ ...where, secret, ...(options.host !== undefined && { bound: true }) });
        cli.say(command, { ...issued, token }, () =>
          [
            `Terminal ${issued.terminal} (${issued.name}). The token is good once, until ${timeOf(issued.expiresAt)}${options.host === undefined ? "" : `, for the PC ${options.host}`}.`,
            "On the office PC:",
            `  agent enrol ${token}`,
          ].join("\n"),
        );
      }),
    );
}

export function whereAgentsGo(config: AdminConfig): Omit<EnrolmentToken, "secret"> {
  const { insideUrl: url, caSha256: ca, turnInsideUrls = [] } = config;
  const relayHosts = url && otherRelayHosts(url, turnInsideUrls);
  if (url && ca) return { url, ca, ...(relayHosts && { relayHosts }) };
  throw new CommandError("a token says where the server is: set ENGAWA_INSIDE_URL and ENGAWA_TLS_CA as for the server");
}
