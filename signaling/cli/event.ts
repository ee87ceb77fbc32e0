import { Command, InvalidArgumentError } from "commander";
import { declareEvent, type EndWish, endEffect, setEventEnd, untilText } from "../organisations/events.ts";
import { wavesView } from "../organisations/waves-view.ts";
import { Day, EVENT_BASES, EventBasis } from "../protocol/console-waves.ts";
import { EventId } from "../protocol/ids.ts";
import { type CommandLine, reasonArgument } from "./command-line.ts";
import { printTable } from "./short-list.ts";

export function eventCommand(cli: CommandLine): Command {
  const group = new Command("event").description("declared events, for which IDs of office PCs are given for a time");
  group
    .command("list")
    .description("the newest first")
    .action((_options, command: Command) =>
      cli.at(async (desk) => {
        const { events } = await wavesView(desk);
        printTable(cli, command, events, {
          Number: ({ id }) => `${id}`,
          Name: ({ name }) => name,
          Basis: ({ basis }) => basis,
          Until: ({ until }) => until,
          State: ({ isOver }) => (isOver ? "over" : "on"),
          Given: ({ given }) => `${given}`,
          "In use": ({ terminals }) => `${terminals}`,
          Organisations: ({ organisations }) => `${organisations}`,
        });
      }),
    );
  group
    .command("declare")
    .argument("<name>", "e.g. 緊急事態宣言（東京都）")
    .requiredOption("--basis <basis>", `${EVENT_BASES.join(" or ")}`, basisArgument)
    .requiredOption("--until <day>", "its last day, e.g. 2027-01-31: it ends at 24:00", dayArgument)
    .description("a new one")
    .action((name: string, { basis, until }: { basis: EventBasis; until: string }, command: Command) =>
      cli.at(async (desk) => {
        const event = await declareEvent(desk, { name: reasonArgument(name), basis, lastDay: until });
        cli.say(
          command,
          { event },
          () => `Declared: event ${event}. IDs for it: engawa-admin wave apply --event ${event} …`,
        );
      }),
    );
  endCommand(group.command("extend").requiredOption("--until <day>", "its new last day", dayArgument), cli).description(
    "another last day, earlier or later, for all its IDs; one that is over comes back by it",
  );
  endCommand(
    group.command("end").option("--until <day>", "after this day; without it at once", dayArgument),
    cli,
  ).description("end it for all its IDs");
  return group;
}

const endCommand = (command: Command, cli: CommandLine): Command =>
  command
    .argument("<number>", 'as "event list" says it', eventArgument)
    .requiredOption("--reason <text>", "why, for the record", reasonArgument)
    .option("--yes", "do it without asking; what it comes to is said all the same")
    .action(
      (
        event: EventId,
        { until = "now", reason, yes }: { until?: string; reason: string; yes?: boolean },
        own: Command,
      ) =>
        cli.at(async (desk) => {
          const wish: EndWish = { event, lastDay: until };
          const { given, terminals, organisations, sessions, endsAt } = await endEffect(desk, wish);
          const moment = until === "now" ? "at once" : untilText(endsAt);
          await cli.agree(
            own,
            `Event ${event} ends ${moment}:`,
            [
              `${given} IDs in ${organisations} organisations, ${terminals} in use`,
              `${sessions} open sessions${until === "now" ? ", which end now" : ""}`,
            ],
            yes,
          );
          const done = await setEventEnd({ ...desk, reason }, wish);
          cli.say(own, { event, ...done }, () => `Done: event ${event} ends ${moment}.`);
        }),
    );

export function eventArgument(text: string): EventId {
  const id = EventId.safeParse(Number(text));
  if (!id.success) throw new InvalidArgumentError('The number of an event, as "event list" says it.');
  return id.data;
}

function dayArgument(text: string): string {
  const day = Day.safeParse(text);
  if (!day.success) throw new InvalidArgumentError("Say a day: 2027-01-31.");
  return day.data;
}

function basisArgument(text: string): EventBasis {
  const basis = EventBasis.safeParse(text);
  if (!basis.success) throw new InvalidArgumentError(`One of ${EVENT_BASES.join(", ")}.`);
  return basis.data;
}
