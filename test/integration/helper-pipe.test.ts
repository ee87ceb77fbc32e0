/** The desktop behind a pipe that helpers connect to: who is let in, who counts, and what each is told. Unix sockets stand in for Windows' pipes. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ChildDesktop } from "../../agent/desktop/child-desktop.ts";
import type { Command } from "../../agent/desktop/commands.ts";
import { readCommands, writeReport } from "../../agent/desktop/pipe.ts";
import type { DesktopReport, Report } from "../../agent/desktop/reports.ts";
import { connectToAgent } from "../../agent/windows/helper/connection.ts";
import { HelperPipe } from "../../agent/windows/helper/pipe.ts";
import { newRendezvous, type Rendezvous } from "../../agent/windows/helper/rendezvous.ts";
import { Events } from "../support/events.ts";
import { until } from "../support/until.ts";

/** A helper as far as the pipe sees one. */
class Helper {
  readonly commands = new Events<Command>();
  readonly closed: Promise<unknown>;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    const reader = readCommands();
    socket.on("data", (piece) => {
      for (const command of reader.push(piece)) this.commands.add(command);
    });
    this.closed = once(socket, "close");
  }

  report(report: Report): void {
    this.#socket.write(writeReport(report));
  }

  leave(): void {
    this.#socket.destroy();
  }
}

describe("the helper's pipe", () => {
  let folder: string;
  let rendezvous: Rendezvous;
  let said: Events<DesktopReport>;
  let log: string[];
  let restricted: string[];
  let desktop: ChildDesktop;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "engawa-helper-"));
    rendezvous = newRendezvous(`${folder}/`);
    said = new Events<DesktopReport>();
    log = [];
    restricted = [];
    const note = (message: string) => void log.push(message);
    const restrict = async (pipe: string) => void restricted.push(pipe);
    const source = new HelperPipe({ stateDir: folder, rendezvous, restrict, log: { info: note, warn: note } });
    desktop = new ChildDesktop({ source, onReport: said.add, log: { info: note, warn: note } });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await desktop.close();
    await rm(folder, { recursive: true });
  });

  const isServedByAgent = (): boolean => true;
  const agentPipe = () => ({ stateDir: folder, folder: `${folder}/`, isServedByAgent });
  const come = async () => new Helper(await connectToAgent(agentPipe()));
  /** A report of this helper that is heard proves that it is the one that counts. */
  const counts = async (helper: Helper, width: number) => {
    helper.report({ type: "screen", width, height: 10 });
    await said.first((report) => report.type === "screen" && report.width === width);
  };

  test("is closed to others before a helper can know of it", async () => {
    await counts(await come(), 1);
    expect(restricted).toEqual([rendezvous.pipe]);
  });

  test("tells a helper what was wished for before it came, and its successor too", async () => {
    desktop.open({ codec: "av1-444" });
    desktop.encode({ quality: 30, key: false });
    const first = await come();
    await first.commands.first(({ type }) => type === "encode");
    expect(first.commands.all).toEqual([
      { type: "open", codec: "av1-444" },
      { type: "encode", quality: 30, key: true, quick: false, moving: false, page: false, lineBps: 0 },
    ]);
    first.leave();
    await said.first(({ type }) => type === "restarting");
    const second = await come();
    await second.commands.first(({ type }) => type === "encode");
    expect(second.commands.all).toEqual(first.commands.all);
  });

  test("lets nobody in with a wrong secret, says so, and goes on with the helper", async () => {
    const helper = await come();
    await counts(helper, 1);
    const stranger = connect(rendezvous.pipe);
    stranger.write("0".repeat(64));
    stranger.write(writeReport({ type: "screen", width: 2, height: 2 }));
    await once(stranger, "close");
    await counts(helper, 3);
    expect(said.all).not.toContainEqual({ type: "screen", width: 2, height: 2 });
    expect(log).toContain("somebody connected to the helper's pipe with a wrong secret");
  });

  test("closes who says nothing", async () => {
    await counts(await come(), 1);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const silent = connect(rendezvous.pipe);
    await once(silent, "connect");
    const closed = once(silent, "close");
    const end = setInterval(() => vi.advanceTimersByTime(1000), 5); // when it is accepted nobody tells
    await closed;
    clearInterval(end);
  });

  test("the newest helper counts: the one before is closed first", async () => {
    const first = await come();
    await counts(first, 1);
    const second = await come();
    await first.closed;
    await counts(second, 2);
    expect(said.all.map(({ type }) => type)).toEqual(["screen", "restarting", "screen"]);
  });

  test("says in words that no helper comes, again at the next wish, and no more when one came", async () => {
    const helper = await come();
    await counts(helper, 1);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const unusable = () => said.all.filter(({ type }) => type === "unusable").length;
    helper.leave();
    await until("it is said", () => {
      vi.advanceTimersByTime(11_000);
      return unusable() === 1;
    });
    vi.useRealTimers();
    expect(said.all.at(-1)).toMatchObject({ message: expect.stringContaining("EngawaDesktop") });
    desktop.open({ codec: "av1-444" });
    await until("it is said again", () => unusable() === 2);
    await counts(await come(), 3);
    desktop.open({ codec: "av1-420" });
    await counts(await come(), 4);
    expect(unusable()).toBe(2);
  });

  test("a helper that speaks nonsense is closed", async () => {
    const socket = await connectToAgent(agentPipe());
    const helper = new Helper(socket);
    await counts(helper, 1);
    socket.write(Buffer.from([0, 0, 0, 1, 200]));
    await helper.closed;
    await said.first(({ type }) => type === "restarting");
  });

  test("a lock that was asked for fails when the helper goes", async () => {
    const helper = await come();
    await counts(helper, 1);
    const locked = desktop.lock();
    await helper.commands.first(({ type }) => type === "lock");
    helper.leave();
    expect(await locked).toBe("no-desktop");
  });

  test("a helper goes to no pipe that is served by another process, and comes when it is the agent's", async () => {
    const refused = new Events<string>();
    let asked = 0;
    const connecting = connectToAgent({
      ...agentPipe(),
      isServedByAgent: (pipe) => {
        expect(pipe).toBe(rendezvous.pipe);
        asked += 1;
        if (asked === 1) throw new Error("nobody serves it yet");
        return asked > 3;
      },
      refused: (pipe) => refused.add(pipe),
    });
    await counts(new Helper(await connecting), 1);
    expect([asked, refused.all]).toEqual([4, [rendezvous.pipe]]);
  });

  test("closing it ends the helper's pipe", async () => {
    const helper = await come();
    await counts(helper, 1);
    await desktop.close();
    await helper.closed;
    expect(said.all.map(({ type }) => type)).toEqual(["screen"]);
  });
});
