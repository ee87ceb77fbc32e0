/** Presses keys and a button and never lets go: to be killed. Says when they are down. */
import { Injector } from "../../../agent/desktop/input/injector.ts";
import { openWindowsInput } from "../../../agent/desktop/input/windows.ts";
import * as native from "../../../agent/desktop/native/win32-input.ts";

const injector = new Injector(openWindowsInput(native, () => undefined));
for (const code of ["ShiftLeft", "KeyA"] as const) injector.inject({ kind: "key", code, down: true });
injector.inject({ kind: "button", button: 2, down: true });
process.stdout.write("held\n");
setInterval(() => undefined, 60_000);
