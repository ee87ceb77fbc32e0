/** A window with words and one button (MSDN: MessageBoxW). Ctrl+C copies all of its text. Waits until it is closed. */
import { loadLibrary } from "./library.ts";

const MB_ICONWARNING = 0x30;
const MB_ICONINFORMATION = 0x40;
const MB_SETFOREGROUND = 0x10000;

export function showMessage({ title, text, warns }: { title: string; text: string; warns: boolean }): void {
  const messageBox = loadLibrary({ file: "user32.dll" }).func(
    "int __stdcall MessageBoxW(void *owner, str16 text, str16 caption, uint32 type)",
  ) as (owner: null, text: string, caption: string, type: number) => number;
  messageBox(null, text, title, (warns ? MB_ICONWARNING : MB_ICONINFORMATION) | MB_SETFOREGROUND);
}
