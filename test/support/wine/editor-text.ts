/** Prints what stands in the editor, asked in the Windows way (WM_GETTEXT). Runs in the Windows node.exe. */
import { textOf } from "../windows-window.ts";

process.stdout.write(JSON.stringify({ text: textOf("Notepad", "Edit") }));
