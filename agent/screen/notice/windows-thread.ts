/** The thread of the notice's window. Started by windows.ts. */
import { parentPort } from "node:worker_threads";
import { NoticeWindow } from "../../native/win32/notice.ts";
import type { ToThread } from "./windows.ts";

/** Windows calls a thread hung that takes no message for 5 s. */
const PUMP_MS = 50;

const window = new NoticeWindow();
const pump = setInterval(() => window.pump(), PUMP_MS);

parentPort?.on("message", (message: ToThread) => {
  if (message !== "close") return window.show(message.say);
  clearInterval(pump);
  window.close();
  parentPort?.close();
});
