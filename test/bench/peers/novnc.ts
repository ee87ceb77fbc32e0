/** TigerVNC's server of a screen that is there already, noVNC's page; both as they are when nobody sets anything. */
import { ADDRESS } from "../network.ts";
import type { Ground } from "../stage.ts";
import { GATEWAY, startGateway } from "./gateway.ts";
import type { Peer } from "./peer.ts";

const PORT = 5_900;

export async function startNovnc(ground: Ground): Promise<Peer> {
  const { desk } = ground;
  const args = ["-display", desk.display, "-rfbport", `${PORT}`, "-SecurityTypes", "None"];
  const more = { readyLine: (line: string) => line.includes("Listening for VNC connections") };
  const server = await desk.start("x0vncserver", "X0tigervnc", [...args, "-interface", ADDRESS.office], more);
  const gateway = await startGateway(ground, "/usr/share/novnc", PORT);
  return {
    pid: server.pid,
    caFile: gateway.caFile,
    address: `${GATEWAY}/vnc.html?autoconnect=1`,
    button: { address: `${GATEWAY}/vnc.html`, selector: "#noVNC_connect_button" },
    picture: "#noVNC_container canvas",
    codec: "Tight (JPEG)",
    close: () => gateway.close(),
  };
}
