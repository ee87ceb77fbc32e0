import { Command, InvalidArgumentError } from "commander";
import { expiringIn, NOTICE_DAYS } from "../organisations/allotments.ts";
import { applyForIds, approveWave, refuseApplication, withdrawApplication } from "../organisations/applications.ts";
import { look } from "../organisations/desk.ts";
import { wavesView } from "../organisations/waves-view.ts";
import { MAX_IDS_APPLIED, type WavesView } from "../protocol/console-waves.ts";
import { ApplicationId, type EventId } from "../protocol/ids.ts";
import { CommandError, type CommandLine, reasonArgument, timeOf } from "./command-line.ts";
import { eventArgument } from "./event.ts";
import { type Columns, printTable } from "./short-list.ts";

export function waveCommand(cli: CommandLine): Command {
  const group = new Command("wave").description("IDs of office PCs on application: the queue, and what was given");
  group
    .command("list")
    .description("applications that wait, first come first, and then those that were decided lately")
    .action((_options, command: Command) =>
      cli.at(async (desk) => printTable(cli, command, (await wavesView(desk)).applications, APPLICATIONS)),
    );
  group
    .command("given")
    .description("what organisations have, and how much of it they use")
    .action((_options, command: Command) =>
      cli.at(async (desk) => printTable(cli, command, (await wavesView(desk)).allotments, ALLOTMENTS)),
    );
  group
    .command("expiring")
    .description(`organisations whose IDs end in ${NOTICE_DAYS.join(" days or in ")} day`)
    .action((_options, command: Command) =>
      cli.at(async (desk) => {
        const soon = await look(desk, async (q, ask) => {
          ask.mustSomewhere("event.read");
          const found = [];
          for (const days of NOTICE_DAYS)
            for (const one of await expiringIn(q, days, desk.now())) found.push({ days, ...one });
          return found;
        });
        printTable(cli, command, soon, {
          Days: ({ days }) => `${days}`,
          Organisation: ({ organisationName }) => organisationName,
          Event: ({ eventName }) => eventName,
          Until: ({ endsAt }) => timeOf(endsAt),
          "In use": ({ terminals }) => `${terminals}`,
        });
      }),
    );
  deciding(group, cli);
  return group;
}

function deciding(group: Command, cli: CommandLine): void {
  group
    .command("apply")
    .argument("<organisation=count...>", "codes with how many IDs each, e.g. midori=20 sakura=5")
    .option("--event <number>", "for this event; without it IDs without an end", eventArgument)
    .requiredOption("--reason <text>", "what for", reasonArgument)
    .description("to the end of the queue")
    .action((words: string[], { event, reason }: { event?: EventId; reason: string }, command: Command) =>
      cli.at(async (desk) => {
        const { applyFor } = await wavesView(desk);
        const lines = words.map((word) => lineOf(word, applyFor));
        const application = await applyForIds(desk, { event, because: reason, lines });
        cli.say(command, { application }, () => `Done: application ${application}.`);
      }),
    );
  group
    .command("approve")
    .argument("<number...>", "applications, which become one wave", (text: string, all: ApplicationId[] = []) => [
      ...all,
      applicationArgument(text),
    ])
    .description("give what they ask for")
    .action((applications: ApplicationId[], _options, command: Command) =>
      cli.at(async (desk) => {
        const done = await approveWave(desk, applications);
        cli.say(
          command,
          done,
          () => `Done: wave ${done.wave} of ${done.terminals} IDs for ${done.organisations} organisations.`,
        );
      }),
    );
  group
    .command("refuse")
    .argument("<number>", "an application", applicationArgument)
    .requiredOption("--reason <text>", "told to who applied", reasonArgument)
    .description("it leaves the queue")
    .action((application: ApplicationId, { reason }: { reason: string }, command: Command) =>
      cli.at(async (desk) => {
        await refuseApplication(desk, application, reason);
        cli.say(command, { application }, () => `Done: application ${application} is refused.`);
      }),
    );
  group
    .command("withdraw")
    .argument("<number>", "an application", applicationArgument)
    .description("it leaves the queue")
    .action((application: ApplicationId, _options, command: Command) =>
      cli.at(async (desk) => {
        await withdrawApplication(desk, application);
        cli.say(command, { application }, () => `Done: application ${application} is withdrawn.`);
      }),
    );
}

const APPLICATIONS: Columns<WavesView["applications"][number]> = {
  Number: ({ id }) => `${id}`,
  Applied: ({ at }) => timeOf(at),
  By: ({ organisation }) => organisation.code,
  For: ({ event }) => event?.name ?? "regular",
  IDs: ({ count }) => `${count}`,
  Organisations: ({ lines }) => `${lines.length}`,
  State: ({ state }) => state,
  Wave: ({ wave }) => (wave === undefined ? "-" : `${wave}`),
  Reason: ({ because }) => because,
};

const ALLOTMENTS: Columns<WavesView["allotments"][number]> = {
  Organisation: ({ organisation }) => organisation.code,
  For: ({ event }) => event?.name ?? "regular",
  Until: ({ event }) => event?.until ?? "-",
  Given: ({ count }) => `${count}`,
  "In use": ({ used }) => `${used}`,
  Left: ({ left }) => `${left}`,
};

function lineOf(
  word: string,
  applyFor: WavesView["applyFor"],
): { organisation: WavesView["applyFor"][number]["id"]; count: number } {
  const [, name, number] = /^(.+)=([1-9][0-9]{0,5})$/.exec(word) ?? [];
  const count = Number(number);
  if (name === undefined || count > MAX_IDS_APPLIED)
    throw new CommandError(`say an organisation and a number: ${word}`);
  const organisation = applyFor.find((one) => one.code === name || one.name === name);
  if (!organisation) throw new CommandError(`there is no organisation ${name}; "organisation list" shows all`);
  return { organisation: organisation.id, count };
}

function applicationArgument(text: string): ApplicationId {
  const id = ApplicationId.safeParse(Number(text));
  if (!id.success) throw new InvalidArgumentError('The number of an application, as "wave list" says it.');
  return id.data;
}
