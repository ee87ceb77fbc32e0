/** Prints what stands in the editor, asked in the Windows way (WM_GETTEXT), after bringing it to the front. Runs in the Windows node.exe. */
import { bringToFront, textOf } from "../windows-window.ts";

process.stdout.write(JSON.stringify({ text: textOf("Notepad", "Edit"), inFront: bringToFront("Notepad") }));
