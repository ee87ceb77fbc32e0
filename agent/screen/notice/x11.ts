/** On X11 a window that the window manager leaves alone (override-redirect) and the pointer does not see. It is in our picture as well. */
import { NoticeWindow } from "../../native/x11/notice.ts";
import type { XConnection } from "../../native/x11/x11.ts";
import type { Notice } from "./notice.ts";

/** Takes the connection over: close() closes it, and so does a failure to open. Throws DesktopFailure. */
export function openX11Notice(connection: XConnection): Notice {
  let window: NoticeWindow | undefined;
  const close = (): void => {
    if (!connection.lost) window?.close();
    window = undefined;
    connection.close();
  };
  try {
    window = new NoticeWindow(connection);
    connection.watch({
      event: (type) => window?.event(type),
      drained: () => undefined,
      lost: () => undefined,
    });
  } catch (error) {
    close();
    throw error;
  }
  let isClosed = false;
  return {
    say: (words) => {
      if (!connection.lost) window?.show(words);
    },
    close: async () => {
      if (!isClosed) close();
      isClosed = true;
    },
  };
}
