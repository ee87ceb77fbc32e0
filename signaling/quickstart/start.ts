/**
 * `npm start` (what it takes: start-options.ts): the whole product on this machine, to try it out.
 * State, logs, keys and the office's home are in one folder.
 */
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildViewer, ROOT } from "./build.ts";
import { buildOwnCodec } from "./codecs.ts";
import { OFFICE_AGENT_SETTINGS, startOffice } from "./office.ts";
import { type PartEvent, StartError } from "./part.ts";
import { addPerson, type DemoPerson } from "./people.ts";
import { ownAddresses } from "./pki.ts";
import { type Product, type Screen, startProduct } from "./product.ts";
import { isAboutWaiting, Registrations, type Waiting } from "./registrations.ts";
import { startOptions } from "./start-options.ts";
import { dropState, loadState, lockState, StateError, saveState } from "./state.ts";
import { Terminal } from "./terminal.ts";
import { townLogins } from "./town-names.ts";
import { codesLine, eventWords, partName, registerByCommand, registeredWords, waitsWords, welcome } from "./words.ts";

const ORGANISATION = "見本市";
const TERMINAL = "見本市役所のパソコン";
const PERSON = { login: "hanako", name: "見本 花子" };
const ADMINISTRATOR = { login: "kanri", name: "管理 太郎" };

const options = startOptions();
const folder = resolve(ROOT, options.state);
const terminal = new Terminal();

/** Ends in order, then the process; whoever asks a second time waits for the first. */
class Stopper {
  readonly #closers: (() => unknown)[] = [];
  #stopping: Promise<never> | undefined;

  add(close: () => unknown): void {
    this.#closers.push(close);
  }

  get isStopping(): boolean {
    return this.#stopping !== undefined;
  }

  stop(status: number): Promise<never> {
    this.#stopping ??= this.#stop(status);
    return this.#stopping;
  }

  async #stop(status: number): Promise<never> {
    terminal.close();
    for (const close of this.#closers.reverse()) await close();
    process.exit(status);
  }
}

const stopper = new Stopper();

async function main(): Promise<void> {
  stopper.add(lockState(folder));
  if (options.fresh) startAnew();
  const state = await loadState(folder, options.store);
  if (!(await buildViewer(() => terminal.say("画面を組み立てています…", "Building the page…")))) {
    throw new StateError("画面を組み立てられませんでした。", "The page does not build: see above.");
  }
  terminal.say("起動しています…", "Starting…");
  let registrations: Registrations | undefined;
  const starting = startProduct({
    folder,
    ports: state.ports,
    relayIp: state.relayIp,
    addresses: ownAddresses(),
    openScreen,
    ...(options.display === undefined ? { agentSettings: OFFICE_AGENT_SETTINGS } : {}),
    organisation: ORGANISATION,
    terminal: TERMINAL,
    store: state.store,
    onEvent,
    onSignalingLog: (line) => isAboutWaiting(line) && void registrations?.look(),
  });
  stopper.add(() => closeStarted(starting));
  const product = await starting;
  if (stopper.isStopping) return;
  const person = state.person ?? (await addDemoPerson(product));
  const administrator = state.administrator ?? (await addDemoAdministrator(product));
  saveState(folder, { ...state, person, administrator });
  if (state.person === undefined && !options.empty) await fillDemoTown(product);
  writeFileSync(join(folder, "signaling.env"), envFile(product), { mode: 0o600 });
  terminal.lines(await welcome(product, person, administrator));
  terminal.keepLine(() => codesLine([person, administrator], Date.now()));
  registrations = openRegistrations(product);
  if (!options["no-build"]) {
    const build = buildOwnCodec(join(folder, "logs"), (japanese, english) => terminal.say(japanese, english));
    stopper.add(() => build.close());
  }
}

function startAnew(): void {
  dropState(folder);
  stopper.add(lockState(folder));
}

/** Gives up waiting for a start that hangs: its processes die with us. */
async function closeStarted(starting: Promise<Product>): Promise<void> {
  const close = starting.then(
    (product) => product.close(),
    () => {},
  );
  await Promise.race([close, new Promise((giveUp) => setTimeout(giveUp, 10_000))]);
}

async function openScreen(logs: string): Promise<Screen> {
  const { display } = options;
  if (display === undefined) return startOffice({ folder, logs, onEvent });
  return { display, authority: process.env["XAUTHORITY"], close: async () => {} };
}

function onEvent(event: PartEvent): void {
  terminal.lines(eventWords(event, join(folder, "logs")));
}

async function addDemoPerson({ signaling, agent }: Product): Promise<DemoPerson> {
  const person = await addPerson(signaling, PERSON.login, PERSON.name);
  await signaling.admin("grant", "add", person.login, agent.terminal);
  return person;
}

async function addDemoAdministrator({ signaling }: Product): Promise<DemoPerson> {
  const { addAdministrator, atDesk } = await import("./desk.ts");
  const wish = { ...ADMINISTRATOR, organisation: ORGANISATION };
  return atDesk(signaling.environment, (desk) => addAdministrator(desk, wish));
}

async function fillDemoTown({ signaling, agent }: Product): Promise<void> {
  const { atDesk } = await import("./desk.ts");
  const { fillTown } = await import("./town.ts");
  const people = [PERSON.login, ADMINISTRATOR.login];
  const town = { organisation: ORGANISATION, terminal: agent.terminal, people };
  await atDesk(signaling.environment, (desk) => fillTown(desk, town));
}

function openRegistrations(product: Product): Registrations {
  const administrators = new Set([ADMINISTRATOR.login]);
  const words = (device: Waiting) => registerByCommand(device, folder, administrators.has(device.login));
  const registrations = new Registrations(
    product,
    { ignored: townLogins(), administrators },
    {
      waits: (device) => terminal.lines([...waitsWords(device), ...(process.stdin.isTTY ? [] : words(device))]),
      registered: (device) => terminal.lines(registeredWords(device)),
      failed: (device, error) => terminal.say(`登録できませんでした：${device.code}`, String(error)),
    },
  );
  terminal.onEnter(() => void registrations.enter());
  void registrations.look();
  return registrations;
}

function envFile({ signaling }: Product): string {
  return Object.entries(signaling.environment)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}\n`)
    .join("");
}

function explain(error: unknown): void {
  if (error instanceof StartError) {
    terminal.say(`${partName(error.part)}が起動しませんでした。`, `${error.message}. What it said last:`);
    terminal.lines(["", error.lastLines, "", join(folder, "logs", `${error.part}.log`)]);
  } else if (error instanceof StateError) {
    terminal.say(error.message, error.english);
  } else {
    console.error(error);
  }
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (!stopper.isStopping) terminal.say("終えています…", "Ending…");
    void stopper.stop(0);
  });
}
main().catch((error) => {
  if (!stopper.isStopping) explain(error);
  void stopper.stop(1);
});
