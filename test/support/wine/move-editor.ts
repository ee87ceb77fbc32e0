/** Moves the editor's window: arguments x and y, in pixels from the corner of all monitors. Runs in the Windows node.exe. */
import { moveWindow } from "../windows-window.ts";

moveWindow("Notepad", { x: Number(process.argv[2]), y: Number(process.argv[3]) });
