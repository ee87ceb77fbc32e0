/** On Windows the window lives in a thread of its own, for the reasons of the cover's (cover/windows.ts). */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Notice } from "./notice.ts";

const PROGRAM = new URL(
  import.meta.url.endsWith(".ts") ? "./windows-thread.ts" : "./notice-thread.js", // in a bundle all is in one folder
  import.meta.url,
);

export type ToThread = { readonly say: string } | "close";

export async function openWindowsNotice(): Promise<Notice> {
  const thread = new Worker(PROGRAM);
  const ended = once(thread, "exit");
  // without it all else goes on: the page says it too
  thread.on("error", () => undefined);
  const tell = (message: ToThread): void => thread.postMessage(message);
  await once(thread, "online");
  return {
    say: (words) => tell({ say: words }),
    close: async () => {
      tell("close");
      await ended;
    },
  };
}
