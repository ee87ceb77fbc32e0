/** Which X display to use and, when it cannot be used, why: in words that say what to do. */
import { once } from "node:events";
import { createConnection } from "node:net";
import { DesktopFailure } from "../../desktop/problem.ts";
import type { XConnection } from "./x11.ts";

export interface DisplayChoice {
  /** From the configuration; undefined: the session's own. */
  readonly display: string | undefined;
  /** What the environment says: DISPLAY, WAYLAND_DISPLAY, XDG_SESSION_TYPE, XAUTHORITY. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const WAYLAND = new DesktopFailure(
  "wayland",
  "This session is Wayland, which lets no program see the screen. Log in with an X11 (Xorg) session instead.",
);

/** The display's name. Throws DesktopFailure "wayland" or "no-display". */
export function chooseDisplay({ display, environment }: DisplayChoice): string {
  const own = environment["DISPLAY"];
  // a display named in the configuration other than the session's own is not Xwayland's
  const isOwn = !display || display === own;
  const wayland = environment["XDG_SESSION_TYPE"] === "wayland" || Boolean(environment["WAYLAND_DISPLAY"]);
  if (isOwn && wayland) throw WAYLAND;
  const name = display || own;
  if (name) return name;
  throw new DesktopFailure(
    "no-display",
    "No display is known: DISPLAY is not set. Start with --display :0, for example.",
  );
}

/** Throws DesktopFailure. */
export async function connectDisplay(name: string, authority: string | undefined): Promise<XConnection> {
  const { XConnection } = await import("./x11.ts");
  const connection = XConnection.open(name);
  if (!connection) throw await explain(name, authority);
  // Xwayland's root window is black: capture would work and show nothing
  if (!connection.findExtension("XWAYLAND")) return connection;
  connection.close();
  throw WAYLAND;
}

async function explain(name: string, authority: string | undefined): Promise<DesktopFailure> {
  const number = /^(?:unix)?:(\d+)(?:\.\d+)?$/.exec(name)?.[1];
  if (!number) return new DesktopFailure("no-display", `The display ${name} does not answer.`);
  if (!(await answers(`/tmp/.X11-unix/X${number}`)) && !(await answers(`\0/tmp/.X11-unix/X${number}`)))
    return new DesktopFailure("no-display", `There is no display ${name}: no X server answers on this machine.`);
  const hint = authority
    ? `The key in ${authority} (XAUTHORITY) is not the one it wants.`
    : "XAUTHORITY is not set: set it to the session's authority file, often /run/user/UID/gdm/Xauthority.";
  return new DesktopFailure("no-authority", `The display ${name} refuses us. ${hint}`);
}

async function answers(path: string): Promise<boolean> {
  const socket = createConnection({ path });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
