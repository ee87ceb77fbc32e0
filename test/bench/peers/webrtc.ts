/**
 * A plain screen share from Chromium to Chromium, as a video call has it: VP8, nothing set. Both ends use nothing but the relay in the
 * DMZ, a coturn like ours, by UDP. Offer and answer go from page to page by way of the driver. A key is sent on a data channel and pressed by XTEST.
 */
import { mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { Part } from "../../../signaling/quickstart/part.ts";
import { newSecret, turnserverConf } from "../../../turn-config/generate.ts";
import { makeUser } from "../../../turn-config/probe.ts";
import { prepareUserDb } from "../../../turn-config/user-db.ts";
import { openBrowser, type TestBrowser } from "../../support/browser.ts";
import type { Desk } from "../desk.ts";
import { ADDRESS } from "../network.ts";
import type { Ground } from "../stage.ts";
import { PYTHON, traceProgram } from "../trace-program.ts";
import { IN_FRONT } from "../viewer.ts";
import type { Peer } from "./peer.ts";

const REALM = "peer";
const CREDENTIAL_S = 3_600;
const HOME = "https://home.invalid/";
const OFFICE = "https://office.invalid/";

export async function startWebrtc(ground: Ground): Promise<Peer> {
  const secret = newSecret();
  const relay = await startRelay(ground, secret);
  const serversAt = (address: string): RTCIceServer[] => {
    const { username, password } = makeUser(secret, address, CREDENTIAL_S);
    return [{ urls: `turn:${address}:3478?transport=udp`, username, credential: password }];
  };
  const office = await openOffice(ground);
  await office.page.evaluate(() => window.share());
  await minimise(ground.desk);
  return {
    pid: undefined,
    program: "chromium",
    address: `${HOME}?now`,
    button: { address: HOME, selector: "button" },
    picture: "video",
    codec: "VP8",
    prepare: async ({ page }) => {
      await page.exposeFunction("servers", () => serversAt(ADDRESS.dmzOutside));
      await page.exposeFunction("offer", () =>
        office.page.evaluate((servers) => window.makeOffer(servers), serversAt(ADDRESS.dmzInside)),
      );
      await page.exposeFunction("answer", (sdp: string) => office.page.evaluate((sdp) => window.takeAnswer(sdp), sdp));
      await serve(page, HOME, HOME_PAGE);
    },
    close: async () => {
      await office.close();
      await relay.close();
    },
  };
}

async function startRelay({ network, folder }: Ground, secret: string): Promise<Part> {
  const [file, userDb] = [join(folder, "turnserver.conf"), join(folder, "turndb")];
  const listenIps = [ADDRESS.dmzOutside, ADDRESS.dmzInside];
  const pidFile = join(folder, "turnserver.pid");
  const conf = turnserverConf({ listenIps, relayIp: ADDRESS.relay, realm: REALM, secret, userDb, pidFile });
  writeFileSync(file, conf, { mode: 0o600 });
  prepareUserDb(userDb);
  const program = network.at("dmz", {
    ...{ name: "coturn", command: "turnserver", args: ["-c", file], logs: folder, keep: false },
    env: { PATH: "/usr/bin:/bin", LANG: "C.UTF-8" },
    readyLine: (line) => line.includes("Total General servers"),
  });
  return Part.start(program);
}

/** Chromium with a window on the office's screen. */
async function openOffice({ network, desk, folder }: Ground): Promise<TestBrowser> {
  const keys = join(folder, "keys");
  const readyLine = (line: string) => line === "ready";
  await desk.start("press", PYTHON, [traceProgram("press.py"), keys], { readyLine });
  const pipe = openSync(keys, "w");
  const home = join(folder, "sharing");
  mkdirSync(home);
  const office = await openBrowser({
    namespace: network.namespace("office"),
    home,
    screen: desk,
    args: [...IN_FRONT, "--auto-select-desktop-capture-source=Entire screen"],
  });
  await office.page.exposeFunction("press", (key: string) => void writeSync(pipe, `${key}\n`));
  await serve(office.page, OFFICE, OFFICE_PAGE);
  await office.page.goto(OFFICE);
  return office;
}

/** What shares is not in the picture. */
async function minimise(desk: Desk): Promise<void> {
  const windows = ["search", "--onlyvisible", "--class", "chromium"];
  for (const window of (await desk.run("xdotool", windows)).split("\n").filter(Boolean))
    await desk.run("xdotool", ["windowminimize", window]);
}

function serve(page: Page, origin: string, script: string): Promise<unknown> {
  const body = `<!doctype html><body style="margin:0"><button>…</button><script>${script}</script>`;
  return page.route(`${origin}**`, (route) => route.fulfill({ contentType: "text/html", body }));
}

declare global {
  interface Window {
    share(): Promise<void>;
    makeOffer(servers: RTCIceServer[]): Promise<string>;
    takeAnswer(sdp: string): Promise<void>;
  }
}

/** Nothing but the relay; complete once it has an address there. */
const CONNECTION = `
const connection = (iceServers) => new RTCPeerConnection({ iceServers, iceTransportPolicy: "relay", bundlePolicy: "max-bundle" });
const described = async (pc) => {
  const complete = new Promise((resolve) => pc.addEventListener("icecandidate", resolve, { once: true }));
  await pc.setLocalDescription();
  await complete;
  return pc.localDescription.sdp;
};`;

const OFFICE_PAGE = `${CONNECTION}
let track;
let pc;
window.share = async () => {
  [track] = (await navigator.mediaDevices.getDisplayMedia({ video: true })).getVideoTracks();
};
window.makeOffer = (servers) => {
  pc?.close();
  pc = connection(servers);
  const transceiver = pc.addTransceiver(track, { direction: "sendonly" });
  const { codecs } = RTCRtpSender.getCapabilities("video");
  transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => /VP8|rtx/.test(mimeType)));
  pc.createDataChannel("keys").onmessage = ({ data }) => window.press(data);
  return described(pc);
};
window.takeAnswer = (sdp) => pc.setRemoteDescription({ type: "answer", sdp });`;

const HOME_PAGE = `${CONNECTION}
const connect = async () => {
  const pc = window.pc = connection(await window.servers());
  pc.ontrack = ({ track }) => {
    const video = Object.assign(document.createElement("video"), { muted: true, autoplay: true });
    video.srcObject = new MediaStream([track]);
    document.body.replaceChildren(video);
  };
  pc.ondatachannel = ({ channel }) => addEventListener("keydown", ({ key }) => channel.send(key));
  await pc.setRemoteDescription({ type: "offer", sdp: await window.offer() });
  await window.answer(await described(pc));
};
document.querySelector("button").onclick = connect;
if (location.search === "?now") connect();`;
