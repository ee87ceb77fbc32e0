import { Command } from "commander";
import { isWaiting } from "../organisations/confirmations.ts";
import type { Who } from "../organisations/desk.ts";
import { type Approved, approveDevice, devices, pendingDevices, removeDevice } from "../organisations/devices.ts";
import type { KeyCode } from "../protocol/ids.ts";
import type { OfDevice } from "../store/queries/devices.ts";
import { type CommandLine, codeArgument, loginArgument, timeOf } from "./command-line.ts";
import { listCommand, pairArgument } from "./list.ts";

export function deviceCommand(cli: CommandLine): Command {
  const group = new Command("device").description("browsers people sign in with");
  listCommands(group, cli);
  const whose = ["--login <login>", "whose, when several people use the device", loginArgument] as const;
  group
    .command("approve")
    .argument("<code>", "the code the person reads out", codeArgument)
    .option(...whose)
    .description("let in a device that waits")
    .action((code: KeyCode, options: { login?: Who }, command: Command) =>
      cli.at(async (desk) => {
        const device = await approveDevice(desk, code, options.login);
        if (isWaiting(device)) return cli.waits(command, device);
        cli.say(command, device, () => approvedWords(device));
      }),
    );
  group
    .command("remove")
    .argument("<code>", "", codeArgument)
    .option(...whose)
    .description("shut out at once: ends what was signed in with it")
    .action((code: KeyCode, options: { login?: Who }, command: Command) =>
      cli.at(async (desk) => {
        await removeDevice(desk, code, options.login);
        cli.say(
          command,
          { code },
          () => `${code} is removed. Remove it on the office PC too:\n  agent devices remove ${code}`,
        );
      }),
    );
  return group;
}

export const approvedWords = ({ login, code }: Approved): string =>
  `${login} may sign in with ${code}. Their office PC must know it too:\n  agent devices add ${code} --login ${login}`;

function listCommands(group: Command, cli: CommandLine): void {
  const after = {
    is: "LOGIN:CODE",
    parse: pairArgument(loginArgument, codeArgument),
    text: ([whose, code]: OfDevice) => `${whose}:${code}`,
  };
  listCommand(group, cli, {
    name: "pending",
    description: "devices that gave the right password and code and wait for approval, by login",
    listing: pendingDevices,
    searched: "login, name and code",
    after,
    json: ({ code, login, whose, personName, seenAt, expiresAt, asked, others }) => ({
      ...{ code, login, whose, personName, seenAt, expiresAt, asked, others },
    }),
    columns: {
      Code: (d) => d.code,
      Login: (d) => d.whose,
      Name: (d) => d.personName,
      Seen: (d) => timeOf(d.seenAt),
      "Waits until": (d) => timeOf(d.expiresAt),
      Asked: (d) => `${d.asked}×`,
      "": (d) => (d.others > 0 ? `!! ${d.others + 1} browsers of ${d.whose} wait: ask which is theirs` : ""),
    },
  });
  listCommand(group, cli, {
    description: "devices that are let in, by login",
    listing: devices,
    searched: "login, name and code",
    after,
    json: ({ code, login, whose, addedAt, lastUsedAt }) => ({
      ...{ code, login, whose, addedAt },
      ...(lastUsedAt !== null && { lastUsedAt }),
    }),
    columns: {
      Code: (d) => d.code,
      Login: (d) => d.whose,
      Added: (d) => timeOf(d.addedAt),
      "Last used": (d) => timeOf(d.lastUsedAt),
    },
  });
}
