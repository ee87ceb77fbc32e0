/** Somebody else's program, in the same three networks and on the same screen as ours, seen by the same Chromium with the same probe. */
import type { Page } from "playwright-core";
import type { TestBrowser } from "../../support/browser.ts";
import { giveUp } from "../../support/clean-up.ts";
import type { Timing } from "../probe.ts";
import { type Ground, openScene, type Scene, type SceneOptions } from "../stage.ts";
import { openHomeBrowser, PICTURE_TIMEOUT_MS, type Viewer } from "../viewer.ts";

export const PEERS = ["novnc", "xpra", "webrtc"] as const;
export type PeerName = (typeof PEERS)[number];

/** Some send on while nothing changes, or much for a blinking caret. */
const REST_MS = 10_000;

/** What runs at the office and in the DMZ, and where its page is. */
export interface Peer {
  /** Its server at the office. */
  readonly pid?: number | undefined;
  /** Where that is many processes: the name of all of them. */
  readonly program?: string;
  /** PEM: what the browser is to trust. */
  readonly caFile?: string;
  /** Before a page is opened. */
  prepare?(browser: TestBrowser): Promise<void>;
  /** A page that connects by itself once it is opened. */
  readonly address: string;
  /** A page that connects at a click, where it has one. */
  readonly button?: { readonly address: string; readonly selector: string };
  /** Selector of the canvas or video that shows the screen. */
  readonly picture: string;
  readonly codec: string;
  close(): Promise<void>;
}

/** Only the one that is measured is loaded. */
async function startPeer(name: PeerName, ground: Ground): Promise<Peer> {
  switch (name) {
    case "novnc":
      return (await import("./novnc.ts")).startNovnc(ground);
    case "xpra":
      return (await import("./xpra.ts")).startXpra(ground);
    case "webrtc":
      return (await import("./webrtc.ts")).startWebrtc(ground);
  }
}

export function openPeerScene(name: PeerName, options: SceneOptions): Promise<Scene> {
  return openScene(options, async (ground) => {
    const peer = await ground.opened(`${name}: its server and gateway`, startPeer(name, ground));
    const edges = { "edge-outside": undefined, "edge-inside": undefined };
    return {
      roots: () => ({ agent: peer.pid, program: peer.program, edges }),
      restMs: REST_MS,
      says: `${name}: browser`,
      viewer: () => openPeerViewer(peer, ground),
    };
  });
}

async function openPeerViewer(peer: Peer, { network, folder }: Ground): Promise<Viewer> {
  // The page on which the method's floor is measured is looked at by the same probe.
  const browser = await openHomeBrowser(network, folder, peer.caFile, `canvas[data-picture], ${peer.picture}`);
  try {
    await peer.prepare?.(browser);
  } catch (error) {
    return giveUp(error, () => browser.close());
  }
  return new PeerViewer(browser, peer);
}

class PeerViewer implements Viewer {
  readonly browser: TestBrowser;
  readonly #peer: Peer;

  constructor(browser: TestBrowser, peer: Peer) {
    this.browser = browser;
    this.#peer = peer;
  }

  get page(): Page {
    return this.browser.page;
  }

  async connect(): Promise<void> {
    if (await this.#open()) return;
    throw new Error(`no picture came; the page said:\n${this.browser.console.slice(-10).join("\n")}`);
  }

  async join(): Promise<Timing | null> {
    const { button } = this.#peer;
    if (!button) return this.#open();
    await this.page.goto(button.address);
    await this.page.locator(button.selector).waitFor();
    await this.page.evaluate((timeout) => window.engawaProbe.armJoin(timeout, "click"), PICTURE_TIMEOUT_MS);
    await this.page.locator(button.selector).click();
    return this.page.evaluate(() => window.engawaProbe.result());
  }

  async codec(): Promise<string> {
    return this.#peer.codec;
  }

  async end(): Promise<void> {
    await this.page.goto("about:blank");
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  async #open(): Promise<Timing | null> {
    await this.page.goto(this.#peer.address, { waitUntil: "commit" });
    await this.page.evaluate((timeout) => window.engawaProbe.armJoin(timeout, "opened"), PICTURE_TIMEOUT_MS);
    return this.page.evaluate(() => window.engawaProbe.result());
  }
}
