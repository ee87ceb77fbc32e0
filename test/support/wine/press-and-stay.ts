/** Presses keys and a button and never lets go: to be killed. Says when they are down. */

import { openInjector } from "../../../agent/screen/input/open.ts";
import { NOBODY } from "../nobody.ts";

const injector = await openInjector({ kind: "windows" }, NOBODY);
for (const code of ["ShiftLeft", "KeyA"] as const) injector.inject({ type: "key", code, down: true });
injector.inject({ type: "button", button: 2, down: true });
process.stdout.write("held\n");
setInterval(() => undefined, 60_000);
