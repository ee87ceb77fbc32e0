import { afterEach, describe, expect, test } from "vitest";
import { Controlling } from "../../agent/controlling.ts";
import type { DesktopHandlers } from "../../agent/desktop/desktop.ts";
import type { Log } from "../../agent/log.ts";
import type { Peer } from "../../agent/peer/peer.ts";
import { AgentControl } from "../../signaling/protocol/channels.ts";
import { DesktopTwin } from "../support/desktop-twin.ts";

const open: Controlling[] = [];
afterEach(() => {
  for (const controlling of open.splice(0)) controlling.close();
});

/** A viewer that notes what it is told. */
function start() {
  const told: AgentControl[] = [];
  const peer = {
    sendControl(text: string) {
      told.push(AgentControl.parse(JSON.parse(text)));
      return true;
    },
    hasTransportFeedback: true,
    send: () => undefined,
    resend: () => false,
  } as Partial<Peer> as Peer;
  const controlling = new Controlling({
    desktop: new DesktopTwin({
      screen: () => undefined,
      picture: () => undefined,
    } as Partial<DesktopHandlers> as DesktopHandlers),
    peer,
    codec: "av1-444",
    log: { info: () => undefined, warn: () => undefined } as Partial<Log> as Log,
    startBps: undefined,
    first: undefined,
    onInput: () => undefined,
    now: () => 0,
  });
  open.push(controlling);
  return { controlling, told };
}

describe("what a viewer is told of the office PC", () => {
  const state = { ime: "hiragana", operated: true, refusesInput: false } as const;

  test("nothing but what it understands, where nothing is known", () => {
    const { controlling, told } = start();
    controlling.controlOpen();
    expect(told).toEqual([{ type: "takes", again: true }]);
  });

  test("what was known before it came, and each change", () => {
    const { controlling, told } = start();
    controlling.office(state);
    expect(told).toEqual([]);
    controlling.controlOpen();
    controlling.office({ ...state, operated: false });
    expect(told).toEqual([
      { type: "takes", again: true },
      { type: "office", ...state },
      { type: "office", ...state, operated: false },
    ]);
  });
});
