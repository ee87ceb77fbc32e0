/** Presses keys and a button and never lets go: to be killed. Says when they are down. */
import { openInjector } from "../../../agent/screen/input/open.ts";

const handlers = {
  lost: () => undefined,
  refuses: () => undefined,
  attention: () => undefined,
  note: () => undefined,
  locksChanged: () => undefined,
  typed: () => undefined,
  dropped: () => undefined,
};
const injector = await openInjector({ kind: "windows" }, handlers);
for (const code of ["ShiftLeft", "KeyA"] as const) injector.inject({ kind: "key", code, down: true });
injector.inject({ kind: "button", button: 2, down: true });
process.stdout.write("held\n");
setInterval(() => undefined, 60_000);
