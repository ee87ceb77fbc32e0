/** xpra's shadow of a screen that is there already, its HTML5 page; encodings and their quality as the two choose them by themselves. */
import { ADDRESS } from "../network.ts";
import type { Ground } from "../stage.ts";
import { GATEWAY, startGateway } from "./gateway.ts";
import type { Peer } from "./peer.ts";

const PORT = 14_500;
/** What has nothing to do with the picture, and would look for programs or buses that the office has not. */
const WITHOUT = [
  ...["html", "mdns", "pulseaudio", "webcam", "notifications", "bell", "printing", "file-transfer", "clipboard"],
  ...["tray", "system-tray", "dbus-proxy", "dbus-control", "start-new-commands", "systemd-run"],
].map((name) => `--${name}=no`);

export async function startXpra(ground: Ground): Promise<Peer> {
  const { desk, folder } = ground;
  const sound = ["--speaker=disabled", "--microphone=disabled"];
  const sockets = [`--socket-dir=${folder}`, `--socket-dirs=${folder}`, `--bind-tcp=${ADDRESS.office}:${PORT}`];
  const args = ["shadow", desk.display, "--daemon=no", ...sockets, ...sound, ...WITHOUT];
  const more = { readyLine: (line: string) => line.includes("xpra is ready") };
  const server = await desk.start("xpra", "xpra", args, more);
  const gateway = await startGateway(ground, "/usr/share/xpra/www", PORT);
  // In one place for all: the menu, and what the office would print on the page's computer, are not part of the picture.
  const settings = "submit=true&sound=false&printing=false&file_transfer=false&clipboard=false&floating_menu=false";
  return {
    pid: server.pid,
    caFile: gateway.caFile,
    address: `${GATEWAY}/index.html?${settings}`,
    picture: "#screen canvas",
    codec: "auto",
    close: () => gateway.close(),
  };
}
